//! Reading into memory that nobody has written to.
#![allow(unsafe_code)]

use crate::streams::disturb;
use std::os::fd::OwnedFd;

/// Reads once, at most `most` bytes, which there is room for; they are added to `buffer`.
pub fn read_up_to(fd: &OwnedFd, buffer: &mut Vec<u8>, most: usize) -> rustix::io::Result<usize> {
    let spare = buffer.spare_capacity_mut();
    let most = disturb::bytes(most.min(spare.len()))?;
    let (read, _) = rustix::io::read(fd, &mut spare[..most])?;
    let count = read.len();
    // SAFETY: so many bytes of the spare capacity have just been written.
    unsafe { buffer.set_len(buffer.len() + count) };
    Ok(count)
}
