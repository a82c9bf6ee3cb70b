//! Waiting that stays interruptible: the process's latch, the postmaster, and one descriptor.
//!
//! The descriptor is the pump's epoll instance, which is readable when anything in it is, so that
//! the set never has to be rebuilt while descriptors come and go.

use pgrx::pg_sys;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;
use std::time::Duration;

/// What pg_stat_activity shows of a session that waits here.
#[cfg(any(feature = "pg15", feature = "pg16"))]
fn wait_event() -> u32 {
    pg_sys::PG_WAIT_EXTENSION
}

/// Likewise, with a name, which all processes share.
#[cfg(not(any(feature = "pg15", feature = "pg16")))]
fn wait_event() -> u32 {
    static EVENT: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    // SAFETY: a name that ends with a NUL; raises an error where others have taken all numbers.
    *EVENT.get_or_init(|| unsafe { pg_sys::WaitEventExtensionNew(c"Launchpad".as_ptr()) })
}

/// A WaitEventSet of three. The postmaster's death ends the process while it waits.
pub struct Waiter {
    set: *mut pg_sys::WaitEventSet,
}

impl Waiter {
    pub fn new(descriptor: BorrowedFd<'_>) -> Self {
        // SAFETY: the set is freed by Drop; on a FATAL exit the process's end frees it. Allocated
        // in the top context so that it never dies before its owner.
        unsafe {
            #[cfg(any(feature = "pg15", feature = "pg16"))]
            let set = pg_sys::CreateWaitEventSet(pg_sys::TopMemoryContext, 3);
            #[cfg(not(any(feature = "pg15", feature = "pg16")))]
            let set = pg_sys::CreateWaitEventSet(ptr::null_mut(), 3);
            let waiter = Waiter { set };
            let none = pg_sys::PGINVALID_SOCKET;
            pg_sys::AddWaitEventToSet(
                set,
                pg_sys::WL_LATCH_SET,
                none,
                pg_sys::MyLatch,
                ptr::null_mut(),
            );
            pg_sys::AddWaitEventToSet(
                set,
                pg_sys::WL_EXIT_ON_PM_DEATH,
                none,
                ptr::null_mut(),
                ptr::null_mut(),
            );
            pg_sys::AddWaitEventToSet(
                set,
                pg_sys::WL_SOCKET_READABLE,
                descriptor.as_raw_fd(),
                ptr::null_mut(),
                ptr::null_mut(),
            );
            waiter
        }
    }

    /// Waits for the descriptor, an interrupt, or `limit`; raises a pending interrupt.
    pub fn wait(&self, limit: Option<Duration>) {
        let millis = limit.map_or(-1, |limit| {
            limit
                .as_millis()
                .saturating_add(1)
                .min(i32::MAX as u128)
                .cast_signed() as i64
        });
        let mut events = [pg_sys::WaitEvent::default(); 3];
        // SAFETY: the set is alive, `events` has room for all its events.
        let count = unsafe {
            pg_sys::WaitEventSetWait(
                self.set,
                millis,
                events.as_mut_ptr(),
                events.len() as i32,
                wait_event(),
            )
        };
        let latch = events[..count.max(0) as usize]
            .iter()
            .any(|event| event.events & pg_sys::WL_LATCH_SET != 0);
        if latch {
            // SAFETY: this process's own latch.
            unsafe { pg_sys::ResetLatch(pg_sys::MyLatch) };
        }
        super::server::check_interrupts();
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        // SAFETY: created by new, freed once.
        unsafe { pg_sys::FreeWaitEventSet(self.set) };
    }
}

/// Sleeps for `time`, interruptible, ending with the postmaster.
pub fn sleep(time: Duration) {
    // SAFETY: waits on the process's own latch.
    unsafe {
        pg_sys::WaitLatch(
            pg_sys::MyLatch,
            (pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH) as i32,
            time.as_millis().min(i32::MAX as u128) as i64,
            wait_event(),
        );
        pg_sys::ResetLatch(pg_sys::MyLatch);
    }
    super::server::check_interrupts();
}
