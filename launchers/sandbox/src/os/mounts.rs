//! Mounts. Each function is one call of the kernel's.

use super::check;
use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, umount2};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const NONE: Option<&str> = None;

/// A file system of that `kind`, which has no source of its own.
pub fn mount(kind: &str, at: &Path, flags: MsFlags, options: &str) -> Result<(), Errno> {
    nix::mount::mount(Some(kind), at, Some(kind), flags, Some(options))
}

/// What is at `source` appears `at` this path as well, without the mounts below it.
pub fn bind(source: &Path, at: &Path) -> Result<(), Errno> {
    nix::mount::mount(Some(source), at, NONE, MsFlags::MS_BIND, NONE)
}

/// The same with the mounts below it.
pub fn bind_all(source: &Path, at: &Path) -> Result<(), Errno> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    nix::mount::mount(Some(source), at, NONE, flags, NONE)
}

/// What is mounted from here on stays in this mount namespace.
pub fn make_private() -> Result<(), Errno> {
    let flags = MsFlags::MS_PRIVATE | MsFlags::MS_REC;
    nix::mount::mount(NONE, "/", NONE, flags, NONE)
}

/// Not in sight any more; what is still in use there ends later.
pub fn detach(at: &Path) -> Result<(), Errno> {
    umount2(at, MntFlags::MNT_DETACH)
}

/// Adds `attributes` (MOUNT_ATTR_…) to the mount at `path` and, if `deep`, to all below it.
pub fn restrict(path: &Path, attributes: u64, deep: bool) -> Result<(), Errno> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)?;
    let change = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if deep { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path and structure outlive the call, the size is the structure's own.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const change,
            size_of::<libc::mount_attr>(),
        )
    })?;
    Ok(())
}
