//! The interpreter's folders, read-only, where the zygote has them: modules that are imported later
//! are looked for at the same paths.

use super::Jail;
use crate::{Error, os};
use rustix::mount::mount_bind_recursive;
use std::fs::create_dir_all;
use std::os::unix::fs::symlink;

const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

pub(super) fn bind(jail: &Jail<'_>) -> Result<(), Error> {
    for tree in &jail.blueprint.trees {
        // An environment around the launchpad's run folder, and with it maybe the data directory.
        if jail.root.starts_with(tree) {
            return Err(Error::Forbidden(tree.clone()));
        }
        let target = jail.inside(tree);
        create_dir_all(&target).map_err(|source| Error::Create {
            path: tree.clone(),
            source,
        })?;
        mount_bind_recursive(tree, &target).map_err(|source| Error::Bind {
            path: tree.clone(),
            source,
        })?;
        // mount_setattr and not a remount: that one does not reach the mounts below.
        os::restrict_mount(&target, READ_ONLY, true).map_err(|source| Error::ReadOnly {
            path: tree.clone(),
            source,
        })?;
    }
    for (path, to) in &jail.blueprint.links {
        let link = jail.inside(path);
        // A tree of that name is there already and is the better answer.
        if link.symlink_metadata().is_ok() {
            continue;
        }
        symlink(to, &link).map_err(|source| Error::Create {
            path: path.clone(),
            source,
        })?;
    }
    Ok(())
}
