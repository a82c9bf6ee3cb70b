//! One user and one group exist inside: 1000, which outside is the server's user, or a worker of its own.
//! Not 0: nothing inside should take itself for root.

use super::Jail;
use crate::descriptors::{GO, STATUS};
use crate::outer::MAP_ME;
use crate::{Error, os};

pub(crate) const INSIDE: u32 = 1000;

pub(super) fn map(jail: &Jail<'_>) -> Result<(), Error> {
    match jail.policy.worker {
        None => map_to_oneself(jail),
        Some(_) => be_mapped(jail),
    }
}

/// Each file is written in one write, and setgroups first: the kernel demands both.
fn map_to_oneself(jail: &Jail<'_>) -> Result<(), Error> {
    let write = |file, text: String| {
        std::fs::write(file, text).map_err(|source| Error::Identity { file, source })
    };
    write("/proc/self/setgroups", "deny".to_owned())?;
    write("/proc/self/uid_map", format!("{INSIDE} {} 1", jail.user))?;
    write("/proc/self/gid_map", format!("{INSIDE} {} 1", jail.group))
}

/// Only a program with rights outside can map to another user: the zygote starts it ([`crate::mapping`]).
fn be_mapped(jail: &Jail<'_>) -> Result<(), Error> {
    rustix::io::write(STATUS.borrow(jail.unowned), &[MAP_ME]).map_err(Error::NotMapped)?;
    let mut byte = [0];
    match rustix::io::retry_on_intr(|| rustix::io::read(GO.borrow(jail.unowned), &mut byte)) {
        Ok(1) => Ok(()),
        // The zygote knows why, and tells.
        Ok(_) => os::exit(1),
        Err(errno) => Err(Error::NotMapped(errno)),
    }
}

/// The change to the outside user that is this satellite's own, if it has one. It keeps the rights over
/// the new namespaces: none of the ids is the super-user's.
pub(super) fn become_worker(jail: &Jail<'_>) -> Result<(), Error> {
    if jail.policy.worker.is_none() {
        return Ok(());
    }
    // The server user's groups first: afterwards nobody could.
    os::set_identity(jail.alone, INSIDE, INSIDE).map_err(Error::Worker)
}
