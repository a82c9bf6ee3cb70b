//! Memory that grows where it is: a column of the input while its batches arrive.
//!
//! Address space is reserved ahead of need, which no limit of data counts, and made writable as it is
//! filled, so that growing copies nothing and needs no more than what is there. Only when the
//! reservation is full, the pages move to a larger one. Beyond the first few pages are huge where the
//! kernel has them: a fault for each small one would cost more than the values' way here.
#![allow(unsafe_code)]

use nix::sys::mman::{
    MRemapFlags, MapFlags, MmapAdvise, ProtFlags, madvise, mmap_anonymous, mprotect, mremap, munmap,
};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use std::num::NonZero;
use std::ptr::{self, NonNull};

/// A huge page of x86-64's and, mostly, of aarch64's.
const HUGE: usize = 2 << 20;
/// Made writable at a time while pages are small: a multiple of every page size.
const STEP: usize = 64 << 10;

#[pyclass]
pub(crate) struct Memory {
    /// So much has small pages, so that short columns stay small.
    small: usize,
    /// Of the reservation, null before there is one; `small` bytes before a multiple of HUGE.
    start: *mut u8,
    reserved: usize,
    /// From the start on, readable and writable.
    usable: usize,
    filled: usize,
}

// SAFETY: the reservation belongs to this value alone, and changes only through `&mut self`.
unsafe impl Send for Memory {}
// SAFETY: `&self` only tells numbers.
unsafe impl Sync for Memory {}

#[pymethods]
impl Memory {
    /// `small`: the bytes after which memory is taken by huge pages.
    #[new]
    fn new(small: usize) -> Self {
        Memory {
            small: small.clamp(STEP, HUGE).next_multiple_of(STEP),
            start: ptr::null_mut(),
            reserved: 0,
            usable: 0,
            filled: 0,
        }
    }

    /// Where the first byte is, until the next `append`.
    #[getter]
    fn address(&self) -> usize {
        self.start.addr()
    }

    /// The number of bytes.
    #[getter]
    fn filled(&self) -> usize {
        self.filled
    }

    /// Adds the `bytes` bytes at `source`, which must be readable and not this memory's own.
    fn append(&mut self, source: usize, bytes: usize) -> PyResult<()> {
        let filled = self.filled.checked_add(bytes).ok_or_else(no_memory)?;
        if filled > self.usable {
            self.make_usable(filled).ok_or_else(no_memory)?;
        }
        if bytes > 0 {
            let source = ptr::with_exposed_provenance::<u8>(source);
            // SAFETY: the caller vouches for the source; the room up to `filled` is writable now.
            unsafe { ptr::copy_nonoverlapping(source, self.start.add(self.filled), bytes) };
        }
        self.filled = filled;
        Ok(())
    }

    /// Gives back what was taken for more.
    fn finish(&mut self) {
        let keep = self.filled.next_multiple_of(STEP);
        self.release(keep);
        self.usable = keep;
    }
}

impl Memory {
    /// None: the limit is reached.
    fn make_usable(&mut self, bytes: usize) -> Option<()> {
        let usable = if bytes <= self.small {
            bytes.next_multiple_of(STEP)
        } else {
            // As `small` bytes lie before a boundary, this ends at one.
            (bytes - self.small).checked_next_multiple_of(HUGE)? + self.small
        };
        if usable > self.reserved {
            self.reserve(usable.checked_mul(2)?.max(self.small))
                .or_else(|| self.reserve(usable))?;
        }
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        let start = NonNull::new(self.start)?;
        // SAFETY: these pages are this value's and unused so far.
        unsafe {
            let room = start.add(self.usable).cast();
            mprotect(room, usable - self.usable, access).ok()?;
        }
        if usable > self.small {
            // SAFETY: all of it is this value's. Without huge pages it works as well.
            let _ = unsafe { madvise(start.cast(), usable, MmapAdvise::MADV_HUGEPAGE) };
        }
        self.usable = usable;
        Some(())
    }

    /// Moves what is usable to a reservation of `bytes`.
    fn reserve(&mut self, bytes: usize) -> Option<()> {
        let all = bytes.checked_add(HUGE)?;
        let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_NORESERVE;
        let none = ProtFlags::PROT_NONE;
        // SAFETY: a new mapping wherever the kernel has room for it.
        let found = unsafe { mmap_anonymous(None, NonZero::new(all)?, none, flags) };
        let found = found.ok()?.cast::<u8>().as_ptr();
        let before = (found.addr() + self.small).next_multiple_of(HUGE) - self.small - found.addr();
        // SAFETY: what lies around the aligned part belongs to the mapping just made.
        let start = unsafe {
            unmap(found, before);
            unmap(found.add(before + bytes), HUGE - before);
            found.add(before)
        };
        if let (Some(old), Some(new), 1..) =
            (NonNull::new(self.start), NonNull::new(start), self.usable)
        {
            let usable = self.usable;
            let flags = MRemapFlags::MREMAP_MAYMOVE | MRemapFlags::MREMAP_FIXED;
            // SAFETY: from this value's pages, which have one kind of access, onto its new ones.
            let moved = unsafe { mremap(old.cast(), usable, usable, flags, Some(new.cast())) };
            if moved.is_err() {
                // SAFETY: the new reservation, which nobody uses.
                unsafe { unmap(start, bytes) };
                return None;
            }
            // SAFETY: the rest of the old reservation, whose pages have moved.
            unsafe { unmap(self.start.add(usable), self.reserved - usable) };
        }
        self.start = start;
        self.reserved = bytes;
        Some(())
    }

    fn release(&mut self, keep: usize) {
        if self.reserved > keep {
            // SAFETY: the end of this value's reservation.
            unsafe { unmap(self.start.add(keep), self.reserved - keep) };
            self.reserved = keep;
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.release(0);
    }
}

/// # Safety
/// Nobody uses these pages.
unsafe fn unmap(start: *mut u8, bytes: usize) {
    if let (Some(start), 1..) = (NonNull::new(start), bytes) {
        // SAFETY: the caller's promise. It can only fail for too many mappings; they stay then.
        let _ = unsafe { munmap(start.cast(), bytes) };
    }
}

fn no_memory() -> PyErr {
    PyMemoryError::new_err("no memory for the input's rows")
}
