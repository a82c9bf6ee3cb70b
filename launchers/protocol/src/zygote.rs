//! launchpadd ⇄ zygote, over the socket that the zygote finds as descriptor [`CHANNEL_FD`]. Packets.
//!
//! `Hello` once → `Packages`* → (`Fork` with two descriptors → `Forked` or `NotForked`)*.

use crate::policy::Policy;
use serde::{Deserialize, Serialize};

/// Where a zygote finds its end.
pub const CHANNEL_FD: i32 = 3;

/// The descriptors beside `Fork`: the satellite's end of its launch channel and its init's end of
/// the leash.
pub const FORK_FDS: [&str; 2] = ["launch channel", "leash"];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToZygote {
    Fork {
        /// Repeated in the answer.
        order: u64,
        /// An empty folder that the satellite may mount its root on, in its own mount namespace.
        root: String,
        policy: Policy,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromZygote {
    /// Loaded, single-threaded, ready to fork. `environment` names interpreter and packages.
    Hello { version: u32, environment: String },
    /// `init` is the pid of the satellite's init as launchpadd sees it; it has become, or is about
    /// to become, launchpadd's own child.
    Forked { order: u64, init: u32 },
    /// No satellite came of it. `step` names the refused step of the sandbox.
    NotForked {
        order: u64,
        step: String,
        reason: String,
    },
    /// Some of the packages that scripts can load, as (name, version); in as many packets as it takes.
    Packages(Vec<(String, String)>),
}
