//! The limits of one request, applied when it is assigned.

use crate::steps::{INIT, PROCESSES, are_processes_counted_apart};
use crate::{Error, omissions};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What an interpreter with its packages maps before a script runs (half a gigabyte, mostly
/// libraries): the address space limit leaves it out.
const LOADED: u64 = 600 << 20;

/// What a process may ask for beyond its limit: libraries reserve buffers that they never fill
/// (OpenBLAS's have 32 MB, and it does not go on without one). What is filled beyond the limit is seen by
/// whoever counts the memory of all processes together.
const RESERVED: u64 = 64 << 20;

/// Bounds this process's private memory to `bytes`, and a little that it does not fill, and its address
/// space accordingly (twice as much: allocators reserve more than they use). Neither can be raised again.
pub fn limit_memory(bytes: u64) -> Result<(), Error> {
    if omissions::left_out("memory") {
        return Ok(());
    }
    let limit = |name, resource, bytes| {
        setrlimit(resource, bytes, bytes).map_err(|source| Error::Limit { name, source })
    };
    let data = bytes.saturating_add(RESERVED);
    limit("DATA", Resource::RLIMIT_DATA, data)?;
    let address_space = LOADED.saturating_add(bytes.saturating_mul(2));
    limit("AS", Resource::RLIMIT_AS, address_space)
}

/// Bounds what runs in this satellite to `most` processes and threads, this process included. It
/// cannot be raised again.
///
/// Where the kernel counts others with them, launchpadd's own count is the only limit.
pub fn limit_processes(most: u32) -> Result<(), Error> {
    if omissions::left_out("processes") || !are_processes_counted_apart() {
        return Ok(());
    }
    let failed = |source| Error::Limit {
        name: PROCESSES.name,
        source,
    };
    let (_, ceiling) = getrlimit(PROCESSES.resource).map_err(failed)?;
    let bound = (u64::from(most) + INIT).min(ceiling);
    setrlimit(PROCESSES.resource, bound, bound).map_err(failed)
}
