//! The working directory: out of the zygote's, which would stay reachable after the change of root.

use super::Jail;
use crate::Error;

pub(super) fn leave(_: &Jail<'_>) -> Result<(), Error> {
    rustix::process::chdir("/").map_err(Error::Folder)
}

/// Without a root of its own: into the work folder that launchpadd has made for this satellite.
pub(super) fn enter_work(jail: &Jail<'_>) -> Result<(), Error> {
    rustix::process::chdir(jail.root).map_err(Error::WorkFolder)
}
