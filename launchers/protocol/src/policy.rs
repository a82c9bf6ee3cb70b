//! What a satellite is built like: decided by launchpadd from the settings and the call, carried out
//! by the sandbox, compared with the satellite's own report before it gets a request.

use serde::{Deserialize, Serialize};

/// `launchpad.sandbox`: which layers there must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sandbox {
    /// Namespaces, a private root, system call filter, no new privileges, resource limits; Landlock,
    /// a cgroup and an outside user of its own where the host has them.
    #[default]
    Strict,
    /// For hosts that forbid user namespaces: Landlock, system call filter, no new privileges,
    /// resource limits. No boundary between the processes of one user.
    Container,
}

impl Sandbox {
    /// The setting's value.
    pub fn name(self) -> &'static str {
        match self {
            Sandbox::Strict => "strict",
            Sandbox::Container => "container",
        }
    }
}

/// `launchpad.network`
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Network {
    #[default]
    None,
    /// The host's own, for TCP and UDP.
    Host,
}

/// What a role's scripts may do beyond what every script may. Satellites are made for one, so that
/// nothing has to be loosened later.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Allowance {
    pub network: Network,
    /// `launchpad.allow_exec`
    pub programs: bool,
    /// `launchpad.log_refused_calls`: not a right, but part of how the filter is made.
    pub tell_refused: bool,
    /// `launchpad.tmp_limit`, bytes of /tmp, /job and /dev/shm together: the file systems are made
    /// with that size.
    pub tmp_limit: u64,
}

/// How far a zygote's filter and namespaces let anything go that is forked from it: they are inherited, so that
/// satellites which may do more need a zygote which may.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Reach {
    pub network: Network,
    pub programs: bool,
}

impl Allowance {
    pub fn reach(self) -> Reach {
        let Allowance {
            network, programs, ..
        } = self;
        Reach { network, programs }
    }
}

/// The outside user and group that a satellite runs as, instead of the server's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    pub user: u32,
    pub group: u32,
}

/// How one satellite is to be built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub sandbox: Sandbox,
    pub allowance: Allowance,
    /// `launchpad.readable_paths`
    pub readable_paths: Vec<String>,
    /// None: the server's own user.
    pub worker: Option<Worker>,
    /// How many processes and threads the server's user has; where there is no user namespace they count together with
    /// the satellite's.
    pub tasks: u64,
    /// Whether a cgroup counts all memory of the satellite's.
    pub bounded_memory: bool,
    /// The version of Landlock that the kernel has and that is to be used; 0 where it has none.
    pub landlock: u32,
}

impl Policy {
    /// Whether processes in the satellite share the server's process numbers.
    pub fn shares_processes(&self) -> bool {
        self.sandbox == Sandbox::Container
    }
}
