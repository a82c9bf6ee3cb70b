//! No program run from here on gains rights by its file's.

use super::Jail;
use crate::Error;

pub(super) fn forbid_new(_: &Jail<'_>) -> Result<(), Error> {
    rustix::thread::set_no_new_privs(true).map_err(Error::NoNewPrivileges)
}
