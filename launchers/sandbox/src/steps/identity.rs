//! One user and one group exist inside: 1000, which is the server's user outside. Not 0: nothing
//! inside should take itself for root.

use super::Jail;
use crate::Error;

const INSIDE: u32 = 1000;

/// Each file is written in one write, and setgroups first: the kernel demands both.
pub(super) fn map(jail: &Jail<'_>) -> Result<(), Error> {
    let write = |file, text: String| {
        std::fs::write(file, text).map_err(|source| Error::Identity { file, source })
    };
    write("/proc/self/setgroups", "deny".to_owned())?;
    write("/proc/self/uid_map", format!("{INSIDE} {} 1", jail.user))?;
    write("/proc/self/gid_map", format!("{INSIDE} {} 1", jail.group))
}
