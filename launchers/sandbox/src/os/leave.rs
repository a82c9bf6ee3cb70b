//! The end of a script's process, told before its memory is taken apart.
//!
//! A process counts as ended when the kernel has freed its memory, page by page: milliseconds, for
//! which a call would wait. The memory belongs to all processes that share it and is freed when the
//! last of them ends. So the script's process leaves another one behind, the *draining process*, which
//! does nothing; the init reports the end at once, and its own end is the draining process's.

use super::{Unowned, check, close_range, exit, poll, refused};
use nix::errno::Errno;
use std::os::fd::RawFd;

/// Where the draining process stands: it shares all memory with a process that is about to end.
#[repr(align(16))]
struct Stack(std::cell::UnsafeCell<[u8; DRAIN_STACK]>);

// SAFETY: only the draining process uses it, and `leave` starts at most one in a process's life.
unsafe impl Sync for Stack {}

const DRAIN_STACK: usize = 16 << 10;

static STACK: Stack = Stack(std::cell::UnsafeCell::new([0; DRAIN_STACK]));

/// Ends the script's process: nothing of the script runs in it any more, everything is sent.
///
/// Only for the process that the init waits for: of another one the memory would stay until the
/// init's end.
pub fn leave(status: i32) -> ! {
    // What is refused from here on is not the script's call. Another thread may have come first.
    if refused::leave() && block_signals().is_ok() {
        let stack = STACK.0.get().cast::<u8>();
        // SAFETY: one past the end of the array.
        let top = unsafe { stack.add(DRAIN_STACK) };
        // Refused (in the container sandbox nobody would end it) or at a limit: the end is told later then.
        // SAFETY: the function never returns, needs nothing but its stack, and is alone on it, since this is
        // the first and only call; the process that it shares its memory with ends in the next line.
        unsafe {
            libc::clone(
                wait_to_be_killed,
                top.cast(),
                libc::CLONE_VM | libc::SIGCHLD,
                std::ptr::null_mut(),
            )
        };
    }
    exit(status)
}

extern "C" fn wait_to_be_killed(_: *mut libc::c_void) -> i32 {
    // It would keep open what it inherits, and the backend waits for the pipes' ends. Not before it is
    // started: threads of the script's may still use theirs.
    // SAFETY: this process does nothing any more but wait.
    let unowned = unsafe { Unowned::assume() };
    let _ = close_range(unowned, 0, RawFd::MAX);
    // All signals that can be blocked are; an error would be the filter's, and for good.
    let _ = poll(&mut []);
    exit(0)
}

/// Keeps the handlers of the script's signals from running.
fn block_signals() -> Result<(), Errno> {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset initialises the whole set.
    unsafe { libc::sigfillset(set.as_mut_ptr()) };
    // A filter that tells of refused calls may refuse the next one: blocked, the signal would kill.
    // SAFETY: the set is initialised, the signal number valid.
    unsafe { libc::sigdelset(set.as_mut_ptr(), libc::SIGSYS) };
    // SAFETY: the set is initialised; no old set is asked for.
    let masked =
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, set.as_ptr(), std::ptr::null_mut()) };
    check(masked.into())?;
    Ok(())
}
