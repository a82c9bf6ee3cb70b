//! The Linux calls that rustix has no safe form of, each behind one safe function.
#![allow(unsafe_code)]

use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::io::Errno;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Which side of a fork this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Parent { child: i32 },
    Child,
}

/// A child's end, as wait4(2) tells it.
#[derive(Debug, Clone, Copy)]
pub struct Reaped {
    pub pid: i32,
    pub wait_status: i32,
    /// Processor time in microseconds, the child's own reaped children included.
    pub user: u64,
    pub system: u64,
    /// KiB
    pub max_rss: u64,
}

fn check(result: i64) -> Result<i64, Errno> {
    if result == -1 {
        // errno is thread-local and the failing call was the last one.
        let code = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        return Err(Errno::from_raw_os_error(code));
    }
    Ok(result)
}

/// libc's fork, so that the handlers that libraries registered (OpenBLAS, malloc) run.
///
/// The caller must be the only thread of its process; [`tasks`] tells.
pub fn fork() -> Result<Side, Errno> {
    // SAFETY: fork has no memory-safety precondition in a single-threaded process, which every
    // caller in this crate is (the zygote asserts it before its first fork).
    let pid = check(unsafe { libc::fork() }.into())?;
    Ok(match pid {
        0 => Side::Child,
        child => Side::Parent {
            child: child as i32,
        },
    })
}

/// The number of threads of this process.
pub fn tasks() -> std::io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

/// Ends this process at once: no destructors, no atexit handlers of the interpreter.
pub fn exit(status: i32) -> ! {
    // SAFETY: _exit has no preconditions.
    unsafe { libc::_exit(status) }
}

/// Waits for a child; `pid` -1 is any. None: `block` was false and none has ended.
pub fn wait(pid: i32, block: bool) -> Result<Option<Reaped>, Errno> {
    let mut wait_status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    let options = if block { 0 } else { libc::WNOHANG };
    // SAFETY: both pointers are to live, writable memory of the right types.
    let result =
        check(unsafe { libc::wait4(pid, &mut wait_status, options, usage.as_mut_ptr()) }.into())?;
    if result == 0 {
        return Ok(None);
    }
    // SAFETY: an all-zero rusage is valid, and the kernel may have filled it.
    let usage = unsafe { usage.assume_init() };
    let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    Ok(Some(Reaped {
        pid: result as i32,
        wait_status,
        user: micros(usage.ru_utime),
        system: micros(usage.ru_stime),
        max_rss: usage.ru_maxrss as u64,
    }))
}

/// A descriptor known by its fixed number.
pub fn fixed(number: RawFd) -> BorrowedFd<'static> {
    // SAFETY: callers name numbers that `arrange` filled; a closed one gives EBADF, never memory
    // access, and nothing in this crate owns these numbers.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// Takes ownership of a descriptor known by its number.
fn owned(number: RawFd) -> OwnedFd {
    // SAFETY: the caller hands the number over and uses it no more.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// Gives each `(from, to)` its new number and closes every other descriptor above standard error,
/// and those of 0, 1, 2 that are no target stay. Targets above 2 are closed on exec.
pub fn arrange(moves: &[(RawFd, RawFd)]) -> Result<(), Errno> {
    close_range(place(moves)? + 1, RawFd::MAX)
}

/// Gives each `(from, to)` its new number and tells the highest of these.
pub(crate) fn place(moves: &[(RawFd, RawFd)]) -> Result<RawFd, Errno> {
    // Far above all targets, so that no source is overwritten before it was moved.
    const ASIDE: RawFd = 64;
    let mut aside = Vec::with_capacity(moves.len());
    for &(from, to) in moves {
        // SAFETY: fcntl with F_DUPFD_CLOEXEC takes and gives plain numbers.
        let high = check(unsafe { libc::fcntl(from, libc::F_DUPFD_CLOEXEC, ASIDE) }.into())?;
        aside.push((high as RawFd, to));
    }
    let mut last = 2;
    for (high, to) in aside {
        let flags = if to > 2 { libc::O_CLOEXEC } else { 0 };
        // SAFETY: dup3 takes plain numbers; what `to` was before is meant to be closed.
        check(unsafe { libc::dup3(high, to, flags) }.into())?;
        last = last.max(to);
    }
    Ok(last)
}

/// Closes the descriptors `first` to `last`.
pub fn close_range(first: RawFd, last: RawFd) -> Result<(), Errno> {
    // SAFETY: the caller is about to use none of these numbers again; owners of them were forgotten.
    check(unsafe { libc::close_range(first as u32, last as u32, 0) }.into())?;
    Ok(())
}

/// Closes one descriptor by number; with no room for close_range in a filter.
pub fn close(number: RawFd) {
    // SAFETY: as for close_range.
    unsafe { libc::close(number) };
}

/// unshare(2): new namespaces for this process.
pub fn unshare(flags: i32) -> Result<(), Errno> {
    // SAFETY: only namespace flags are passed; none makes this process share less memory or fewer
    // descriptors than Rust assumes.
    check(unsafe { libc::unshare(flags) }.into())?;
    Ok(())
}

/// Adds `attributes` (MOUNT_ATTR_…) to the mount at `path` and, if `deep`, to all below it.
pub fn restrict_mount(path: &Path, attributes: u64, deep: bool) -> Result<(), Errno> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::INVAL)?;
    let change = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if deep { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: path and structure outlive the call, the size is the structure's own.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const change,
            size_of::<libc::mount_attr>(),
        )
    })?;
    Ok(())
}

/// Removes every capability that the kernel knows from the bounding set.
pub fn drop_bounding_set() -> Result<(), Errno> {
    for capability in 0..64u64 {
        // SAFETY: prctl with plain numbers.
        let dropped =
            check(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) }.into());
        match dropped {
            Ok(_) => {}
            // The first number beyond the kernel's last capability.
            Err(Errno::INVAL) if capability > 0 => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Gives every signal its default action and blocks SIGCHLD; returns a descriptor that becomes
/// readable when SIGCHLD is pending.
pub fn watch_children() -> Result<OwnedFd, Errno> {
    for signal in 1..=64 {
        // SAFETY: SIG_DFL is always a valid action; numbers that cannot be set are refused.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // A write to a closed leash is an error, not an end.
    // SAFETY: SIG_IGN is always a valid action.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the whole set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the set is initialised, the signal number valid.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD) };
    // SAFETY: the set is initialised; no old set is asked for.
    let masked =
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, set.as_ptr(), std::ptr::null_mut()) };
    check(masked.into())?;
    let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
    // SAFETY: the set is initialised; -1 asks for a new descriptor.
    let number = check(unsafe { libc::signalfd(-1, set.as_ptr(), flags) }.into())?;
    Ok(owned(number as RawFd))
}

/// Writes out what C libraries have buffered for standard output and error.
pub fn flush_c_streams() {
    // SAFETY: a null stream asks for all of them.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}

/// Moves descriptors out of Rust's ownership: after `arrange` their old numbers mean nothing.
pub fn forget(descriptor: OwnedFd) -> RawFd {
    let number = descriptor.as_raw_fd();
    std::mem::forget(descriptor);
    number
}
