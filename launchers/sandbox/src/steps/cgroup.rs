//! The cgroup that launchpadd has made for this satellite: its limits bound all that runs in it.

use super::Jail;
use crate::Error;
use std::path::Path;

pub(super) fn join(jail: &Jail<'_>) -> Result<(), Error> {
    let Some(folder) = &jail.policy.cgroup else {
        return Ok(());
    };
    // "0" is whoever writes.
    std::fs::write(Path::new(folder).join("cgroup.procs"), "0").map_err(Error::Cgroup)
}
