//! Which descriptors a process has: the first step outside, and the first of the script's process.

use super::Jail;
use crate::descriptors::{LAUNCH, LEASH};
use crate::{Error, holes, os};
use rustix::fd::{AsRawFd, RawFd};
use rustix::fs::{Mode, OFlags, open};

/// Fixed numbers for ours, /dev/null for standard input, output and error, nothing else.
pub(super) fn arrange(jail: &Jail<'_>) -> Result<(), Error> {
    let null =
        open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).map_err(Error::Null)?;
    let mut moves: Vec<_> = (0..=2)
        .map(|standard| (null.as_raw_fd(), standard))
        .collect();
    moves.extend_from_slice(jail.moves);
    // Arranging closes it.
    os::forget(null);
    let last = os::place(&moves).map_err(Error::Descriptors)?;
    if holes::left_out("closing") {
        return Ok(());
    }
    os::close_range(last + 1, RawFd::MAX).map_err(Error::Descriptors)
}

/// The launch channel alone.
pub(super) fn keep_launch(_: &Jail<'_>) -> Result<(), Error> {
    const _: () = assert!(LAUNCH < LEASH);
    os::close_range(LAUNCH + 1, RawFd::MAX).map_err(Error::Descriptors)
}
