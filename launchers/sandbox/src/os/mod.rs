//! The Linux calls that rustix has no safe form of, each behind one safe function.
#![allow(unsafe_code)]

pub mod descriptors;
mod leave;
pub(crate) mod pages;
mod refused;

pub(crate) use descriptors::{Fixed, aside, close_range, place, put_at, status};
pub use descriptors::{Unowned, arrange, close, forget};
pub use leave::leave;
pub use pages::gather;
pub use refused::handle_refused_calls;

use rustix::fd::{FromRawFd, OwnedFd, RawFd};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::ffi::CString;
use std::marker::PhantomData;
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

/// Proof that this process has one thread, as its forks have. It stays with that thread.
#[derive(Debug)]
pub struct Alone(PhantomData<*const ()>);

impl Alone {
    /// None: there are others.
    pub fn check() -> std::io::Result<Option<Self>> {
        Ok((tasks()? == 1).then_some(Alone(PhantomData)))
    }

    /// Where nobody can be asked.
    ///
    /// # Safety
    /// It has one thread.
    pub const unsafe fn assume() -> Self {
        Alone(PhantomData)
    }
}

/// libc's fork, so that the handlers that libraries registered (OpenBLAS, malloc) run.
pub fn fork(_: &Alone) -> Result<Side, Errno> {
    // SAFETY: fork has no memory-safety precondition in a single-threaded process.
    let pid = check(unsafe { libc::fork() }.into())?;
    Ok(match pid {
        0 => Side::Child,
        child => Side::Parent {
            child: child as i32,
        },
    })
}

/// Which side of a clone this is.
#[derive(Debug)]
pub enum Cloned {
    Parent { number: i32, pidfd: OwnedFd },
    Child,
}

/// A process like this one, in new namespaces of these `kinds` from its first moment, and, if `adopted`, a child of this one's parent.
/// The handlers of a fork do not run: it forks once more, by [`fork`], before anybody's code runs that has some.
pub fn clone(_: &Alone, kinds: i32, adopted: bool) -> Result<Cloned, Errno> {
    let parent = if adopted { libc::CLONE_PARENT } else { 0 };
    let flags = kinds | parent | libc::CLONE_PIDFD | libc::SIGCHLD;
    let mut pidfd: RawFd = -1;
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: without CLONE_VM the child has its own copy of everything, this stack included; the process has one thread, so
    // that nobody holds a lock. Third on both architectures is where the descriptor is written, which outlives the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_clone,
            i64::from(flags),
            none,
            &raw mut pidfd,
            none,
            none,
        )
    };
    match check(result)? {
        0 => Ok(Cloned::Child),
        number => Ok(Cloned::Parent {
            number: number as i32,
            // SAFETY: the call has made it, and nobody else knows its number.
            pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) },
        }),
    }
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
        match set_signal(signal, libc::SIG_DFL) {
            // The kernel's and the C library's own.
            Ok(()) | Err(Errno::INVAL) => {}
            Err(error) => return Err(error),
        }
    }
    // A write to a closed leash is an error, not an end.
    set_signal(libc::SIGPIPE, libc::SIG_IGN)?;
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
    // SAFETY: the descriptor is new: nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(number as RawFd) })
}

/// Writes out what C libraries have buffered for standard output and error.
pub fn flush_c_streams() {
    // SAFETY: a null stream asks for all of them.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}

/// This process, that is its one thread, becomes `user` and `group`, with no supplementary groups.
pub fn set_identity(_: &Alone, user: u32, group: u32) -> Result<(), Errno> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)
}

/// The seccomp mode of this thread: 0 none, 2 under a filter. A filter that refuses the question is one.
pub fn seccomp_mode() -> u32 {
    // SAFETY: prctl with plain numbers.
    match check(unsafe { libc::prctl(libc::PR_GET_SECCOMP, 0, 0, 0, 0) }.into()) {
        Ok(mode) => mode as u32,
        Err(Errno::PERM) => 2,
        Err(_) => 0,
    }
}

/// Code of this thread does not steer the processor's guesses in others, and the other way round: for good, and for all
/// that it forks. Nothing where the kernel leaves that to nobody.
pub fn shield_branches() -> Result<(), Errno> {
    let which = libc::PR_SPEC_INDIRECT_BRANCH;
    // SAFETY: prctl with plain numbers.
    let asked = unsafe { libc::prctl(libc::PR_GET_SPECULATION_CTRL, which, 0, 0, 0) };
    match check(asked.into()) {
        Ok(now) if now & i64::from(libc::PR_SPEC_PRCTL) != 0 => {
            let wanted = libc::PR_SPEC_FORCE_DISABLE;
            // SAFETY: prctl with plain numbers.
            let set = unsafe { libc::prctl(libc::PR_SET_SPECULATION_CTRL, which, wanted, 0, 0) };
            check(set.into()).map(drop)
        }
        Ok(_) => Ok(()),
        // Older than the question, or a processor that does not guess.
        Err(Errno::INVAL | Errno::NODEV) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// A file that grows beyond its limit is an error of the write, not the end of the process.
pub fn ignore_file_size_signal() -> Result<(), Errno> {
    set_signal(libc::SIGXFSZ, libc::SIG_IGN)
}

/// `action`: SIG_DFL or SIG_IGN.
fn set_signal(signal: i32, action: libc::sighandler_t) -> Result<(), Errno> {
    // SAFETY: both are always valid actions; numbers that cannot be set are refused. SIG_ERR is -1.
    check(unsafe { libc::signal(signal, action) } as i64)?;
    Ok(())
}
