//! One user and one group exist inside: 1000, which outside is the server's user, or a worker of its own
//! ([`crate::map`]). Not 0: nothing inside should take itself for root.

use super::Jail;
use crate::{Error, os};

pub(crate) const INSIDE: u32 = 1000;

/// The change to the outside user that is this satellite's own, if it has one. It keeps the rights over
/// the new namespaces: none of the ids is the super-user's.
pub(super) fn become_worker(jail: &Jail<'_>) -> Result<(), Error> {
    if jail.policy.worker.is_none() {
        return Ok(());
    }
    // The server user's groups first: afterwards nobody could.
    os::set_identity(jail.alone, INSIDE, INSIDE).map_err(Error::Worker)
}
