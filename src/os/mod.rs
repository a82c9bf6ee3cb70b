//! Unsafe room 2: Linux and plain memory, behind safe functions. Most of it is rustix, which is
//! safe already.
#![allow(unsafe_code)]

pub mod allocator;
pub mod channels;
pub mod machine;
pub mod packets;
pub mod poller;
pub mod reserve;
pub mod spawn;

use std::os::fd::OwnedFd;

/// Reads once, at most `most` bytes, which there is room for; they are added to `buffer`.
pub fn read_up_to(fd: &OwnedFd, buffer: &mut Vec<u8>, most: usize) -> rustix::io::Result<usize> {
    let spare = buffer.spare_capacity_mut();
    let most = most.min(spare.len());
    let (read, _) = rustix::io::read(fd, &mut spare[..most])?;
    let count = read.len();
    // SAFETY: so many bytes of the spare capacity have just been written.
    unsafe { buffer.set_len(buffer.len() + count) };
    Ok(count)
}

/// Words as their bytes.
pub fn bytes_of_mut(words: &mut [u64]) -> &mut [u8] {
    // SAFETY: any byte is valid for both types, and alignment only gets weaker.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words)) }
}
