//! What a satellite does before its request, done once by a process of the zygote's: where that writes, all will.

use crate::Error;
use launchpad_sandbox::os::{self, Alone, Side, pages};
use rustix::fd::OwnedFd;
use rustix::io::retry_on_intr;
use rustix::pipe::{PipeFlags, pipe_with};
use std::ops::Range;
use std::sync::Mutex;

/// Of a zygote, and so of its satellites: where they write.
static WRITTEN: Mutex<Vec<Range<usize>>> = Mutex::new(Vec::new());

/// Of a process that rehearses: to say that it is done, and to hear that it is wanted no more.
static ENDS: Mutex<Option<(OwnedFd, OwnedFd)>> = Mutex::new(None);

/// Forks a process that rehearses. True in that one, which calls [`end`]; false in the zygote, afterwards.
/// `in_child` and `in_parent`: what the interpreter wants to be told first.
pub fn begin(
    alone: &Alone,
    in_child: impl FnOnce(),
    in_parent: impl FnOnce(),
) -> Result<bool, Error> {
    pages::trim();
    let (done, their_done) = pipe_with(PipeFlags::CLOEXEC)?;
    let (their_wait, wait) = pipe_with(PipeFlags::CLOEXEC)?;
    let child = match os::fork(alone)? {
        Side::Child => {
            drop((done, wait));
            if let Ok(mut ends) = ENDS.lock() {
                *ends = Some((their_done, their_wait));
            }
            in_child();
            return Ok(true);
        }
        Side::Parent { child } => child,
    };
    drop((their_done, their_wait));
    in_parent();
    let told = retry_on_intr(|| rustix::io::read(&done, &mut [0]));
    // While the other is there: of what it has written to it has copies, and the zygote what was shared.
    if told == Ok(1)
        && let (Ok(found), Ok(mut written)) = (pages::unshared(), WRITTEN.lock())
    {
        *written = found;
    }
    drop(wait);
    while let Err(rustix::io::Errno::INTR) = os::wait(child, true) {}
    Ok(false)
}

/// Ends the process that rehearsed, when the zygote has seen it.
pub fn end() -> ! {
    let ends = ENDS.lock().map(|mut ends| ends.take());
    if let Ok(Some((done, wait))) = ends {
        let _ = retry_on_intr(|| rustix::io::write(&done, b"d"));
        let _ = retry_on_intr(|| rustix::io::read(&wait, &mut [0]));
    }
    os::exit(0)
}

/// In a satellite: makes its own what it will write to.
pub fn repeat() {
    if let Ok(written) = WRITTEN.lock() {
        pages::copy(&written);
    }
}
