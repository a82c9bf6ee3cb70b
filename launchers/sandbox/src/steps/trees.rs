//! The interpreter's folders and others that scripts may read, read-only, where the zygote has them: modules that are imported later
//! are looked for at the same paths.

use super::root::READ_ONLY;
use super::{Jail, inside};
use crate::os::mounts;
use crate::{Error, view};
use std::fs::{File, create_dir_all};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

pub(super) fn bind(jail: &Jail<'_>) -> Result<(), Error> {
    for tree in &view::shown(jail.blueprint, jail.policy, jail.root)? {
        show(tree)?;
    }
    jail.blueprint
        .links
        .iter()
        .try_for_each(|(path, to)| link(path, to))
}

/// A folder or file at its own path in the root that is the working directory.
pub(crate) fn show(tree: &Path) -> Result<(), Error> {
    let target = inside(tree);
    mount_point(tree, &target).map_err(|source| Error::Create {
        path: tree.to_owned(),
        source,
    })?;
    mounts::bind_all(tree, &target).map_err(|source| Error::Bind {
        path: tree.to_owned(),
        source,
    })?;
    // mount_setattr and not a remount: that one does not reach the mounts below.
    mounts::restrict(&target, READ_ONLY, true).map_err(|source| Error::ReadOnly {
        path: tree.to_owned(),
        source,
    })
}

/// Likewise a symbolic link.
pub(crate) fn link(path: &Path, to: &Path) -> Result<(), Error> {
    let link = inside(path);
    // A tree of that name is there already and is the better answer.
    if link.symlink_metadata().is_ok() {
        return Ok(());
    }
    let create = || {
        create_dir_all(link.parent().unwrap_or(Path::new(".")))?;
        symlink(to, &link)
    };
    create().map_err(|source| Error::Create {
        path: path.to_owned(),
        source,
    })
}

/// A folder to mount a folder on, a file to mount a file on.
fn mount_point(source: &Path, target: &Path) -> io::Result<()> {
    // Not is_dir, which takes what cannot be asked for a file.
    if source.metadata()?.is_dir() {
        return create_dir_all(target);
    }
    if let Some(folder) = target.parent() {
        create_dir_all(folder)?;
    }
    File::create(target).map(drop)
}
