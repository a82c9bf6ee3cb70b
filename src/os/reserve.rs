//! Memory for small requests that the system refuses. Pure.
//!
//! Rust ends the process when memory for infallible code is refused, so the library's allocator
//! ([`super::allocator`]) serves what is small from here until the next interrupt check raises an
//! error. The reserve is a part of the library's own zeroed data: PostgreSQL's processes have it
//! from their start on, also where the kernel does not promise memory that it lacks.
//!
//! Blocks have powers of two as sizes. A block that is given back waits in its size's list for the
//! next one; when none is in use any more, the whole is as new.

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The largest request that is served, in bytes. What may be larger is asked for by
/// [`crate::memory`]; the vectors with an element per column of a result stay below it.
pub const MAX_BLOCK: usize = 256 << 10;

/// The smallest block: room for a link, aligned as malloc aligns.
const MIN_BLOCK: usize = 16;

/// Sizes from [`MIN_BLOCK`] to [`MAX_BLOCK`].
const CLASSES: usize = (MAX_BLOCK / MIN_BLOCK).ilog2() as usize + 1;

/// Blocks are aligned as their size is, up to a page.
const ALIGN: usize = 4096;

#[repr(C, align(4096))]
struct Space<const BYTES: usize>(UnsafeCell<[u8; BYTES]>);

pub struct Reserve<const BYTES: usize> {
    space: Space<BYTES>,
    lock: AtomicBool,
    state: UnsafeCell<State>,
    /// Bytes of the blocks in use.
    used: AtomicUsize,
}

struct State {
    /// Where the part begins that no block was ever made of.
    fresh: usize,
    /// The first free block of each size; each begins with the address of the next.
    free: [*mut u8; CLASSES],
}

// SAFETY: state and space are only used under the lock, but for the blocks, which belong to those
// who asked for them.
unsafe impl<const BYTES: usize> Sync for Reserve<BYTES> {}

impl<const BYTES: usize> Reserve<BYTES> {
    pub const fn new() -> Self {
        Reserve {
            space: Space(UnsafeCell::new([0; BYTES])),
            lock: AtomicBool::new(false),
            state: UnsafeCell::new(State {
                fresh: 0,
                free: [null_mut(); CLASSES],
            }),
            used: AtomicUsize::new(0),
        }
    }

    fn start(&self) -> *mut u8 {
        self.space.0.get().cast()
    }

    /// Whether the block is one of the reserve's.
    pub fn holds(&self, block: *const u8) -> bool {
        block.addr().wrapping_sub(self.start().addr()) < BYTES
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// A block for that layout; null if it is too large, or all is in use.
    pub fn take(&self, layout: Layout) -> *mut u8 {
        let Some((class, size)) = class(layout) else {
            return null_mut();
        };
        // Counted under the lock: a block that is not counted yet would be free to whoever gives back the last one.
        self.with_state(|state| {
            let block = self.find(state, class, size);
            if !block.is_null() {
                self.used.fetch_add(size, Ordering::Relaxed);
            }
            block
        })
    }

    fn find(&self, state: &mut State, class: usize, size: usize) -> *mut u8 {
        let free = state.free[class];
        if let Some(block) = NonNull::new(free.cast::<*mut u8>()) {
            // SAFETY: a free block of this reserve begins with the address of the next.
            state.free[class] = unsafe { block.read() };
            return free;
        }
        let start = state.fresh.next_multiple_of(size.min(ALIGN));
        if start + size > BYTES {
            return null_mut();
        }
        state.fresh = start + size;
        // SAFETY: within the space, as was just seen.
        unsafe { self.start().add(start) }
    }

    /// # Safety
    /// The block was taken from this reserve with that layout, and nobody uses it any more.
    pub unsafe fn give_back(&self, block: *mut u8, layout: Layout) {
        let Some((class, size)) = class(layout) else {
            return;
        };
        self.with_state(|state| {
            if self.used.fetch_sub(size, Ordering::Relaxed) == size {
                state.fresh = 0;
                state.free = [null_mut(); CLASSES];
                return;
            }
            // SAFETY: the caller's promise; every block has room for an address and is aligned for
            // it.
            unsafe { block.cast::<*mut u8>().write(state.free[class]) };
            state.free[class] = block;
        });
    }

    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        while self.lock.swap(true, Ordering::Acquire) {
            std::hint::spin_loop();
        }
        // SAFETY: under the lock; `work` does not allocate, and so cannot come back here.
        let result = work(unsafe { &mut *self.state.get() });
        self.lock.store(false, Ordering::Release);
        result
    }
}

/// The list and the size of the blocks for a layout.
fn class(layout: Layout) -> Option<(usize, usize)> {
    let bytes = layout.size().max(layout.align()).max(MIN_BLOCK);
    if bytes > MAX_BLOCK || layout.align() > ALIGN {
        return None;
    }
    let size = bytes.next_power_of_two();
    Some(((size / MIN_BLOCK).ilog2() as usize, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: usize = 1 << 20;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn blocks_are_aligned_distinct_and_within() {
        static RESERVE: Reserve<SPACE> = Reserve::new();
        let reserve = &RESERVE;
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for (size, align) in [
            (1, 1),
            (16, 16),
            (17, 8),
            (24, 64),
            (4000, 4096),
            (65_536, 1),
            (1, 4096),
            (262_144, 8),
        ] {
            let block = reserve.take(layout(size, align));
            assert!(!block.is_null() && reserve.holds(block));
            assert!(block.addr().is_multiple_of(align), "{size} {align}");
            // SAFETY: so many bytes were asked for.
            unsafe { block.write_bytes(0xaa, size) };
            let range = (block.addr(), block.addr() + size);
            assert!(
                taken
                    .iter()
                    .all(|other| range.1 <= other.0 || other.1 <= range.0)
            );
            taken.push(range);
        }
        assert!(!reserve.holds(std::ptr::null()));
        assert!(!reserve.holds((&raw const taken).cast()));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        static RESERVE: Reserve<SPACE> = Reserve::new();
        let reserve = &RESERVE;
        for layout in [
            layout(MAX_BLOCK + 1, 1),
            layout(1, 8192),
            layout(1, 1 << 30),
            layout(isize::MAX as usize, 1),
        ] {
            assert!(reserve.take(layout).is_null());
        }
        assert_eq!(reserve.used(), 0);
    }

    #[test]
    fn all_can_be_taken_and_taken_again() {
        static RESERVE: Reserve<SPACE> = Reserve::new();
        let reserve = &RESERVE;
        for size in [16, 100, 4096, MAX_BLOCK] {
            let layout = layout(size, 8);
            for _ in 0..2 {
                let blocks: Vec<_> = std::iter::repeat_with(|| reserve.take(layout))
                    .take_while(|block| !block.is_null())
                    .collect();
                assert_eq!(blocks.len(), SPACE / size.next_power_of_two());
                assert_eq!(reserve.used(), SPACE);
                for block in blocks {
                    // SAFETY: taken with this layout.
                    unsafe { reserve.give_back(block, layout) };
                }
                assert_eq!(reserve.used(), 0);
            }
        }
    }

    #[test]
    fn a_block_given_back_is_the_next_of_its_size() {
        static RESERVE: Reserve<SPACE> = Reserve::new();
        let reserve = &RESERVE;
        let [_kept, given] = [(); 2].map(|()| reserve.take(layout(100, 8)));
        // SAFETY: taken with that layout.
        unsafe { reserve.give_back(given, layout(100, 8)) };
        assert_ne!(reserve.take(layout(10, 8)), given);
        assert_eq!(reserve.take(layout(128, 8)), given);
        assert_ne!(reserve.take(layout(128, 8)), given);
    }

    #[test]
    fn threads_never_share_a_block() {
        static RESERVE: Reserve<SPACE> = Reserve::new();
        let reserve = &RESERVE;
        std::thread::scope(|scope| {
            for mark in 0..4_u8 {
                scope.spawn(move || {
                    for round in 0..2000_usize {
                        let layout = layout(1 + round % 300, 8);
                        let block = reserve.take(layout);
                        assert!(!block.is_null());
                        // SAFETY: this thread's, until it is given back.
                        unsafe {
                            block.write_bytes(mark, layout.size());
                            std::thread::yield_now();
                            let bytes = std::slice::from_raw_parts(block, layout.size());
                            assert!(bytes.iter().all(|byte| *byte == mark));
                            reserve.give_back(block, layout);
                        }
                    }
                });
            }
        });
        assert_eq!(reserve.used(), 0);
    }
}
