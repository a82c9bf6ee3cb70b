//! launchpadd ⇄ keeper, over the socket that the keeper finds as descriptor [`KEEPER_FD`]. Packets.
//!
//! `Start` → `MapMe` → `Mapped` → `Built` → `Seal` → `Sealed` → (`Map` → `SatelliteMapped`)* → `ZygoteEnded` once. At any time before the zygote
//! runs, `Refused` instead, which is the last.
//!
//! No code of a package runs in the keeper.

use crate::policy::Worker;
use crate::zygote::View;
use serde::{Deserialize, Serialize};

/// Where a keeper finds its end.
pub const KEEPER_FD: i32 = 4;

/// The zygote's program, and what it is to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub view: View,
    pub arguments: Vec<String>,
    /// The whole of its environment variables.
    pub variables: Vec<(String, String)>,
    /// Whether it writes where it starts: a folder in memory then.
    pub writes: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToKeeper {
    Start(Box<Start>),
    /// The keeper's own user namespace is mapped.
    Mapped,
    /// The user namespace that `process`, by its number outside, has entered is to have one user and one group,
    /// which are outside those of `worker`.
    Map {
        order: u64,
        process: u32,
        worker: Worker,
    },
    /// The zygote is loaded, and writes no more.
    Seal,
    /// The zygote is to be killed; the keeper stays for its satellites.
    EndZygote,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromKeeper {
    /// It has entered its user namespace and waits to be mapped.
    MapMe,
    /// All is built. Beside it a pidfd of the process that becomes the zygote.
    Built,
    /// No zygote came of it. `step` names the refused step.
    Refused { step: String, reason: String },
    /// The answer to `Map`.
    SatelliteMapped { order: u64, refused: Option<String> },
    /// The answer to `Seal`.
    Sealed { refused: Option<String> },
    /// As wait4(2) gave it.
    ZygoteEnded { wait_status: i32 },
}
