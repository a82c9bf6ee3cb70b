//! Reading and writing streams. Debug builds can be told to [`disturb`] both.

#[cfg(debug_assertions)]
pub mod disturb;
/// What a release does about it.
#[cfg(not(debug_assertions))]
pub(crate) mod disturb {
    pub fn bytes(wanted: usize) -> nix::Result<usize> {
        Ok(wanted)
    }
}

use nix::Result;
use std::io::IoSlice;
use std::os::fd::AsFd;

/// As read(2).
pub fn read(fd: impl AsFd, buffer: &mut [u8]) -> Result<usize> {
    let most = disturb::bytes(buffer.len())?;
    nix::unistd::read(fd, &mut buffer[..most])
}

/// As write(2).
pub fn write(fd: impl AsFd, bytes: &[u8]) -> Result<usize> {
    let most = disturb::bytes(bytes.len())?;
    nix::unistd::write(fd, &bytes[..most])
}

/// As writev(2), of slices of which the first has something.
pub fn writev(fd: impl AsFd, slices: &[IoSlice<'_>]) -> Result<usize> {
    let first = slices.first().map_or(0, |first| first.len());
    let most = disturb::bytes(first)?;
    if most < first {
        return nix::unistd::write(fd, &slices[0][..most]);
    }
    nix::sys::uio::writev(fd, slices)
}
