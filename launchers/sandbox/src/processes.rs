//! The limit on processes and threads of one request, applied when it is assigned.

use crate::steps::{INIT, PROCESSES, are_processes_counted_apart};
use crate::{Error, holes};
use rustix::process::{Rlimit, getrlimit, setrlimit};

/// Bounds what runs in this satellite to `most` processes and threads, this process included. It
/// cannot be raised again.
///
/// Where the kernel counts others with them, launchpadd's own count is the only limit.
pub fn limit_processes(most: u32) -> Result<(), Error> {
    if holes::left_out("processes") || !are_processes_counted_apart() {
        return Ok(());
    }
    let ceiling = getrlimit(PROCESSES.resource).maximum.unwrap_or(u64::MAX);
    let bound = Some((u64::from(most) + INIT).min(ceiling));
    let limit = Rlimit {
        current: bound,
        maximum: bound,
    };
    setrlimit(PROCESSES.resource, limit).map_err(|source| Error::Limit {
        name: PROCESSES.name,
        source,
    })
}
