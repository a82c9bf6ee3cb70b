//! The one room for unsafe code: what Linux offers and rustix does not, behind safe functions.

#![allow(unsafe_code)]

use launchpad_protocol::zygote::CHANNEL_FD;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::unix::AsyncFd;

/// Where launchpadd finds its end of the socketpair to the supervisor.
const SUPERVISOR_FD: RawFd = 3;

/// The supervisor's socket, taken over.
///
/// # Errors
/// EBADF if nothing was inherited there, or it was taken before.
pub fn supervisor_end() -> io::Result<OwnedFd> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    if !is_open(SUPERVISOR_FD) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: the number is open, and nobody else in this process knows it: it was inherited,
    // and is taken once.
    Ok(unsafe { OwnedFd::from_raw_fd(SUPERVISOR_FD) })
}

/// Marks every descriptor from `first` on as not to be inherited over exec.
pub fn close_on_exec_from(first: RawFd) -> io::Result<()> {
    let last = libc::c_uint::MAX;
    let flags = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: with this flag the call only sets a flag on descriptors; no descriptor is closed.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Gives every ignored signal its default action back, SIGPIPE excepted, and unblocks all: both
/// survive exec, and PostgreSQL's background workers ignore and block several.
pub fn reset_signals() -> io::Result<()> {
    for signal in 1..=libc::SIGRTMAX() {
        if signal != libc::SIGPIPE && is_ignored(signal) {
            // SAFETY: the default action runs no code of ours.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
    // SAFETY: zeroes are a valid sigset_t, which the next call overwrites.
    let mut none: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours and writable.
    unsafe { libc::sigemptyset(&raw mut none) };
    // SAFETY: the set is initialised; no old set is asked for.
    match unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: zeroes are a valid sigaction, which the next call overwrites.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is ours; nothing is changed. A number that is no signal is an error.
    let asked = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Registers `fd` with the runtime's epoll.
pub fn registered(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd is open, yields the same number for all its life, and is given away here.
    Ok(unsafe { AsyncFd::register(fd) }?)
}

/// Starts `command` in a session of its own, dying with the thread that starts it, which is the main one, with the
/// descriptors `given` from number 3 on and nothing else beyond the standard three. All of that survives further
/// execs: `command` may be a shell script that execs the real program. Returns its pid; reaping is
/// the caller's.
///
/// # Errors
/// What fork or a step after it gave, exec included.
pub fn spawn(command: &mut Command, given: &[BorrowedFd<'_>]) -> io::Result<u32> {
    const { assert!(SUPERVISOR_FD == CHANNEL_FD) };
    let numbers: Vec<RawFd> = given.iter().map(AsRawFd::as_raw_fd).collect();
    let targets = SUPERVISOR_FD..;
    for (number, target) in numbers.iter().zip(targets) {
        // Were it free here, `Command`'s own pipe for exec's error could come to lie there; and none may be
        // overwritten before it is moved.
        if *number <= target || !is_open(target) {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
    }
    let parent = std::process::id();
    let prepare = move || {
        new_session();
        die_with(parent)?;
        let mut target = SUPERVISOR_FD;
        for number in &numbers {
            // SAFETY: in the child the number `target` belongs to no object that will be used or dropped:
            // exec or _exit follows.
            if unsafe { libc::dup2(*number, target) } < 0 {
                return Err(io::Error::last_os_error());
            }
            target += 1;
        }
        close_on_exec_from(target)
    };
    // SAFETY: `prepare` runs between fork and exec: it makes system calls and allocates nothing (an
    // io::Error from an error number does not).
    unsafe { command.pre_exec(prepare) };
    command.spawn().map(|child| child.id())
}

fn is_open(number: RawFd) -> bool {
    // SAFETY: F_GETFD takes no pointer and fails on a number that is not open.
    unsafe { libc::fcntl(number, libc::F_GETFD) >= 0 }
}

fn new_session() {
    // SAFETY: no pointers. It fails only for a group's leader, which a fresh child is not.
    unsafe { libc::setsid() };
}

/// SIGKILL when `parent`'s forking thread ends; an error if that has already happened.
fn die_with(parent: u32) -> io::Result<()> {
    // SAFETY: no pointers.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: no pointers, cannot fail.
    let now = unsafe { libc::getppid() };
    if u32::try_from(now) == Ok(parent) {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(libc::ESRCH))
    }
}

/// The version of Landlock that the kernel has.
///
/// # Errors
/// ENOSYS if it has none, EOPNOTSUPP if it was booted without.
pub fn landlock_version() -> io::Result<u32> {
    const VERSION: libc::c_uint = 1; // LANDLOCK_CREATE_RULESET_VERSION
    let no_rules = std::ptr::null::<libc::c_void>();
    // SAFETY: with this flag the call reads no memory and makes nothing.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, no_rules, 0, VERSION) };
    u32::try_from(version).map_err(|_| io::Error::last_os_error())
}

/// The login name of the user with this id.
pub fn user_name(id: u32) -> Option<String> {
    // Longer than any line of /etc/passwd that other programs could read.
    let mut text = [0; 4096];
    // SAFETY: zeroes (null pointers) are a valid passwd, which the next call overwrites.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    let mut found: *mut libc::passwd = null_mut();
    // SAFETY: entry, text (with its length) and found are ours and writable.
    let failed = unsafe {
        libc::getpwuid_r(
            id,
            &raw mut entry,
            text.as_mut_ptr(),
            text.len(),
            &raw mut found,
        )
    };
    if failed != 0 || found.is_null() {
        return None;
    }
    // SAFETY: the call succeeded: the name is NUL-terminated and lies in `text`.
    let name = unsafe { std::ffi::CStr::from_ptr(entry.pw_name) };
    Some(name.to_str().ok()?.to_owned())
}
