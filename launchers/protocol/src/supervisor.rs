//! Background worker ⇄ launchpadd: settings one way; "I listen", and late reports of what calls used, the
//! other. Packets.
//!
//! The worker's end closing tells launchpadd to end, launchpadd's end closing tells the worker to
//! start another.

use crate::environment::{Environment, EnvironmentId};
use crate::launch::{Account, Usage};
use crate::policy::{Allowance, Sandbox};
use serde::{Deserialize, Serialize};

/// What launchpadd is run by; sent at start and again after every reload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// All that there are, also those that are not offered.
    pub environments: Vec<Environment>,
    /// `launchpad.warm_satellites`: how many wait, exercised, per environment.
    pub warm_satellites: u32,
    /// `launchpad.max_satellites`: how many may serve requests at once, all environments
    /// together.
    pub max_satellites: u32,
    /// `launchpad.keep_warm`: for how long after a call of another kind than those that wait one is
    /// kept for the next; milliseconds.
    pub keep_warm: u32,
    /// `launchpad.zygote_max_age`: seconds that a zygote serves before a fresh one takes its place; 0: without end.
    pub zygote_max_age: u32,
    /// `launchpad.zygote_max_forks`: likewise, satellites that it forks.
    pub zygote_max_forks: u32,
    /// `launchpad.preload_memory`: bytes that preloaded modules may take in a zygote.
    pub preload_memory: u64,
    /// `launchpad.sandbox`
    pub sandbox: Sandbox,
    /// `launchpad.readable_paths`: folders that every script may read.
    pub readable_paths: Vec<String>,
    /// `launchpad.work_directory`: an absolute path; empty: none.
    pub work_directory: String,
    /// `launchpad.worker_uids`
    pub workers: Workers,
    /// What warm satellites are made for: the configuration file's `launchpad.network` and so on. For
    /// roles that have others, satellites are made when they are asked for.
    pub allowance: Allowance,
}

/// `launchpad.worker_uids`: whether each satellite runs as a user of its own, out of the subordinate
/// ones of the server's user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Workers {
    #[default]
    Off,
    /// Where the host has newuidmap and a range for the server's user.
    Auto,
    /// Always; without a range no script runs.
    On,
}

impl Settings {
    pub fn environment(&self, id: EnvironmentId) -> Option<&Environment> {
        self.environments.iter().find(|of| of.id == id)
    }

    /// The path of the environment's program; None if it is not offered.
    pub fn program(&self, id: EnvironmentId) -> Option<&str> {
        let environment = self.environment(id).filter(|of| of.is_offered())?;
        Some(&environment.program)
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
    /// What a call used whose backend did not wait for its end.
    Late { account: Account, usage: Usage },
}
