//! /dev: a few nodes of the host's, bound (a user namespace cannot make any), and the usual links.

use super::{Jail, inside};
use crate::Error;
use crate::os::mounts;
use crate::view::DEVICES;
use std::fs::{File, create_dir_all};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Dangling when there is no /proc.
const LINKS: &[(&str, &str)] = &[
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

pub(super) fn bind(_: &Jail<'_>) -> Result<(), Error> {
    make()
}

/// In the root that is the working directory.
pub(crate) fn make() -> Result<(), Error> {
    let dev = Path::new("/dev");
    let create = |path: PathBuf| move |source| Error::Create { path, source };
    create_dir_all(inside(dev)).map_err(create(dev.to_owned()))?;
    for node in DEVICES {
        let path = dev.join(node);
        let target = inside(&path);
        File::create(&target).map_err(create(path.clone()))?;
        mounts::bind(&path, &target).map_err(|source| Error::Bind { path, source })?;
    }
    for (link, to) in LINKS {
        let path = dev.join(link);
        symlink(to, inside(&path)).map_err(create(path))?;
    }
    Ok(())
}
