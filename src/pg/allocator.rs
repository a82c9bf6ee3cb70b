//! The library's allocator: the system's, and a reserve for what is small while the system refuses.
//!
//! What was served from the reserve is not lost, but the system is out of memory: the next interrupt
//! check ends the call with the error that PostgreSQL's own allocator raises. The check comes
//! before the reserve can be used up: no loop over a number from outside goes for more than some
//! hundred rounds without it.
//!
//! PostgreSQL needs memory too while an error is on its way: it is copied more than once, by pgrx
//! where nothing could be done about a refusal. A session that calls therefore holds a ballast,
//! which is thrown off as soon as an error is raised.

use crate::memory::NoMemory;
use crate::os::reserve::{MAX_BLOCK, Reserve};
use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Bytes of the reserve. Each server process has it; its pages are touched only when it is used.
const RESERVE: usize = 4 << 20;

/// More of the reserve in use than this is an error, whatever the system has by then.
const ENOUGH: usize = RESERVE / 4;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator {
    reserve: Reserve::new(),
    refused: AtomicBool::new(false),
};

struct Allocator {
    reserve: Reserve<RESERVE>,
    /// The system has refused something since the last check.
    refused: AtomicBool,
}

impl Allocator {
    #[cold]
    fn take(&self, layout: Layout) -> *mut u8 {
        let block = self.reserve.take(layout);
        if !block.is_null() {
            self.refused.store(true, Ordering::Relaxed);
        }
        block
    }
}

// SAFETY: each block comes from the system or from the reserve, which tells its own by their
// addresses; neither unwinds.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let block = unsafe { System.alloc(layout) };
        match block.is_null() {
            true => self.take(layout),
            false => block,
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            return block;
        }
        let block = self.take(layout);
        if !block.is_null() {
            // SAFETY: a block of that size.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise; the block goes to where it came from.
        unsafe {
            match self.reserve.holds(block) {
                true => self.reserve.give_back(block, layout),
                false => System.dealloc(block, layout),
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let is_reserves = self.reserve.holds(block);
        if !is_reserves {
            // SAFETY: the caller's promise; the block is the system's.
            let moved = unsafe { System.realloc(block, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller's promise: a size that is valid with this alignment, and not zero.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let moved = match is_reserves {
            // SAFETY: as above.
            true => unsafe { self.alloc(new) },
            false => self.take(new),
        };
        if !moved.is_null() {
            // SAFETY: two blocks of at least so many bytes; the old one is given up.
            unsafe {
                moved.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

/// The ballast: several of the largest blocks that PostgreSQL insists on, of 1 MB.
const BALLAST: Layout = match Layout::from_size_align(4 << 20, 16) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

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
    if ALLOCATOR.refused.load(Ordering::Relaxed) {
        look_again();
    }
}

#[cold]
fn look_again() {
    if ALLOCATOR.reserve.used() <= ENOUGH && system_has(MAX_BLOCK) {
        ALLOCATOR.refused.store(false, Ordering::Relaxed);
        return;
    }
    out_of_memory("The server process has used memory that it keeps for this case.");
}

fn system_has(bytes: usize) -> bool {
    let Ok(layout) = Layout::from_size_align(bytes, 16) else {
        return false;
    };
    // SAFETY: a layout that is not empty; the block is given back as it came.
    unsafe {
        let block = black_box(System.alloc(layout));
        if !block.is_null() {
            System.dealloc(block, layout);
        }
        !block.is_null()
    }
}

/// Raises what PostgreSQL's own allocator does.
pub fn refused(why: NoMemory) -> ! {
    let detail = format!("Failed on request of size {}.", why.bytes);
    out_of_memory(&detail)
}

fn out_of_memory(detail: &str) -> ! {
    ErrorReport::new(
        PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
        "out of memory",
        "launchpad",
    )
    .set_detail(detail)
    .set_hint(HINT)
    .report(PgLogLevel::ERROR);
    unreachable!("an ERROR does not return")
}

/// What can be done about memory that the server's host lacks.
pub const HINT: &str =
    "The server's host has too little memory for what this call sends or returns, or limits it.";

#[cfg(test)]
mod tests;
