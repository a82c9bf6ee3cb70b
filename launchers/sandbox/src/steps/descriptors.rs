//! Which descriptors a process has: the first step outside, and the first of the script's process.

use super::Jail;
use crate::descriptors::{LAUNCH, LIFELINE, STANDARD};
use crate::os::retry_on_intr;
use crate::{Error, omissions, os};
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use std::os::fd::{OwnedFd, RawFd};

/// Fixed numbers for ours, /dev/null for standard input, output and error, nothing else.
pub(super) fn arrange(jail: &Jail<'_>) -> Result<(), Error> {
    // Arranging closes it.
    let null = os::forget(open_null()?);
    let mut moves: Vec<_> = STANDARD.map(|standard| (null, standard)).into();
    moves.extend_from_slice(jail.moves);
    let last = os::place(jail.unowned, &moves).map_err(Error::Descriptors)?;
    if omissions::left_out("closing") {
        return Ok(());
    }
    os::close_range(jail.unowned, last + 1, RawFd::MAX).map_err(Error::Descriptors)
}

/// Standard input, output and error once more, by the name that /dev/null has in the new root.
pub(super) fn renew_standard(_: &Jail<'_>) -> Result<(), Error> {
    os::put_at(&open_null()?, &STANDARD).map_err(Error::Descriptors)
}

fn open_null() -> Result<OwnedFd, Error> {
    let flags = OFlag::O_RDWR | OFlag::O_CLOEXEC;
    retry_on_intr(|| open("/dev/null", flags, Mode::empty())).map_err(Error::Null)
}

/// The launch channel alone.
pub(super) fn keep_launch(jail: &Jail<'_>) -> Result<(), Error> {
    const _: () = assert!(LAUNCH.number() < LIFELINE.number());
    os::close_range(jail.unowned, LAUNCH.number() + 1, RawFd::MAX).map_err(Error::Descriptors)
}
