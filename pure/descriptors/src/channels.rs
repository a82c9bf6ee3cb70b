//! The descriptors of one call: four pipes and the control channel, each with two ends.

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Result;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
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
const BULK_PIPE: usize = 256 << 10;

pub fn create() -> Result<(OurEnds, TheirEnds)> {
    let (their_input, input) = pipe()?;
    let (output, their_output) = pipe()?;
    let (stdout, their_stdout) = pipe()?;
    let (stderr, their_stderr) = pipe()?;
    let (control, their_control) = socketpair(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    for bulk in [&input, &output] {
        // Refused when the user's pipe pages are used up: then the default size it is.
        let _ = fcntl_setpipe_size(bulk, BULK_PIPE);
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
    pipe_with(PipeFlags::CLOEXEC)
}

fn set_nonblocking(fd: impl AsFd) -> Result<()> {
    let flags = fcntl_getfl(&fd)?;
    fcntl_setfl(&fd, flags | OFlags::NONBLOCK)
}
