//! Which outside user and group a user namespace's own are, written by a process outside of it that may.

use crate::os::retry_on_intr;
use launchpad_protocol::policy::Worker;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::os::fd::{AsFd, BorrowedFd};

/// A call that failed, and on which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {file}: {}", std::io::Error::from(*.errno))]
pub struct MapError {
    file: &'static str,
    errno: Errno,
}

/// The user namespace that `process` has entered gets one user and one group, `inside`, which are outside those of
/// `worker`. `proc`: a /proc that has the process by that number.
///
/// Who does it is in the namespace's parent, and has rights there, or maps to itself; then `lacks_rights`, and the kernel
/// demands that groups are never changed.
///
/// # Errors
/// What the kernel refuses.
pub fn map(
    proc: impl AsFd,
    process: u32,
    inside: Worker,
    worker: Worker,
    lacks_rights: bool,
) -> Result<(), MapError> {
    let proc = proc.as_fd();
    // First, and each file in one write.
    if lacks_rights {
        write(proc, process, "setgroups", "deny")?;
    }
    let line = |inside, outside| format!("{inside} {outside} 1");
    write(proc, process, "uid_map", &line(inside.user, worker.user))?;
    write(proc, process, "gid_map", &line(inside.group, worker.group))
}

fn write(
    proc: BorrowedFd<'_>,
    process: u32,
    file: &'static str,
    text: &str,
) -> Result<(), MapError> {
    let path = format!("{process}/{file}");
    let flags = OFlag::O_WRONLY | OFlag::O_CLOEXEC;
    let opened = retry_on_intr(|| openat(proc, path.as_str(), flags, Mode::empty()));
    let written =
        opened.and_then(|opened| retry_on_intr(|| nix::unistd::write(&opened, text.as_bytes())));
    written.map(drop).map_err(|errno| MapError { file, errno })
}
