//! The process that a script's leaves behind, see [`crate::leave()`].

use super::{Unowned, check, close_range, exit, refused};
use rustix::fd::RawFd;
use rustix::io::Errno;

/// Where the lingerer stands: it shares all memory with a process that is about to end.
#[repr(align(16))]
struct Stack(std::cell::UnsafeCell<[u8; LINGERER_STACK]>);

// SAFETY: only the lingerer uses it, and there is one in a process's life.
unsafe impl Sync for Stack {}

const LINGERER_STACK: usize = 16 << 10;

static STACK: Stack = Stack(std::cell::UnsafeCell::new([0; LINGERER_STACK]));

/// Starts a process that shares this one's memory and waits to be killed. The caller is to do nothing
/// but exit.
pub(crate) fn linger() -> Result<(), Errno> {
    // What is refused from here on is not the script's call.
    refused::leave();
    block_signals()?;
    let stack = STACK.0.get().cast::<u8>();
    // SAFETY: one past the end of the array.
    let top = unsafe { stack.add(LINGERER_STACK) };
    // SAFETY: the function never returns and needs nothing but its stack, which nobody else uses;
    // the caller ends without touching what the two share.
    let child = unsafe {
        libc::clone(
            wait_to_be_killed,
            top.cast(),
            libc::CLONE_VM | libc::SIGCHLD,
            std::ptr::null_mut(),
        )
    };
    check(child.into())?;
    Ok(())
}

extern "C" fn wait_to_be_killed(_: *mut libc::c_void) -> i32 {
    // It would keep open what it inherits, and the backend waits for the pipes' ends. Not before it is
    // started: threads of the script's may still use theirs.
    // SAFETY: this process does nothing any more but wait.
    let unowned = unsafe { Unowned::assume() };
    let _ = close_range(unowned, 0, RawFd::MAX);
    // All signals that can be blocked are; an error would be the filter's, and for good.
    let _ = rustix::event::poll(&mut [], None);
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
