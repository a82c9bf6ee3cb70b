//! The satellite's root: a small file system in memory that holds mount points and /etc.

use super::Jail;
use crate::Error;
use rustix::mount::{MountFlags, mount as mount_file_system};

pub(super) fn mount(jail: &Jail<'_>) -> Result<(), Error> {
    mount_file_system(
        "tmpfs",
        jail.root,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        // Room for the loader's cache and some hundred folders.
        c"size=4m,nr_inodes=4096,mode=0755",
    )
    .map_err(|source| Error::Mount {
        what: "tmpfs",
        at: jail.root.to_owned(),
        source,
    })
}
