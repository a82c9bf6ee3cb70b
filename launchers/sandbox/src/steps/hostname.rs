//! The host's name is nobody's business inside.

use super::Jail;
use crate::Error;

pub(super) fn set(_: &Jail<'_>) -> Result<(), Error> {
    rustix::system::sethostname(b"satellite").map_err(Error::Hostname)
}
