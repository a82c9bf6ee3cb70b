//! Background worker ⇄ launchpadd: settings one way, "I listen" the other. Packets.
//!
//! The worker's end closing tells launchpadd to end, launchpadd's end closing tells the worker to
//! start another.

use crate::launch::Language;
use serde::{Deserialize, Serialize};

/// What launchpadd is run by; sent at start and again after every reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// `launchpad.python`: the interpreter's path; empty, the language is not offered.
    pub python: String,
    /// `launchpad.r`: the path of the R program; likewise.
    pub r: String,
    /// `launchpad.warm_satellites`: how many wait, exercised, per environment.
    pub warm_satellites: u32,
    /// `launchpad.max_satellites`: how many may serve requests at once, all environments
    /// together.
    pub max_satellites: u32,
    /// `launchpad.tmp_limit`, bytes: a satellite's /tmp and work folder together.
    pub tmp_limit: u64,
}

impl Settings {
    /// The path of the program that runs scripts in `language`; None if the language is not offered.
    pub fn program(&self, language: Language) -> Option<&str> {
        let path = match language {
            Language::Python => &self.python,
            Language::R => &self.r,
        };
        (!path.is_empty()).then_some(path)
    }
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
