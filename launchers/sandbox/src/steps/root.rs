//! The satellite's root: a small file system in memory that holds mount points and /etc.

use super::Jail;
use super::identity::INSIDE;
use crate::Error;
use rustix::mount::{MountFlags, mount as mount_file_system};
use rustix::process::chdir;
use std::ffi::CString;

pub(super) fn mount(jail: &Jail<'_>) -> Result<(), Error> {
    // Room for the loader's cache and some hundred folders. It belongs to the user inside, who is not
    // always the one that mounts it.
    let options = format!("size=4m,nr_inodes=4096,mode=0755,uid={INSIDE},gid={INSIDE}");
    let options = CString::new(options).expect("numbers hold no NUL");
    mount_file_system(
        "tmpfs",
        jail.root,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        options.as_c_str(),
    )
    .map_err(|source| Error::Mount {
        what: "tmpfs",
        at: jail.root.to_owned(),
        source,
    })?;
    chdir(jail.root).map_err(Error::Pivot)
}
