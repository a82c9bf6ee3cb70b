//! The change of root: pivot_root and not chroot, which a process can leave.

use super::Jail;
use crate::{Error, os};
use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{chdir, pivot_root};
use std::path::Path;

const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

pub(super) fn change(_: &Jail<'_>) -> Result<(), Error> {
    // The working directory is the new root since it was mounted.
    // New and old root in the same place: the old one lies on top and needs no folder of its own.
    pivot_root(".", ".").map_err(Error::Pivot)?;
    unmount(".", UnmountFlags::DETACH).map_err(|source| Error::Detach {
        what: "the old root",
        source,
    })?;
    // Not what is mounted below: the scratch folders stay writable.
    os::restrict_mount(Path::new("/"), READ_ONLY, false).map_err(|source| Error::ReadOnly {
        path: "/".into(),
        source,
    })?;
    chdir("/job").map_err(Error::WorkFolder)
}
