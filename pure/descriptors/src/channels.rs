//! The descriptors of one call: four pipes and the control channel, each with two ends.

use nix::Result;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc::c_int;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd::pipe2;
use std::os::fd::{AsFd, OwnedFd};

/// The backend's ends, all non-blocking.
#[derive(Debug)]
pub struct OurEnds {
    pub input: OwnedFd,
    pub output: OwnedFd,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
    pub control: OwnedFd,
}

/// The satellite's ends, in the order that the launch request carries them.
pub type TheirEnds = [OwnedFd; 5];

/// Descriptors a call holds at once: both ends of five channels, the launch connection, two
/// pollers, and the wait set's own.
pub const DESCRIPTORS: u32 = 14;

/// A call's bulk pipes ask for this many bytes; a batch then costs a few wake-ups instead of
/// sixteen. Modest, because the kernel counts pipe pages per user, and all backends are one.
const BULK_PIPE: c_int = 256 << 10;

pub fn create() -> Result<(OurEnds, TheirEnds)> {
    let (their_input, input) = pipe()?;
    let (output, their_output) = pipe()?;
    let (stdout, their_stdout) = pipe()?;
    let (stderr, their_stderr) = pipe()?;
    let (control, their_control) = socketpair(
        AddressFamily::Unix,
        SockType::Stream,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    for bulk in [&input, &output] {
        // Refused when the user's pipe pages are used up: then the default size it is.
        let _ = fcntl(bulk, FcntlArg::F_SETPIPE_SZ(BULK_PIPE));
    }
    for ours in [&input, &output, &stdout, &stderr, &control] {
        set_nonblocking(ours)?;
    }
    Ok((
        OurEnds {
            input,
            output,
            stdout,
            stderr,
            control,
        },
        [
            their_input,
            their_output,
            their_stdout,
            their_stderr,
            their_control,
        ],
    ))
}

fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    pipe2(OFlag::O_CLOEXEC)
}

/// Whoever has the same file open does not wait either.
pub fn set_nonblocking(fd: impl AsFd) -> Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
    fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).map(drop)
}
