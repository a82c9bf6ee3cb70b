//! /proc, with the satellite's own processes and nothing of the kernel's. Where the host's /proc is
//! partly hidden (containers) the kernel gives none; scripts and packages run without.

use super::{Jail, inside};
use crate::Error;
use crate::os::mounts;
use nix::errno::Errno;
use nix::mount::MsFlags;
use std::fs::create_dir_all;
use std::path::Path;

pub(super) fn mount(_: &Jail<'_>) -> Result<(), Error> {
    let path = Path::new("/proc");
    create_dir_all(inside(path)).map_err(|source| Error::Create {
        path: path.to_owned(),
        source,
    })?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    match mounts::mount("proc", &inside(path), flags, "subset=pid") {
        // EINVAL: a kernel before 5.8, without `subset`. The host's own is never bound instead.
        Ok(()) | Err(Errno::EPERM | Errno::EINVAL) => Ok(()),
        Err(source) => Err(Error::Mount {
            what: "proc",
            at: path.to_owned(),
            source,
        }),
    }
}
