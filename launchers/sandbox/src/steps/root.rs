//! The satellite's root: a small file system in memory that holds mount points and /etc; and the working
//! directory, which must lie in it.

use super::Jail;
use super::identity::INSIDE;
use crate::Error;
use crate::os::mounts;
use nix::mount::MsFlags;
use nix::unistd::{chdir, pivot_root};
use std::path::Path;

pub(crate) const READ_ONLY: u64 =
    libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// Out of the zygote's folder, which would stay reachable after the change of root.
pub(super) fn leave_folder(_: &Jail<'_>) -> Result<(), Error> {
    chdir("/").map_err(Error::Folder)
}

pub(super) fn mount(jail: &Jail<'_>) -> Result<(), Error> {
    begin(jail.root, INSIDE, INSIDE)
}

/// A new root on the folder `at`, for the working directory, which belongs to a user inside, who is not always the one
/// that mounts it.
pub(crate) fn begin(at: &Path, user: u32, group: u32) -> Result<(), Error> {
    // Room for the loader's cache and some hundred folders.
    let options = format!("size=4m,nr_inodes=4096,mode=0755,uid={user},gid={group}");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mounts::mount("tmpfs", at, flags, &options).map_err(|source| Error::Mount {
        what: "tmpfs",
        at: at.to_owned(),
        source,
    })?;
    chdir(at).map_err(Error::Pivot)
}

pub(super) fn change(_: &Jail<'_>) -> Result<(), Error> {
    finish()?;
    chdir("/job").map_err(Error::WorkFolder)
}

/// By pivot_root and not chroot, which a process can leave.
pub(crate) fn finish() -> Result<(), Error> {
    // The working directory is the new root since it was mounted.
    // New and old root in the same place: the old one lies on top and needs no folder of its own.
    pivot_root(".", ".").map_err(Error::Pivot)?;
    mounts::detach(Path::new(".")).map_err(|source| Error::Detach {
        what: "the old root",
        source,
    })?;
    // Not what is mounted below: the scratch folders stay writable.
    mounts::restrict(Path::new("/"), READ_ONLY, false).map_err(|source| Error::ReadOnly {
        path: "/".into(),
        source,
    })
}

/// Without a root of its own: into the work folder that launchpadd has made for this satellite.
pub(super) fn enter_work(jail: &Jail<'_>) -> Result<(), Error> {
    chdir(jail.root).map_err(Error::WorkFolder)
}
