//! Whether satellites work with a package that has just been loaded: a forked process tries it.

use crate::Error;
use launchpad_protocol::cut;
use launchpad_sandbox::os::{self, Alone, Side, retry_on_intr};
use nix::fcntl::OFlag;
use nix::unistd::{pipe2, read, write};
use std::os::fd::OwnedFd;
use std::sync::OnceLock;

/// Bytes of what is told: fewer than a pipe holds, so that nobody waits.
const MAX_PROBLEM: usize = 1000;

/// What it begins with: a process that says nothing has not come to its end.
const DONE: &[u8] = b"+";

/// The process of the trial has it.
static TOLD: OnceLock<OwnedFd> = OnceLock::new();

/// Forks. None: this is the forked process, which has to call [`end_trial`]. Else, when it has ended: what is the matter, or an
/// empty text. The interpreter is told of the fork by its caller, if it wants to be.
pub fn begin_trial(alone: &Alone) -> Result<Option<String>, Error> {
    let (reading, writing) = pipe2(OFlag::O_CLOEXEC)?;
    let child = match os::fork(alone)? {
        Side::Child => {
            let _ = TOLD.set(writing);
            return Ok(None);
        }
        Side::Parent { child } => child,
    };
    drop(writing);
    let reaped = os::wait(child, true)?;
    let mut told = [0; MAX_PROBLEM];
    let length = retry_on_intr(|| read(&reading, &mut told))?;
    let has_exited = reaped.is_some_and(|reaped| reaped.wait_status == 0);
    let problem = match told[..length].strip_prefix(DONE) {
        Some(problem) if has_exited => String::from_utf8_lossy(problem).into_owned(),
        // What it was to try has ended it.
        _ => "with it a forked process ends before its time".to_owned(),
    };
    Ok(Some(problem))
}

/// Tells what is the matter, or an empty text, and ends this process.
pub fn end_trial(problem: &str) -> ! {
    let words = [DONE, cut(problem, MAX_PROBLEM - DONE.len()).as_bytes()].concat();
    let is_told = match TOLD.get() {
        Some(told) => retry_on_intr(|| write(told, &words)).is_ok(),
        None => false,
    };
    os::exit(i32::from(!is_told))
}
