//! The change to the outside user that is this satellite's own, if it has one.

use super::Jail;
use super::identity::INSIDE;
use crate::{Error, os};

/// Keeps the rights over the new namespaces: none of the ids is the super-user's.
pub(super) fn become_worker(jail: &Jail<'_>) -> Result<(), Error> {
    if jail.policy.worker.is_none() {
        return Ok(());
    }
    // The server user's groups first: afterwards nobody could.
    os::set_identity(INSIDE, INSIDE).map_err(Error::Worker)
}
