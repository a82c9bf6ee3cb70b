//! The lock around all instances. Nobody sleeps while holding it, and a fork waits for it, so that a
//! child never finds it taken by a thread that it does not have.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Lock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `value` is private and reached only by `with`, between `take` and `give_back`: by one thread at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub const fn new(value: T) -> Self {
        Lock {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    pub fn take(&self) {
        while self.taken.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
    }

    pub fn give_back(&self) {
        self.taken.store(false, Ordering::Release);
    }

    /// `work` takes no lock and waits for nothing.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        self.take();
        // SAFETY: this thread has the lock, so that no other has a reference to the value, and `work` may not
        // take the lock again.
        let result = work(unsafe { &mut *self.value.get() });
        self.give_back();
        result
    }
}

/// Lets forks wait for a lock. Called when this library is loaded: what else has to do with forks is
/// registered later, and so comes before it where a fork is prepared, and after it in the child, where it may
/// want the lock.
pub fn guard_forks(take: extern "C" fn(), give_back: extern "C" fn()) {
    // SAFETY: pthread_atfork keeps function pointers, which stay valid: this library is never unloaded.
    unsafe { pthread_atfork(Some(take), Some(give_back), Some(give_back)) };
}

unsafe extern "C" {
    /// The C library's; the libc crate has none.
    pub fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> libc::c_int;
}
