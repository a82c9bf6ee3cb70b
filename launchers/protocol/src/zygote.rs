//! launchpadd ⇄ zygote, over the socket that the zygote finds as descriptor [`CHANNEL_FD`]. Packets.
//!
//! `Confine` once → `Preloaded` → (`Preload` → `Preloaded`)* → `Loaded` → `Packages`* → `Hello` once → (`Fork` with two descriptors → `Forked` or `NotForked`)*.
//!
//! Packages run in a zygote: launchpadd takes what it says for what anybody might say.

use crate::policy::{Network, Policy, Reach, Sandbox};
use serde::{Deserialize, Serialize};

/// Where a zygote finds its end.
pub const CHANNEL_FD: i32 = 3;

/// The descriptors beside `Fork`: the satellite's end of its launch channel and its init's end of
/// the lifeline.
pub const FORK_FDS: [&str; 2] = ["launch channel", "lifeline"];

/// Of what a zygote, and so any satellite of it, can see something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The interpreter, an absolute path.
    pub program: String,
    /// Where the launchers are.
    pub launchers: String,
    /// `launchpad.readable_paths`
    pub readable_paths: Vec<String>,
    /// In the launchpad's own folder the one that roots are mounted on. Of the data directory, in which it is, nothing
    /// is shown.
    pub root: String,
    /// In the container sandbox the folder of all work folders, in which zygote and satellites may write; else empty.
    pub work: String,
    pub network: Network,
}

/// What a zygote forbids itself before it loads any package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    pub sandbox: Sandbox,
    pub reach: Reach,
    /// Whether cgroups count all memory of its satellites.
    pub bounded_memory: bool,
    /// The version of Landlock that is to be used.
    pub landlock: u32,
    /// In the container sandbox, where nothing else keeps it from the host's files.
    pub view: Option<View>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToZygote {
    /// The first.
    Confine(Box<Confinement>),
    Fork {
        /// Repeated in the answer.
        order: u64,
        /// An empty folder that the satellite may mount its root on, in its own mount namespace.
        root: String,
        policy: Policy,
    },
    /// Modules of one package to be imported, the package first.
    Preload(Vec<String>),
    /// There is nothing more to preload.
    Loaded,
}

/// What is the matter with a package that was to be preloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub text: String,
    /// There is no such package: nothing of it has run.
    pub is_absent: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromZygote {
    /// Loaded, single-threaded, ready to fork. `environment` names interpreter and packages.
    Hello { version: u32, environment: String },
    /// Beside it a pidfd of the satellite's init, which says over the launch channel that it has begun.
    Forked { order: u64 },
    /// No satellite came of it. `step` names the refused step of the sandbox.
    NotForked {
        order: u64,
        step: String,
        reason: String,
    },
    /// Some of the packages that scripts can load, as (name, version); in as many packets as it takes.
    Packages(Vec<(String, String)>),
    /// What every script has is loaded; and then the answer to each `Preload`.
    Preloaded { problem: Option<Problem> },
}
