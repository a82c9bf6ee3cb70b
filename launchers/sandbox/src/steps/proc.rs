//! /proc, with the satellite's own processes and nothing of the kernel's. Where the host's /proc is
//! partly hidden (containers) the kernel gives none; scripts and packages run without.

use super::{Jail, inside};
use crate::Error;
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount as mount_file_system};
use std::fs::create_dir_all;
use std::path::Path;

pub(super) fn mount(_: &Jail<'_>) -> Result<(), Error> {
    let path = Path::new("/proc");
    create_dir_all(inside(path)).map_err(|source| Error::Create {
        path: path.to_owned(),
        source,
    })?;
    let flags = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    match mount_file_system("proc", inside(path), "proc", flags, c"subset=pid") {
        // EINVAL: a kernel before 5.8, without `subset`. The host's own is never bound instead.
        Ok(()) | Err(Errno::PERM | Errno::INVAL) => Ok(()),
        Err(source) => Err(Error::Mount {
            what: "proc",
            at: path.to_owned(),
            source,
        }),
    }
}
