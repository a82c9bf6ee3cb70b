//! The one room for unsafe code: what Linux offers and nix does not, behind safe functions.

#![allow(unsafe_code)]

use crate::files;
use launchpad_protocol::zygote::CHANNEL_FD;
pub use launchpad_sandbox::os::retry_on_intr;
use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::socket::{MsgFlags, SockFlag, accept4, recvmsg};
use nix::sys::stat::SFlag;
use nix::unistd::{getppid, setsid};
use std::ffi::CStr;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::ptr::null;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::unix::AsyncFd;

/// Where launchpadd finds its end of the socketpair to the supervisor.
const SUPERVISOR_FD: RawFd = 3;

/// The supervisor's socket, taken over.
///
/// # Errors
/// EBADF if nothing was inherited there, or it was taken before.
pub fn supervisor_end() -> Result<OwnedFd, Errno> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) || !is_open(SUPERVISOR_FD) {
        return Err(Errno::EBADF);
    }
    // SAFETY: the number is open, and nobody else in this process knows it: it was inherited,
    // and is taken once.
    Ok(unsafe { OwnedFd::from_raw_fd(SUPERVISOR_FD) })
}

/// Marks every descriptor from `first` on as not to be inherited over exec.
pub fn close_on_exec_from(first: RawFd) -> Result<(), Errno> {
    let last = libc::c_uint::MAX;
    let flags = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: with this flag the call only sets a flag on descriptors; no descriptor is closed.
    let marked = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) };
    Errno::result(marked).map(drop)
}

/// Gives every ignored signal its default action back, SIGPIPE excepted, and unblocks all: both
/// survive exec, and PostgreSQL's background workers ignore and block several.
pub fn reset_signals() -> io::Result<()> {
    // One bit a signal, the first one's the lowest. nix knows no real-time signals.
    let status = files::read("/proc/self/status")?;
    let ignored =
        files::field(&status, "SigIgn").and_then(|bits| u64::from_str_radix(bits, 16).ok());
    let ignored = ignored.ok_or(io::ErrorKind::InvalidData)?;
    for signal in 1..=libc::SIGRTMAX() {
        if signal != libc::SIGPIPE && ignored & (1 << (signal - 1)) != 0 {
            // SAFETY: the default action runs no code of ours.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
    Ok(sigprocmask(
        SigmaskHow::SIG_SETMASK,
        Some(&SigSet::empty()),
        None,
    )?)
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
            return Err(Errno::EBADF.into());
        }
    }
    let parent = std::process::id();
    let prepare = move || {
        // It fails only for a group's leader, which a fresh child is not.
        let _ = setsid();
        die_with(parent)?;
        let mut target = SUPERVISOR_FD;
        for number in &numbers {
            // SAFETY: in the child the number `target` belongs to no object that will be used or dropped:
            // exec or _exit follows.
            Errno::result(unsafe { libc::dup2(*number, target) })?;
            target += 1;
        }
        Ok(close_on_exec_from(target)?)
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

/// SIGKILL when `parent`'s forking thread ends; an error if that has already happened.
fn die_with(parent: u32) -> Result<(), Errno> {
    set_pdeathsig(Signal::SIGKILL)?;
    match u32::try_from(getppid().as_raw()) == Ok(parent) {
        true => Ok(()),
        false => Err(Errno::ESRCH),
    }
}

/// The next child that has ended, reaped; None if none has. nix's takes an end by a real-time signal for an error, and
/// does not say whose end it was.
pub fn reap() -> Option<(u32, ExitStatus)> {
    let mut status = 0;
    // SAFETY: the status is ours and writable.
    let child = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
    let child = u32::try_from(child).ok().filter(|child| *child > 0)?;
    Some((child, ExitStatus::from_raw(status)))
}

/// A pidfd, close-on-exec.
pub fn pidfd_open(process: u32) -> Result<OwnedFd, Errno> {
    // SAFETY: no pointers; what it returns is a new descriptor.
    unsafe { made(libc::syscall(libc::SYS_pidfd_open, process, 0)) }
}

pub fn pidfd_send_signal(pidfd: impl AsFd, signal: Signal) -> Result<(), Errno> {
    let number = pidfd.as_fd().as_raw_fd();
    let no_details = null::<libc::siginfo_t>();
    let signal = signal as libc::c_int;
    // SAFETY: without details the kernel fills them in itself.
    let sent = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, number, signal, no_details, 0) };
    Errno::result(sent).map(drop)
}

/// What the process has open by that number, close-on-exec.
pub fn pidfd_getfd(pidfd: impl AsFd, number: RawFd) -> Result<OwnedFd, Errno> {
    let pidfd = pidfd.as_fd().as_raw_fd();
    // SAFETY: no pointers; what it returns is a new descriptor.
    unsafe { made(libc::syscall(libc::SYS_pidfd_getfd, pidfd, number, 0)) }
}

/// # Safety
/// `result` is of a system call that makes a descriptor, which nobody else knows.
unsafe fn made(result: libc::c_long) -> Result<OwnedFd, Errno> {
    let number = Errno::result(result)?;
    let number = RawFd::try_from(number).map_err(|_| Errno::EBADF)?;
    // SAFETY: the caller's promise.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// The next connection, close-on-exec and non-blocking.
pub fn accept(listener: impl AsFd) -> Result<OwnedFd, Errno> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let number = accept4(listener.as_fd().as_raw_fd(), flags)?;
    // SAFETY: it was made just now, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// What has come by a socket.
#[derive(Debug)]
pub struct Received {
    pub bytes: usize,
    /// Close-on-exec.
    pub fds: Vec<OwnedFd>,
    /// Bytes or descriptors did not fit.
    pub truncated: bool,
}

/// One packet into `bytes`, with up to `most` descriptors. nix does not show those of a truncated packet, which would
/// stay open: here they are part of it.
pub fn receive(socket: impl AsFd, bytes: &mut [u8], most: usize) -> Result<Received, Errno> {
    let mut control = vec![0; if most > 0 { HEADER + most * NUMBER } else { 0 }];
    let mut parts = [IoSliceMut::new(bytes)];
    let space = Some(control.as_mut_slice()).filter(|space| !space.is_empty());
    let (number, flags) = (socket.as_fd().as_raw_fd(), MsgFlags::MSG_CMSG_CLOEXEC);
    let received = recvmsg::<()>(number, &mut parts, space, flags)?;
    let truncated = MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC;
    let (bytes, truncated) = (received.bytes, received.flags.intersects(truncated));
    let fds = numbers(&control)
        // SAFETY: the kernel has made it for this packet, and nobody else knows it.
        .map(|number| unsafe { OwnedFd::from_raw_fd(number) })
        .collect();
    Ok(Received {
        bytes,
        fds,
        truncated,
    })
}

/// Of a control message: its length, whose it is and what it is.
const HEADER: usize = size_of::<libc::cmsghdr>();
const NUMBER: usize = size_of::<RawFd>();

/// The descriptors in what the kernel has written: there is one control message, or nothing but zeroes.
fn numbers(control: &[u8]) -> impl Iterator<Item = RawFd> {
    const LENGTH: usize = size_of::<usize>();
    let length = control
        .first_chunk()
        .map_or(0, |length| usize::from_ne_bytes(*length));
    let kind = [libc::SOL_SOCKET, libc::SCM_RIGHTS].map(i32::to_ne_bytes);
    let is_rights = control.get(LENGTH..HEADER) == Some(kind.as_flattened());
    let numbers = control.get(HEADER..length).filter(|_| is_rights);
    let (numbers, _) = numbers.unwrap_or_default().as_chunks();
    numbers.iter().map(|number| RawFd::from_ne_bytes(*number))
}

/// Whether a file's mode is of that kind.
pub fn is_a(kind: SFlag, mode: libc::mode_t) -> bool {
    mode & SFlag::S_IFMT.bits() == kind.bits()
}

/// The value of a file's attribute, as far as there is room for it; its length.
pub fn getxattr(path: &Path, name: &CStr, value: &mut [u8]) -> Result<usize, Errno> {
    use nix::NixPath;
    let found = path.with_nix_path(|path| {
        // SAFETY: both names end with NUL, and the value is ours and writable, and so long.
        unsafe {
            libc::getxattr(
                path.as_ptr(),
                name.as_ptr(),
                value.as_mut_ptr().cast(),
                value.len(),
            )
        }
    })?;
    Errno::result(found).map(isize::cast_unsigned)
}

/// The version of Landlock that the kernel has.
///
/// # Errors
/// ENOSYS if it has none, EOPNOTSUPP if it was booted without.
pub fn landlock_version() -> Result<u32, Errno> {
    const VERSION: libc::c_uint = 1; // LANDLOCK_CREATE_RULESET_VERSION
    let no_rules = null::<libc::c_void>();
    // SAFETY: with this flag the call reads no memory and makes nothing.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, no_rules, 0, VERSION) };
    Errno::result(version).map(|version| u32::try_from(version).unwrap_or(0))
}
