//! What Linux offers and nix does not, behind safe functions.
#![allow(unsafe_code)]

use crate::streams::disturb;
use nix::Result;
use nix::errno::Errno;
use std::os::fd::{AsRawFd, OwnedFd};

/// Reads once, at most `most` bytes, which there is room for; they are added to `buffer`. The memory may be such that
/// nobody has written to.
pub fn read_up_to(fd: &OwnedFd, buffer: &mut Vec<u8>, most: usize) -> Result<usize> {
    let spare = buffer.spare_capacity_mut();
    let most = disturb::bytes(most.min(spare.len()))?;
    // SAFETY: so many bytes of the spare capacity are ours to be written to.
    let read = unsafe { libc::read(fd.as_raw_fd(), spare.as_mut_ptr().cast(), most) };
    let count = Errno::result(read)?.cast_unsigned();
    // SAFETY: so many bytes of the spare capacity have just been written.
    unsafe { buffer.set_len(buffer.len() + count) };
    Ok(count)
}

/// Bytes of a pipe that have been written and not been read.
pub fn waiting(fd: &OwnedFd) -> Result<usize> {
    let mut waiting: libc::c_int = 0;
    // SAFETY: the request writes one number, to where the pointer leads.
    let asked = unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &raw mut waiting) };
    Errno::result(asked)?;
    Ok(usize::try_from(waiting).unwrap_or(0))
}
