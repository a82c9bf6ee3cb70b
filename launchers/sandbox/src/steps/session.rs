//! A session of its own: no controlling terminal, no process group shared with anyone.

use super::Jail;
use crate::Error;

pub(super) fn start(_: &Jail<'_>) -> Result<(), Error> {
    rustix::process::setsid().map_err(Error::Session)?;
    Ok(())
}
