//! Which descriptors a process has: the first step outside, and the first of the script's process.

use super::Jail;
use crate::descriptors::{LAUNCH, LEASH, STANDARD};
use crate::{Error, holes, os};
use rustix::fd::RawFd;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::retry_on_intr;

/// Fixed numbers for ours, /dev/null for standard input, output and error, nothing else.
pub(super) fn arrange(jail: &Jail<'_>) -> Result<(), Error> {
    let null =
        open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).map_err(Error::Null)?;
    // Arranging closes it.
    let null = os::forget(null);
    let mut moves: Vec<_> = STANDARD.map(|standard| (null, standard)).into();
    moves.extend_from_slice(jail.moves);
    let last = os::place(jail.unowned, &moves).map_err(Error::Descriptors)?;
    if holes::left_out("closing") {
        return Ok(());
    }
    os::close_range(jail.unowned, last + 1, RawFd::MAX).map_err(Error::Descriptors)
}

/// Standard input, output and error once more, by the name that /dev/null has in the new root.
pub(super) fn renew_standard(_: &Jail<'_>) -> Result<(), Error> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    let null = retry_on_intr(|| open("/dev/null", flags, Mode::empty())).map_err(Error::Null)?;
    os::put_at(&null, &STANDARD).map_err(Error::Descriptors)
}

/// The launch channel alone.
pub(super) fn keep_launch(jail: &Jail<'_>) -> Result<(), Error> {
    const _: () = assert!(LAUNCH.number() < LEASH.number());
    os::close_range(jail.unowned, LAUNCH.number() + 1, RawFd::MAX).map_err(Error::Descriptors)
}
