//! The library's allocator: the system's, and a reserve for what is small while the system refuses.
//! Pure.
//!
//! What was served from the reserve is not lost, but the system is out of memory: the next interrupt
//! check ends the call ([`crate::pg::shortage`]). It comes before the reserve can be used up: no loop
//! over a number from outside goes for more than some hundred rounds without it.

use super::reserve::{MAX_BLOCK, Reserve};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};

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
            // SAFETY: the layout's size is not zero, by the caller's promise.
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

/// Whether the system has refused something small since memory was last seen to be there, and still
/// has none.
#[inline]
pub fn is_short() -> bool {
    ALLOCATOR.refused.load(Ordering::Relaxed) && is_still_short()
}

#[cold]
fn is_still_short() -> bool {
    let is_back = ALLOCATOR.reserve.used() <= ENOUGH && system_has(MAX_BLOCK);
    if is_back {
        ALLOCATOR.refused.store(false, Ordering::Relaxed);
    }
    !is_back
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

#[cfg(test)]
mod tests;
