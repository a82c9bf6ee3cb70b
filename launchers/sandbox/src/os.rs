//! The Linux calls that rustix has no safe form of, each behind one safe function.
#![allow(unsafe_code)]

use crate::holes;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

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
    LEAVING.store(true, Ordering::Relaxed);
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
    let _ = close_range(0, RawFd::MAX);
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
    let last = place(moves)?;
    if holes::left_out("closing again") {
        return Ok(());
    }
    close_range(last + 1, RawFd::MAX)
}

/// Gives each `(from, to)` its new number and tells the highest of these.
pub(crate) fn place(moves: &[(RawFd, RawFd)]) -> Result<RawFd, Errno> {
    let mut above = Vec::with_capacity(moves.len());
    for &(from, to) in moves {
        above.push((aside(from)?, to));
    }
    let mut last = 2;
    for (high, to) in above {
        let flags = if to > 2 { libc::O_CLOEXEC } else { 0 };
        // SAFETY: dup3 takes plain numbers; what `to` was before is meant to be closed.
        check(unsafe { libc::dup3(high, to, flags) }.into())?;
        last = last.max(to);
    }
    Ok(last)
}

/// A second number for a descriptor, far above all targets of [`arrange`], so that none overwrites it.
pub fn aside(number: RawFd) -> Result<RawFd, Errno> {
    const ASIDE: RawFd = 64;
    // SAFETY: fcntl with F_DUPFD_CLOEXEC takes and gives plain numbers.
    let high = check(unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, ASIDE) }.into())?;
    Ok(high as RawFd)
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

/// This thread becomes `user` and `group`, with no supplementary groups; it must be its process's only
/// one.
pub fn set_identity(user: u32, group: u32) -> Result<(), Errno> {
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

/// How many processes and threads `user` has on this host.
pub fn tasks_of_user(user: u32) -> std::io::Result<u64> {
    let mut tasks = 0;
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let is_process = entry.file_name().to_string_lossy().parse::<u32>().is_ok();
        if !is_process {
            continue;
        }
        let status = match std::fs::read_to_string(entry.path().join("status")) {
            Ok(status) => status,
            Err(error) => match error.raw_os_error() {
                // One that has ended meanwhile has no tasks; one that is hidden is another user's.
                Some(libc::ENOENT | libc::ESRCH | libc::EPERM | libc::EACCES) => continue,
                _ => return Err(error),
            },
        };
        let first = |name| {
            let line = status
                .lines()
                .find_map(|line: &str| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        if first("Uid:") == Some(user.into()) {
            tasks += first("Threads:").unwrap_or(1);
        }
    }
    Ok(tasks)
}

/// The handler's part that is safe code; it must not allocate, lock or panic.
static REFUSED_CALL: OnceLock<fn(u32)> = OnceLock::new();

/// The script has ended: refused calls fail without a word.
static LEAVING: AtomicBool = AtomicBool::new(false);

/// Has `handle` run with a system call's number, in a signal handler, whenever a filter of this
/// process refuses one by SECCOMP_RET_TRAP. The call then fails with EPERM.
pub fn handle_refused_calls(handle: fn(u32)) -> Result<(), Errno> {
    REFUSED_CALL.get_or_init(|| handle);
    let mut mask = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the whole set.
    unsafe { libc::sigemptyset(mask.as_mut_ptr()) };
    let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = refused_call;
    let action = libc::sigaction {
        sa_sigaction: handler as usize,
        // SAFETY: the set was initialised right above.
        sa_mask: unsafe { mask.assume_init() },
        // NODEFER: what the handler itself calls may be refused as well. ONSTACK: threads with small
        // stacks of their own, as Go's, have another one for signals.
        sa_flags: libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESTART | libc::SA_ONSTACK,
        sa_restorer: None,
    };
    // SAFETY: the action is complete and its handler async-signal-safe; the old one is not asked for.
    check(unsafe { libc::sigaction(libc::SIGSYS, &action, std::ptr::null_mut()) }.into())?;
    Ok(())
}

/// `siginfo_t` as SIGSYS has it (linux/siginfo.h, 64-bit architectures), which libc has no name for.
#[repr(C)]
struct RefusedCall {
    signo: i32,
    errno: i32,
    code: i32,
    _padding: i32,
    _instruction: usize,
    number: i32,
    _architecture: u32,
}

/// Of SIGSYS: raised by a filter (linux/siginfo.h).
const SYS_SECCOMP: i32 = 1;

extern "C" fn refused_call(_: i32, information: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a whole siginfo_t (128 bytes), which is larger, aligned, and alive
    // until the handler returns; all fields are plain numbers.
    let call = unsafe { &*information.cast::<RefusedCall>() };
    // Sent by a process: no call was refused, there is no result to give.
    if call.code != SYS_SECCOMP {
        return;
    }
    if let Some(handle) = REFUSED_CALL.get()
        && !LEAVING.load(Ordering::Relaxed)
    {
        handle(call.number as u32);
    }
    // SAFETY: with SA_SIGINFO the third argument is the interrupted thread's ucontext_t, which is this
    // handler's alone until it returns.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    // The register of a system call's result.
    #[cfg(target_arch = "x86_64")]
    {
        context.uc_mcontext.gregs[libc::REG_RAX as usize] = -i64::from(libc::EPERM);
    }
    #[cfg(target_arch = "aarch64")]
    {
        context.uc_mcontext.regs[0] = -i64::from(libc::EPERM) as u64;
    }
}
