//! What the script may write: /job (its working directory), /tmp and /dev/shm share one file system
//! in memory, so that one limit bounds them together. It ends with the mount namespace, without
//! any cleaner that could be led astray.

use super::{Jail, inside};
use crate::Error;
use crate::os::mounts;
use nix::mount::MsFlags;
use std::fs::{Permissions, create_dir_all, remove_dir, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where each folder appears, its name in the shared file system, its mode.
pub(super) const FOLDERS: &[(&str, &str, u32)] = &[
    ("/job", "job", 0o700),
    ("/tmp", "tmp", 0o1777),
    ("/dev/shm", "shm", 0o1777),
];

/// An inode costs the kernel about a kilobyte that the size does not count: one per 4 KiB of size,
/// between these bounds.
const MIN_INODES: u64 = 1024;
const MAX_INODES: u64 = 65_536;

/// A tmpfs of size 0 would have no limit at all.
const MIN_SIZE: u64 = 4096;

pub(super) fn mount(jail: &Jail<'_>) -> Result<(), Error> {
    let shared = Path::new("/.scratch");
    let create = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Create { path, source }
    };
    create_dir_all(inside(shared)).map_err(create(shared))?;
    let size = jail.policy.allowance.tmp_limit.max(MIN_SIZE);
    let inodes = (size / 4096).clamp(MIN_INODES, MAX_INODES);
    let options = format!("size={size},nr_inodes={inodes},mode=0700");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mounts::mount("tmpfs", &inside(shared), flags, &options).map_err(|source| Error::Mount {
        what: "tmpfs",
        at: shared.to_owned(),
        source,
    })?;
    for (path, name, mode) in FOLDERS {
        let inner = inside(shared).join(name);
        create_dir_all(&inner).map_err(create(Path::new(path)))?;
        // Not by mkdir, whose mode the umask cuts.
        let mode = Permissions::from_mode(*mode);
        set_permissions(&inner, mode).map_err(create(Path::new(path)))?;
        create_dir_all(inside(path)).map_err(create(Path::new(path)))?;
        mounts::bind(&inner, &inside(path)).map_err(|source| Error::Bind {
            path: PathBuf::from(path),
            source,
        })?;
    }
    mounts::detach(&inside(shared)).map_err(|source| Error::Detach {
        what: "the shared scratch folder",
        source,
    })?;
    remove_dir(inside(shared)).map_err(create(shared))
}
