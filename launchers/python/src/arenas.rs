//! Where the zygote's interpreter has its small objects: one stretch of memory, which huge pages can hold.
//!
//! CPython asks the kernel for a megabyte at a time, which comes to lie wherever there is room, between libraries. Here
//! the megabytes of a zygote lie behind each other. A satellite's own come from the kernel again.
#![allow(unsafe_code)]

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use std::ffi::c_void;
use std::mem::transmute;
use std::num::NonZero;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of address space that are kept for it while a zygote loads; what does not fit comes from the kernel.
const STRETCH: usize = 256 << 20;
/// A huge page of x86-64's and, mostly, of aarch64's.
const HUGE: usize = 2 << 20;

/// The first byte that is not given away, and the end of what can be.
static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// `PyObjectArenaAllocator`, which the stable ABI does not have, but every CPython.
#[repr(C)]
struct Allocator {
    context: *mut c_void,
    allocate: extern "C" fn(*mut c_void, usize) -> *mut c_void,
    free: extern "C" fn(*mut c_void, *mut c_void, usize),
}

type SetAllocator = unsafe extern "C" fn(*mut Allocator);

/// From now on, until [`close`]. Nothing if the interpreter or the kernel will not.
pub(crate) fn open() {
    // SAFETY: the name is a text with an end.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"PyObject_SetArenaAllocator".as_ptr()) };
    if found.is_null() {
        return;
    }
    // SAFETY: that is its type in every version (pymem.h since Python 3.4).
    let set = unsafe { transmute::<*mut c_void, SetAllocator>(found) };
    let Some(made) = map(STRETCH, ProtFlags::PROT_NONE) else {
        return;
    };
    let start = made.as_ptr().expose_provenance();
    NEXT.store(start.next_multiple_of(HUGE), Ordering::Relaxed);
    END.store(start + STRETCH, Ordering::Relaxed);
    let mut allocator = Allocator {
        context: ptr::null_mut(),
        allocate,
        free,
    };
    // SAFETY: it is copied; its functions do what the interpreter's own do, and take back what those have given: both
    // have it by mmap.
    unsafe { set(&raw mut allocator) };
}

/// The rest is given back: nothing of it is a satellite's.
pub(crate) fn close() {
    let end = END.swap(0, Ordering::Relaxed);
    let next = NEXT.swap(0, Ordering::Relaxed);
    if next < end
        && let Some(rest) = NonNull::new(ptr::with_exposed_provenance_mut(next))
    {
        // SAFETY: nobody has been given any of it, and from here on nobody is.
        let _ = unsafe { munmap(rest, end - next) };
    }
}

/// The interpreter's lock is held by the caller.
extern "C" fn allocate(_: *mut c_void, bytes: usize) -> *mut c_void {
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let start = NEXT.load(Ordering::Relaxed);
    let end = start.saturating_add(bytes);
    if end <= END.load(Ordering::Relaxed)
        && let Some(place) = NonNull::new(ptr::with_exposed_provenance_mut(start))
    {
        // SAFETY: nobody has been given these pages, and the caller alone is.
        if unsafe { mprotect(place, bytes, access) }.is_ok() {
            NEXT.store(end, Ordering::Relaxed);
            return place.as_ptr();
        }
    }
    map(bytes, access).map_or(ptr::null_mut(), NonNull::as_ptr)
}

extern "C" fn free(_: *mut c_void, place: *mut c_void, bytes: usize) {
    if let Some(place) = NonNull::new(place) {
        // SAFETY: the interpreter has it from one of both allocators, and uses it no more.
        let _ = unsafe { munmap(place, bytes) };
    }
}

/// None: the kernel will not.
fn map(bytes: usize, access: ProtFlags) -> Option<NonNull<c_void>> {
    let bytes = NonZero::new(bytes)?;
    // SAFETY: a new mapping wherever the kernel has room for it.
    unsafe { mmap_anonymous(None, bytes, access, MapFlags::MAP_PRIVATE) }.ok()
}
