//! System calls that a filter refuses by a signal: who hears of them, and how they fail.

use super::check;
use nix::errno::Errno;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The handler's part that is safe code; it must not allocate, lock or panic.
static REFUSED_CALL: OnceLock<fn(u32)> = OnceLock::new();

/// The script has ended: refused calls fail without a word.
static LEAVING: AtomicBool = AtomicBool::new(false);

/// From now on they do. Whether this is the first call.
pub(super) fn leave() -> bool {
    !LEAVING.swap(true, Ordering::Relaxed)
}

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
