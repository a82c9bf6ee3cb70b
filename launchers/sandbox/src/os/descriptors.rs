//! Descriptors known by their numbers, which no value owns.

use super::check;
use crate::omissions;
use launchpad_protocol::zygote::CHANNEL_FD;
use nix::errno::Errno;
use nix::sys::stat::{FileStat, fstat};
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};

/// A descriptor that nobody owns: one at a number that a process of ours has it at, or a forgotten one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed(RawFd);

/// Standard input, output and error.
pub const STANDARD: [Fixed; 3] = [Fixed(0), Fixed(1), Fixed(2)];

/// The zygote's end of its channel.
pub const CHANNEL: Fixed = Fixed(CHANNEL_FD);

/// The satellite's end of the launch channel; all that the script's process keeps.
pub const LAUNCH: Fixed = Fixed(3);
/// The init's end of the lifeline.
pub const LIFELINE: Fixed = Fixed(4);

/// Where the request's descriptors are while its script runs; output and error are 1 and 2.
pub const INPUT: Fixed = Fixed(3);
pub const OUTPUT: Fixed = Fixed(4);
pub const CONTROL: Fixed = Fixed(5);

impl Fixed {
    /// What a process of ours is started with.
    pub(crate) const fn at(number: RawFd) -> Self {
        assert!(number >= 0);
        Fixed(number)
    }

    pub const fn number(self) -> RawFd {
        self.0
    }

    /// For reading and writing. Where the number is closed by now, that gives EBADF.
    pub const fn borrow(self, _: Unowned) -> BorrowedFd<'static> {
        // SAFETY: no number is -1, and the proof says that no value owns this one.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

/// Proof that this process and its forks may use and close by number: no value owns a [`Fixed`]
/// descriptor, and one that owns a descriptor so closed is neither used nor dropped afterwards.
/// It stays with the thread that gives it.
#[derive(Debug, Clone, Copy)]
pub struct Unowned(PhantomData<*const ()>);

impl Unowned {
    /// For whoever knows all values of the process.
    ///
    /// # Safety
    /// It is so.
    pub const unsafe fn assume() -> Self {
        Unowned(PhantomData)
    }
}

/// Gives each `(from, to)` its new number and closes every other descriptor above standard error,
/// and those of 0, 1, 2 that are no target stay. Targets above 2 are closed on exec.
pub fn arrange(unowned: Unowned, moves: &[(Fixed, Fixed)]) -> Result<(), Errno> {
    let last = place(unowned, moves)?;
    if omissions::left_out("closing again") {
        return Ok(());
    }
    close_range(unowned, last + 1, RawFd::MAX)
}

/// Gives each `(from, to)` its new number and tells the highest of these.
pub(crate) fn place(_: Unowned, moves: &[(Fixed, Fixed)]) -> Result<RawFd, Errno> {
    let mut above = Vec::with_capacity(moves.len());
    for &(from, to) in moves {
        above.push((aside(from)?, to));
    }
    let mut last = 2;
    for (Fixed(high), Fixed(to)) in above {
        let flags = if to > 2 { libc::O_CLOEXEC } else { 0 };
        // SAFETY: dup3 takes plain numbers; what `to` was before has no owner that will use it.
        check(unsafe { libc::dup3(high, to, flags) }.into())?;
        last = last.max(to);
    }
    Ok(last)
}

/// What is open as `descriptor` comes to each of `places` as well, also over an exec.
pub(crate) fn put_at(descriptor: &OwnedFd, places: &[Fixed]) -> Result<(), Errno> {
    for Fixed(place) in places {
        let number = descriptor.as_raw_fd();
        // SAFETY: dup3 takes plain numbers; what the place was before has no owner that will use it.
        check(unsafe { libc::dup3(number, *place, 0) }.into())?;
    }
    Ok(())
}

/// A second number for a descriptor, far above all targets of [`arrange`], so that none overwrites it.
pub(crate) fn aside(descriptor: Fixed) -> Result<Fixed, Errno> {
    const ASIDE: RawFd = 64;
    // SAFETY: fcntl with F_DUPFD_CLOEXEC takes and gives plain numbers.
    match check(unsafe { libc::fcntl(descriptor.0, libc::F_DUPFD_CLOEXEC, ASIDE) }.into()) {
        Ok(high) => Ok(Fixed(high as RawFd)),
        // RLIMIT_NOFILE is below that number.
        Err(Errno::EINVAL) => Err(Errno::EMFILE),
        Err(errno) => Err(errno),
    }
}

/// Closes the descriptors `first` to `last`.
pub(crate) fn close_range(_: Unowned, first: RawFd, last: RawFd) -> Result<(), Errno> {
    // SAFETY: the proof says that no owner of them will use them.
    check(unsafe { libc::close_range(first as u32, last as u32, 0) }.into())?;
    Ok(())
}

/// Closes one descriptor by number; with no room for close_range in a filter.
pub fn close(_: Unowned, descriptor: Fixed) {
    // SAFETY: the proof says that no owner of it will use it.
    unsafe { libc::close(descriptor.0) };
}

/// Moves descriptors out of Rust's ownership: after `arrange` their old numbers mean nothing.
pub fn forget(descriptor: OwnedFd) -> Fixed {
    Fixed(descriptor.into_raw_fd())
}

/// What is open at `number`, whoever owns it.
pub(crate) fn status(number: u8) -> Result<FileStat, Errno> {
    // SAFETY: no number is -1; fstat changes nothing, whoever owns the descriptor.
    fstat(unsafe { BorrowedFd::borrow_raw(number.into()) })
}
