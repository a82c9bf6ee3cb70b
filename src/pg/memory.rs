//! Memory contexts: where what PostgreSQL allocates for us stays, and for how long.

use pgrx::pg_sys;
use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

/// A memory context of its own, for what shall live as long as this does.
pub struct Home(pg_sys::MemoryContext);

impl Home {
    /// Below the (sub)transaction's: SPI's memory, which is the current one in a call, ends before.
    pub fn new() -> Self {
        // SAFETY: reads a backend-local variable; there is a transaction.
        Home(child(c"launchpad", unsafe {
            pg_sys::CurTransactionContext
        }))
    }

    /// Makes this context the current one, until what is returned is dropped.
    pub fn enter(&self) -> Back<'_> {
        Back::from(self.0)
    }

    /// # Safety
    /// Nothing of what lives there is used any more.
    pub unsafe fn empty(&self) {
        // SAFETY: a live context, and the caller's promise.
        unsafe { pg_sys::MemoryContextReset(self.0) };
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // SAFETY: made by `new`, current for nobody, and what lives there goes before.
        unsafe { pg_sys::MemoryContextDelete(self.0) };
    }
}

/// The parts as one C string, in the current context. None of them has a NUL.
pub fn c_string(parts: &[&[u8]]) -> *mut c_char {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // SAFETY: room for the parts and a NUL, written at once.
    unsafe {
        let text: *mut u8 = pg_sys::palloc0(length + 1).cast();
        let mut end = text;
        for part in parts {
            end.copy_from_nonoverlapping(part.as_ptr(), part.len());
            end = end.add(part.len());
        }
        text.cast()
    }
}

/// An error's clean-up takes it along with its parent.
fn child(name: &'static CStr, parent: pg_sys::MemoryContext) -> pg_sys::MemoryContext {
    // SAFETY: the name is a constant, the parent alive.
    unsafe {
        pg_sys::AllocSetContextCreateInternal(
            parent,
            name.as_ptr(),
            pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        )
    }
}

/// The context to go back to, on whatever way, while the entered one is still there.
#[must_use]
pub struct Back<'a>(pg_sys::MemoryContext, PhantomData<&'a Home>);

impl Back<'_> {
    /// Makes `context`, which is alive, the current one.
    fn from(context: pg_sys::MemoryContext) -> Self {
        // SAFETY: a live context.
        let before = unsafe { pg_sys::MemoryContextSwitchTo(context) };
        Back(before, PhantomData)
    }
}

impl Drop for Back<'_> {
    fn drop(&mut self) {
        // SAFETY: it was current, and what runs here does not end it.
        unsafe { pg_sys::MemoryContextSwitchTo(self.0) };
    }
}

/// A memory context for what one row's functions leave behind.
pub struct RowMemory {
    context: pg_sys::MemoryContext,
}

impl RowMemory {
    pub fn new() -> Self {
        RowMemory {
            // SAFETY: reads a backend-local variable.
            context: child(c"launchpad row", unsafe { pg_sys::CurrentMemoryContext }),
        }
    }

    /// For frames that an error passes, which own nothing.
    pub(super) fn context(&self) -> pg_sys::MemoryContext {
        self.context
    }

    /// Bytes that the context has of the system's memory.
    pub fn allocated(&self) -> u64 {
        // SAFETY: a live context; its children are counted too.
        unsafe { pg_sys::MemoryContextMemAllocated(self.context, true) as u64 }
    }

    /// Runs `work` with this context current and empties it afterwards. After an error the
    /// context goes with its parent.
    pub fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        let back = Back::from(self.context);
        let result = work();
        drop(back);
        // SAFETY: nothing of this context is referenced any more.
        unsafe { pg_sys::MemoryContextReset(self.context) };
        result
    }
}
