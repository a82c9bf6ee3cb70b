//! Memory that grows while a column's length is not known, and in the end is an R vector as it is: R
//! lets a vector bring its own memory (`R_ext/Rallocators.h`).
//!
//! It is mapped directly, so that growing moves pages and copies nothing.

use super::Owned;
use super::jump::Jump;
use nix::sys::mman::{MRemapFlags, MapFlags, ProtFlags, mmap_anonymous, mremap, munmap};
use savvy_ffi::{INTSXP, LGLSXP, RAWSXP, REALSXP, Rf_allocVector, SEXP, SEXPTYPE};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::num::NonZero;
use std::ptr::NonNull;

/// In front of the values: R's header of a vector, which ends where they begin (80 bytes in R 4.2), and at
/// the very start the length of the mapping.
const HEAD: usize = 128;

/// What is mapped first: virtual memory, of which only what is written to counts.
const FIRST: usize = 256 << 10;

const PAGE: usize = 4096;

/// R's declaration.
#[repr(C)]
struct Allocator {
    take: unsafe extern "C" fn(*mut Allocator, usize) -> *mut c_void,
    give_back: unsafe extern "C" fn(*mut Allocator, *mut c_void),
    reserved: *mut c_void,
    data: *mut c_void,
}

unsafe extern "C" {
    // Declared in Rinternals.h, missing in savvy-ffi.
    fn DATAPTR_RO(vector: SEXP) -> *const c_void;
    fn Rf_allocVector3(kind: SEXPTYPE, length: isize, allocator: *mut Allocator) -> SEXP;
}

/// What R's vectors are made of: any bits are a value.
pub trait Element: Copy {}
impl Element for f64 {}
impl Element for i32 {}
impl Element for u64 {}
impl Element for u8 {}

/// Values that are still getting more.
pub struct Room<T: Element> {
    /// The mapping; None before the first value.
    start: Option<NonNull<u8>>,
    mapped: usize,
    length: usize,
    values: PhantomData<T>,
}

/// The system has no memory for more.
#[derive(Debug)]
pub struct NoMemory;

impl<T: Element> Drop for Room<T> {
    fn drop(&mut self) {
        if let Some(start) = self.start {
            // SAFETY: its own mapping, which nobody else knows any more.
            let _ = unsafe { munmap(start.cast(), self.mapped) };
        }
    }
}

impl<T: Element> Default for Room<T> {
    fn default() -> Self {
        Room {
            start: None,
            mapped: 0,
            length: 0,
            values: PhantomData,
        }
    }
}

impl<T: Element> Room<T> {
    pub fn len(&self) -> usize {
        self.length
    }

    /// So many values more, which are zero.
    pub fn more(&mut self, count: usize) -> Result<&mut [T], NoMemory> {
        let old = self.length;
        let length = old.checked_add(count).ok_or(NoMemory)?;
        // R rounds a vector's bytes up to eight.
        let bytes = length
            .checked_mul(size_of::<T>())
            .and_then(|bytes| bytes.checked_add(HEAD + 8))
            .ok_or(NoMemory)?;
        if bytes > self.mapped {
            self.map(bytes.max(self.mapped + self.mapped / 2).max(FIRST))?;
        }
        self.length = length;
        Ok(&mut self.values()[old..])
    }

    pub fn values(&mut self) -> &mut [T] {
        let Some(start) = self.start else {
            return &mut [];
        };
        let start = start.as_ptr();
        // SAFETY: so many are mapped, in zeroed pages, and aligned, as HEAD is a multiple of any size.
        unsafe { std::slice::from_raw_parts_mut(start.add(HEAD).cast(), self.length) }
    }

    fn map(&mut self, bytes: usize) -> Result<(), NoMemory> {
        let bytes = bytes.checked_next_multiple_of(PAGE).ok_or(NoMemory)?;
        let size = NonZero::new(bytes).ok_or(NoMemory)?;
        let start = if let Some(start) = self.start {
            let flags = MRemapFlags::MREMAP_MAYMOVE;
            // SAFETY: its own mapping, to which nothing but `start` points.
            unsafe { mremap(start.cast(), self.mapped, bytes, flags, None) }
        } else {
            let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
            // SAFETY: a new mapping.
            unsafe { mmap_anonymous(None, size, access, MapFlags::MAP_PRIVATE) }
        };
        self.start = Some(start.map_err(|_| NoMemory)?.cast());
        self.mapped = bytes;
        Ok(())
    }

    /// The values as a vector of that type.
    fn vector(mut self, kind: SEXPTYPE) -> Result<Owned, Jump> {
        let length = isize::try_from(self.length).unwrap_or(isize::MAX);
        let bytes = self.length * size_of::<T>();
        if bytes < PAGE {
            // R has some short ones ready, whoever brings memory.
            return self.copied(kind);
        }
        if HEAD + bytes + PAGE < self.mapped {
            // What was mapped ahead. A refusal would be no harm.
            let _ = self.map(HEAD + bytes + 8);
        }
        let Some(start) = self.start else {
            return self.copied(kind);
        };
        let mut offer = Offer {
            start: start.as_ptr(),
            mapped: self.mapped,
            bytes: bytes.next_multiple_of(8),
            taken: false,
        };
        let mut allocator = Allocator {
            take,
            give_back,
            reserved: std::ptr::null_mut(),
            data: (&raw mut offer).cast(),
        };
        let allocator = &raw mut allocator;
        // SAFETY: R copies the allocator to where it finds it when it gives the memory back.
        let made = Owned::made(|| unsafe { Rf_allocVector3(kind, length, allocator) });
        if offer.taken {
            // R's from now on, also if the owner could not be made.
            self.start = None;
            return made;
        }
        self.copied(kind)
    }

    /// The values as a vector with memory of R's own.
    fn copied(mut self, kind: SEXPTYPE) -> Result<Owned, Jump> {
        let length = isize::try_from(self.length).unwrap_or(isize::MAX);
        // SAFETY: an ordinary allocation.
        let made = Owned::made(|| unsafe { Rf_allocVector(kind, length) })?;
        let values = self.values();
        if !values.is_empty() {
            // SAFETY: a fresh vector of that type and length, which nobody else knows.
            unsafe {
                let data = DATAPTR_RO(made.object()).cast_mut().cast::<T>();
                std::ptr::copy_nonoverlapping(values.as_ptr(), data, values.len());
            }
        }
        Ok(made)
    }
}

impl Room<f64> {
    pub fn doubles(self) -> Result<Owned, Jump> {
        self.vector(REALSXP)
    }
}

impl Room<i32> {
    pub fn integers(self) -> Result<Owned, Jump> {
        self.vector(INTSXP)
    }

    pub fn logicals(self) -> Result<Owned, Jump> {
        self.vector(LGLSXP)
    }
}

impl Room<u8> {
    pub fn raw(self) -> Result<Owned, Jump> {
        self.vector(RAWSXP)
    }
}

impl Room<u64> {
    /// Their bytes: R has no such numbers.
    pub fn raw(mut self) -> Result<Owned, Jump> {
        let bytes = Room::<u8> {
            start: self.start,
            mapped: self.mapped,
            length: self.length * size_of::<u64>(),
            values: PhantomData,
        };
        self.start = None;
        bytes.vector(RAWSXP)
    }
}

/// What R is offered as a vector's memory.
struct Offer {
    start: *mut u8,
    mapped: usize,
    bytes: usize,
    taken: bool,
}

/// `wanted`: the bytes of R's header and of the values.
unsafe extern "C" fn take(allocator: *mut Allocator, wanted: usize) -> *mut c_void {
    // SAFETY: the one of `vector`, whose offer nobody else holds now.
    let offer = unsafe { &mut *(*allocator).data.cast::<Offer>() };
    let header = wanted.wrapping_sub(offer.bytes);
    if offer.taken || header > HEAD - size_of::<usize>() {
        return std::ptr::null_mut();
    }
    offer.taken = true;
    // SAFETY: within the mapping, where HEAD bytes are before the values.
    unsafe {
        offer.start.cast::<usize>().write(offer.mapped);
        offer.start.add(HEAD - header).cast()
    }
}

/// `memory`: what `take` returned.
unsafe extern "C" fn give_back(_: *mut Allocator, memory: *mut c_void) {
    // What is in front of it is less than a page, and the mapping begins at one.
    let start = memory.map_addr(|address| address & !(PAGE - 1));
    let Some(start) = NonNull::new(start) else {
        return;
    };
    // SAFETY: a mapping of `take`'s, whose length stands at its start and which R has done with.
    unsafe {
        let mapped = start.cast::<usize>().read();
        let _ = munmap(start, mapped);
    }
}
