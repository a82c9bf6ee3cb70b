//! Out of memory, the kernel takes the satellite first. It cannot be undone from inside, where
//! /proc is read-only or missing.

use super::Jail;
use crate::Error;

pub(super) fn prefer(_: &Jail<'_>) -> Result<(), Error> {
    std::fs::write("/proc/self/oom_score_adj", "1000").map_err(Error::OomScore)
}
