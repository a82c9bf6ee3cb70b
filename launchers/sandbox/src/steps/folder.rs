//! Out of the zygote's working directory, which would stay reachable after the change of root.

use super::Jail;
use crate::Error;

pub(super) fn leave(_: &Jail<'_>) -> Result<(), Error> {
    rustix::process::chdir("/").map_err(Error::Folder)
}
