//! Whether other processes of the same user may look into this one. Not while a script runs: an
//! undumpable process cannot be traced, its memory cannot be opened, and it leaves no core.

use super::Jail;
use crate::Error;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// For the steps that write to /proc/self; undone by [`forbid`].
pub(super) fn allow(_: &Jail<'_>) -> Result<(), Error> {
    set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(Error::Visible)
}

pub(super) fn forbid(_: &Jail<'_>) -> Result<(), Error> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(Error::Undumpable)
}
