//! The script's process puts itself under the system call filters.

use super::Jail;
use crate::Error;

pub(super) fn install(jail: &Jail<'_>) -> Result<(), Error> {
    jail.blueprint
        .filters
        .install_on_script()
        .map_err(Error::Filter)
}
