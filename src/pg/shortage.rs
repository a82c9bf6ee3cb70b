//! What becomes of a call that the system refuses memory: the error that PostgreSQL's own allocator
//! raises.
//!
//! PostgreSQL needs memory too while an error is on its way: it is copied more than once, by pgrx
//! where nothing could be done about a refusal. A session that calls therefore holds a ballast,
//! which is thrown off as soon as an error is raised.

use super::report::raise;
use crate::memory::NoMemory;
use crate::os::allocator::is_short;
use launchpad_fault::{Outcome, Report};
use pgrx::pg_sys;
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The ballast: several of the largest blocks that PostgreSQL insists on, of 1 MB.
const BALLAST: Layout = match Layout::from_size_align(4 << 20, 16) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// Does for the first time what takes memory that the C library insists on: thread-local values with
/// a destructor are registered when they are first used, as the first panic does, and where that is
/// refused it ends the process.
pub fn prepare() {
    let _ = std::panic::catch_unwind(|| std::panic::panic_any(()));
    let _ = std::thread::current();
}

/// Null while there is none.
static HELD: AtomicPtr<u8> = AtomicPtr::new(null_mut());

/// Takes the ballast for a call, if this session does not hold it; raises 53200 if it cannot.
pub fn take_ballast() {
    if !HELD.load(Ordering::Relaxed).is_null() {
        return;
    }
    // SAFETY: a layout that is not empty.
    let ballast = unsafe { System.alloc(BALLAST) };
    if ballast.is_null() {
        out_of_memory("The server process has not even what an error takes.");
    }
    HELD.store(ballast, Ordering::Relaxed);
}

/// Runs while PostgreSQL raises an error or reports a message, among what adds lines of CONTEXT.
pub unsafe extern "C-unwind" fn throw_off_ballast(_argument: *mut std::ffi::c_void) {
    // SAFETY: the topmost report is being made, so there is one with a code.
    let code = unsafe { geterrcode() };
    // ERRCODE_TO_CATEGORY: success, warning, no data.
    let is_error = !matches!(code & 0xfff, 0 | 0x40 | 0x80);
    let ballast = match is_error {
        true => HELD.swap(null_mut(), Ordering::Relaxed),
        false => null_mut(),
    };
    if !ballast.is_null() {
        // SAFETY: allocated with this layout, and nobody else's any more.
        unsafe { System.dealloc(ballast, BALLAST) };
    }
}

unsafe extern "C-unwind" {
    // Without pgrx's guard: called while PostgreSQL is raising, from a frame that owns nothing.
    fn geterrcode() -> std::ffi::c_int;
}

/// An entry for PostgreSQL's stack of those, which does nothing else.
pub fn only_ballast() -> pg_sys::ErrorContextCallback {
    pg_sys::ErrorContextCallback {
        previous: null_mut(),
        callback: Some(throw_off_ballast),
        arg: null_mut(),
    }
}

/// Raises 53200 if the system has refused memory and still does.
#[inline]
pub fn check() {
    if is_short() {
        out_of_memory("The server process has used memory that it keeps for this case.");
    }
}

/// Raises what PostgreSQL's own allocator does.
pub fn refused(why: NoMemory) -> ! {
    raise(Report::out_of_memory(Outcome::Other, why.bytes))
}

fn out_of_memory(detail: &str) -> ! {
    raise(Report::out_of_memory(Outcome::Other, 0).set_detail(detail))
}
