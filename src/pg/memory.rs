//! Memory contexts: where what PostgreSQL allocates for us stays, and for how long.

use pgrx::pg_sys;

/// The context that was current when this was made, for what shall live as long: rows arrive at any time,
/// also while the input query runs in a context that ends with it.
#[derive(Clone, Copy)]
pub struct Home(pg_sys::MemoryContext);

impl Home {
    pub fn current() -> Self {
        // SAFETY: reads a backend-local variable.
        Home(unsafe { pg_sys::CurrentMemoryContext })
    }

    /// Runs `work` with this context current.
    pub fn within<R>(self, work: impl FnOnce() -> R) -> R {
        let _back = Back::from(self.0);
        work()
    }
}

/// The context to go back to, on whatever way.
struct Back(pg_sys::MemoryContext);

impl Back {
    /// Makes `context`, which is alive, the current one.
    fn from(context: pg_sys::MemoryContext) -> Self {
        // SAFETY: a live context.
        Back(unsafe { pg_sys::MemoryContextSwitchTo(context) })
    }
}

impl Drop for Back {
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
        // SAFETY: a child of the current context, so that an error's clean-up takes it along.
        let context = unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"launchpad row".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        };
        RowMemory { context }
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
