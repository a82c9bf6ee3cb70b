//! What a satellite's script process has, as itself finds it right before it says that it is ready:
//! the last look of trusted code from inside.

use serde::{Deserialize, Serialize};

/// Kinds of namespaces, by their names in /proc/PID/ns.
pub const NAMESPACES: [&str; 7] = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Effective ids as the process sees them.
    pub user: u32,
    pub group: u32,
    /// Supplementary groups.
    pub groups: u32,
    pub capabilities: Capabilities,
    pub securebits: u32,
    pub no_new_privileges: bool,
    pub dumpable: bool,
    /// 2: under a filter.
    pub seccomp: u32,
    /// The version of Landlock whose rules bind it; 0: none do.
    pub landlock: u32,
    /// Identity of each of [`NAMESPACES`], in that order; 0 where it could not be found out.
    pub namespaces: [u64; NAMESPACES.len()],
    /// The host's name inside; empty where it could not be found out.
    pub host_name: String,
    /// Whether /proc is there.
    pub proc: bool,
    pub mounts: Vec<Mount>,
    /// The names right in the root folder, sorted; empty where the root is the host's.
    pub root: Vec<String>,
    pub descriptors: Vec<Descriptor>,
    pub limits: Vec<Limit>,
    /// The kernel's, or None where /proc does not tell.
    pub oom_score_adj: Option<i32>,
    /// Of this process.
    pub threads: u32,
}

/// Bit sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    pub effective: u64,
    pub permitted: u64,
    pub inheritable: u64,
    pub bounding: u64,
    pub ambient: u64,
}

/// One mounted file system, as statfs(2) and /proc/self/mountinfo tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    pub path: String,
    /// ST_RDONLY, ST_NOSUID, ST_NODEV, ST_NOEXEC
    pub flags: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    pub number: i32,
    /// S_IFMT of its mode.
    pub kind: u32,
    /// For devices.
    pub device: u64,
}

/// Soft and hard; u64::MAX is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// RLIMIT_…
    pub resource: u32,
    pub soft: u64,
    pub hard: u64,
}
