//! Descriptors known by their numbers.

use super::check;
use crate::holes;
use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use rustix::io::Errno;

/// A descriptor known by its fixed number.
pub fn fixed(number: RawFd) -> BorrowedFd<'static> {
    // SAFETY: callers name numbers that `arrange` filled; a closed one gives EBADF, never memory
    // access, and nothing in this crate owns these numbers.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// Gives each `(from, to)` its new number and closes every other descriptor above standard error,
/// and those of 0, 1, 2 that are no target stay. Targets above 2 are closed on exec.
pub fn arrange(moves: &[(RawFd, RawFd)]) -> Result<(), Errno> {
    let last = place(moves)?;
    if holes::left_out("closing again") {
        return Ok(());
    }
    close_range(last + 1, RawFd::MAX)
}

/// Gives each `(from, to)` its new number and tells the highest of these.
pub(crate) fn place(moves: &[(RawFd, RawFd)]) -> Result<RawFd, Errno> {
    let mut above = Vec::with_capacity(moves.len());
    for &(from, to) in moves {
        above.push((aside(from)?, to));
    }
    let mut last = 2;
    for (high, to) in above {
        let flags = if to > 2 { libc::O_CLOEXEC } else { 0 };
        // SAFETY: dup3 takes plain numbers; what `to` was before is meant to be closed.
        check(unsafe { libc::dup3(high, to, flags) }.into())?;
        last = last.max(to);
    }
    Ok(last)
}

/// A second number for a descriptor, far above all targets of [`arrange`], so that none overwrites it.
pub fn aside(number: RawFd) -> Result<RawFd, Errno> {
    const ASIDE: RawFd = 64;
    // SAFETY: fcntl with F_DUPFD_CLOEXEC takes and gives plain numbers.
    let high = check(unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, ASIDE) }.into())?;
    Ok(high as RawFd)
}

/// Closes the descriptors `first` to `last`.
pub fn close_range(first: RawFd, last: RawFd) -> Result<(), Errno> {
    // SAFETY: the caller is about to use none of these numbers again; owners of them were forgotten.
    check(unsafe { libc::close_range(first as u32, last as u32, 0) }.into())?;
    Ok(())
}

/// Closes one descriptor by number; with no room for close_range in a filter.
pub fn close(number: RawFd) {
    // SAFETY: the caller is about to use the number no more, and its owner was forgotten.
    unsafe { libc::close(number) };
}

/// Moves descriptors out of Rust's ownership: after `arrange` their old numbers mean nothing.
pub fn forget(descriptor: OwnedFd) -> RawFd {
    let number = descriptor.as_raw_fd();
    std::mem::forget(descriptor);
    number
}
