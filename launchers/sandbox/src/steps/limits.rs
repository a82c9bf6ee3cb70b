//! Resource limits that are the same for every request; memory and processes follow with the request.

use super::Jail;
use crate::{Error, os};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::sync::atomic::{AtomicBool, Ordering};

/// One resource's limits.
pub(crate) struct Bound {
    pub name: &'static str,
    pub resource: Resource,
    pub soft: u64,
    pub hard: u64,
}

const fn bound(name: &'static str, resource: Resource, soft: u64, hard: u64) -> Bound {
    Bound {
        name,
        resource,
        soft,
        hard,
    }
}

pub(crate) const BOUNDS: &[Bound] = &[
    bound("CORE", Resource::RLIMIT_CORE, 0, 0),
    bound("NOFILE", Resource::RLIMIT_NOFILE, 256, 256),
    bound("STACK", Resource::RLIMIT_STACK, 8 << 20, 64 << 20),
    bound("MEMLOCK", Resource::RLIMIT_MEMLOCK, 64 << 10, 64 << 10),
    bound("MSGQUEUE", Resource::RLIMIT_MSGQUEUE, 0, 0),
    bound("SIGPENDING", Resource::RLIMIT_SIGPENDING, 256, 256),
    bound("RTPRIO", Resource::RLIMIT_RTPRIO, 0, 0),
    bound("NICE", Resource::RLIMIT_NICE, 0, 0),
];

/// Processes and threads, until the request brings its own limit, which is at most the hard one.
/// Counted per user namespace since Linux 5.14.
pub(crate) const PROCESSES: Bound = bound("NPROC", Resource::RLIMIT_NPROC, 64, 1024 + INIT);

/// The init counts as well; requests speak of what a script starts, its own process included.
pub(crate) const INIT: u64 = 1;

/// Whether the kernel counts the satellite's processes apart from all others. Noted in the init, and
/// so known to the script's process.
static COUNTED_APART: AtomicBool = AtomicBool::new(false);

pub(crate) fn are_processes_counted_apart() -> bool {
    COUNTED_APART.load(Ordering::Relaxed)
}

/// Without a user namespace all of the server's own count: so many more than there are now. What is
/// beyond a request's own limit then is seen by launchpadd, which measures.
const MORE_TASKS: u64 = 128;

pub(super) fn set(_: &Jail<'_>) -> Result<(), Error> {
    COUNTED_APART.store(true, Ordering::Relaxed);
    BOUNDS.iter().chain([&PROCESSES]).try_for_each(apply)
}

pub(super) fn set_in_container(jail: &Jail<'_>) -> Result<(), Error> {
    let tasks = jail.policy.tasks.saturating_add(MORE_TASKS);
    BOUNDS.iter().try_for_each(apply)?;
    apply(&bound("NPROC", Resource::RLIMIT_NPROC, tasks, tasks))?;
    // No file system bounds the work folder. A file beyond it is to be an error, not a signal.
    os::ignore_file_size_signal().map_err(Error::Signals)?;
    let size = jail.policy.allowance.tmp_limit;
    apply(&bound("FSIZE", Resource::RLIMIT_FSIZE, size, size))
}

fn apply(bound: &Bound) -> Result<(), Error> {
    // A hard limit that the server came with cannot be raised.
    let failed = |source| Error::Limit {
        name: bound.name,
        source,
    };
    let (_, ceiling) = getrlimit(bound.resource).map_err(failed)?;
    let (soft, hard) = (bound.soft.min(ceiling), bound.hard.min(ceiling));
    setrlimit(bound.resource, soft, hard).map_err(failed)
}
