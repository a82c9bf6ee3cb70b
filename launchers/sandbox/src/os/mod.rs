//! The Linux calls that nix has no safe form of, each behind one safe function.
#![allow(unsafe_code)]

mod beside;
pub(crate) mod capabilities;
pub mod descriptors;
mod leave;
pub(crate) mod mounts;
pub(crate) mod pages;
mod refused;

pub(crate) use beside::recv;
pub use beside::{receive, send, send_beside};
pub(crate) use descriptors::{Fixed, aside, close_range, place, put_at, status};
pub use descriptors::{Unowned, arrange, close, forget};
pub use leave::leave;
pub use pages::gather;
pub use refused::handle_refused_calls;

use crate::Error;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sched::CloneFlags;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;
use nix::unistd::{Gid, Pid, SysconfVar, Uid, getpid, setgroups, setresgid, setresuid, sysconf};
use std::marker::PhantomData;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};

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
        return Err(Errno::last());
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

/// New namespaces of these `kinds` for this process.
pub fn unshare(kinds: i32) -> Result<(), Errno> {
    nix::sched::unshare(CloneFlags::from_bits_retain(kinds))
}

/// Calls again for as long as a signal interrupts it.
pub fn retry_on_intr<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            done => return done,
        }
    }
}

/// Waits without a limit of time, by ppoll, which filters allow.
pub(crate) fn poll(descriptors: &mut [PollFd<'_>]) -> Result<i32, Errno> {
    ppoll(descriptors, None, None)
}

/// What has happened on a descriptor, without waiting.
pub(crate) fn look(descriptor: BorrowedFd<'_>) -> Result<PollFlags, Errno> {
    let mut descriptors = [PollFd::new(descriptor, PollFlags::POLLIN)];
    ppoll(&mut descriptors, Some(TimeSpec::new(0, 0)), None)?;
    // None: of a kind that this list of flags does not know.
    let happened = descriptors[0].revents();
    Ok(happened.unwrap_or(PollFlags::all()))
}

/// A descriptor of a process that its caller has not reaped.
pub(crate) fn pidfd_open(process: i32) -> Result<OwnedFd, Errno> {
    // SAFETY: plain numbers go in.
    let number = check(unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) })?;
    // SAFETY: the call has made it, and nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(number as RawFd) })
}

/// This process's, which its filter is going to name: 0 and below would be groups of processes, or all.
pub(crate) fn own_number() -> Result<Pid, Error> {
    let own = getpid();
    if own.as_raw() > 0 {
        Ok(own)
    } else {
        Err(Error::NoNumber)
    }
}

/// Bytes of a page.
pub(crate) fn page_size() -> usize {
    let told = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
    told.and_then(|size| usize::try_from(size).ok())
        .unwrap_or(4096)
}

/// Gives every signal its default action and blocks SIGCHLD; returns a descriptor that becomes
/// readable when SIGCHLD is pending.
pub fn watch_children() -> Result<SignalFd, Errno> {
    for signal in 1..=64 {
        match set_signal(signal, libc::SIG_DFL) {
            // The kernel's and the C library's own.
            Ok(()) | Err(Errno::EINVAL) => {}
            Err(error) => return Err(error),
        }
    }
    // A write to a closed lifeline is an error, not an end.
    set_signal(libc::SIGPIPE, libc::SIG_IGN)?;
    let children = SigSet::from(Signal::SIGCHLD);
    // Not pthread_sigmask, whose errors nix 0.31 takes for success.
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&children), None)?;
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    SignalFd::with_flags(&children, flags)
}

/// Writes out what C libraries have buffered for standard output and error.
pub fn flush_c_streams() {
    // SAFETY: a null stream asks for all of them.
    unsafe { libc::fflush(std::ptr::null_mut()) };
}

/// This process, that is its one thread, becomes `user` and `group`, with no supplementary groups.
pub fn set_identity(_: &Alone, user: u32, group: u32) -> Result<(), Errno> {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    setgroups(&[])?;
    setresgid(group, group, group)?;
    setresuid(user, user, user)
}

/// How many supplementary groups this process has. nix lists them, for which it opens a file and needs memory for the most
/// that there can be.
pub(crate) fn group_count() -> Result<u32, Errno> {
    // SAFETY: of 0 bytes none is written.
    let count = check(unsafe { libc::getgroups(0, std::ptr::null_mut()) }.into())?;
    Ok(count as u32)
}

/// prctl(2), for options that take numbers and no memory.
fn prctl(option: i32, first: u64, second: u64) -> Result<i64, Errno> {
    // The kernel reads whole registers, and refuses some options if these are not 0.
    let unused: u64 = 0;
    // SAFETY: plain numbers, by the promise above.
    check(unsafe { libc::prctl(option, first, second, unused, unused) }.into())
}

/// The seccomp mode of this thread: 0 none, 2 under a filter. A filter that refuses the question is one.
pub fn seccomp_mode() -> u32 {
    match prctl(libc::PR_GET_SECCOMP, 0, 0) {
        Ok(mode) => mode as u32,
        Err(Errno::EPERM) => 2,
        Err(_) => 0,
    }
}

/// Code of this thread does not steer the processor's guesses in others, and the other way round: for good, and for all
/// that it forks. Nothing where the kernel leaves that to nobody.
pub fn shield_branches() -> Result<(), Errno> {
    const WHICH: u64 = libc::PR_SPEC_INDIRECT_BRANCH as u64;
    const WANTED: u64 = libc::PR_SPEC_FORCE_DISABLE as u64;
    match prctl(libc::PR_GET_SPECULATION_CTRL, WHICH, 0) {
        Ok(now) if now & i64::from(libc::PR_SPEC_PRCTL) != 0 => {
            prctl(libc::PR_SET_SPECULATION_CTRL, WHICH, WANTED).map(drop)
        }
        Ok(_) => Ok(()),
        // Older than the question, or a processor that does not guess.
        Err(Errno::EINVAL | Errno::ENODEV) => Ok(()),
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
