//! Background worker ⇄ launchpadd: settings one way, "I listen" the other. Packets.
//!
//! The worker's end closing tells launchpadd to end, launchpadd's end closing tells the worker to
//! start another.

use serde::{Deserialize, Serialize};

/// What launchpadd is run by; sent at start and again after every reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// `launchpad.python`: the interpreter's path.
    pub python: String,
    /// `launchpad.warm_satellites`: how many wait, exercised, per environment.
    pub warm_satellites: u32,
    /// `launchpad.max_satellites`: how many may serve requests at once.
    pub max_satellites: u32,
    /// `launchpad.tmp_limit`, bytes: a satellite's /tmp and work folder together.
    pub tmp_limit: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToLaunchpad {
    Settings(Settings),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromLaunchpad {
    /// The socket is bound: calls can connect.
    Listening,
}
