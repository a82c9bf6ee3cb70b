//! One user and one group exist inside: 1000, which outside is the server's user, or a worker of its own.
//! Not 0: nothing inside should take itself for root.

use super::Jail;
use crate::descriptors::{GO, STATUS};
use crate::outer::MAP_ME;
use crate::{Error, os};
use rustix::io::retry_on_intr;

pub(crate) const INSIDE: u32 = 1000;

/// Who may is the keeper ([`crate::mapping`]), whom the zygote reaches.
pub(super) fn be_mapped(jail: &Jail<'_>) -> Result<(), Error> {
    let status = STATUS.borrow(jail.unowned);
    retry_on_intr(|| rustix::io::write(status, &[MAP_ME])).map_err(Error::NotMapped)?;
    let mut byte = [0];
    match retry_on_intr(|| rustix::io::read(GO.borrow(jail.unowned), &mut byte)) {
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
