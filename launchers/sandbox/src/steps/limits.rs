//! Resource limits that are the same for every request; memory follows with the request.

use super::Jail;
use crate::Error;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Name, resource, soft and hard limit.
const LIMITS: &[(&str, Resource, u64, u64)] = &[
    ("CORE", Resource::Core, 0, 0),
    ("NOFILE", Resource::Nofile, 256, 256),
    // Counted per user namespace since Linux 5.14.
    ("NPROC", Resource::Nproc, 64, 64),
    ("STACK", Resource::Stack, 8 << 20, 64 << 20),
    ("MEMLOCK", Resource::Memlock, 64 << 10, 64 << 10),
    ("MSGQUEUE", Resource::Msgqueue, 0, 0),
    ("SIGPENDING", Resource::Sigpending, 256, 256),
    ("RTPRIO", Resource::Rtprio, 0, 0),
    ("NICE", Resource::Nice, 0, 0),
];

pub(super) fn set(_: &Jail<'_>) -> Result<(), Error> {
    for &(name, resource, soft, hard) in LIMITS {
        // A hard limit that the server came with cannot be raised.
        let ceiling = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Rlimit {
            current: Some(soft.min(ceiling)),
            maximum: Some(hard.min(ceiling)),
        };
        setrlimit(resource, limit).map_err(|source| Error::Limit { name, source })?;
    }
    Ok(())
}
