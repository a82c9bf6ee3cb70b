//! What all sessions share: the counter of requests, the progress of calls, the statistics.

use super::messages::{Severity, report};
use crate::monitor::progress::{Slots, now};
use crate::monitor::statistics::Table;
use crate::monitor::{keep, session_ends};
use pgrx::prelude::*;
use pgrx::{PGRXSharedMemory, PgAtomic, PgLwLock, pg_shmem_init, pg_sys};
use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

// SAFETY: the name is this library's own.
static REQUESTS: PgAtomic<AtomicU64> = unsafe { PgAtomic::new(c"pg_launchpad requests") };
// SAFETY: the name is this library's own.
static SLOTS: PgAtomic<Slots> = unsafe { PgAtomic::new(c"pg_launchpad progress") };
// SAFETY: the name is this library's own.
static STATISTICS: PgAtomic<Statistics> = unsafe { PgAtomic::new(c"pg_launchpad statistics") };
// SAFETY: the name is this library's own.
static STATISTICS_LOCK: PgLwLock<bool> = unsafe { PgLwLock::new(c"pg_launchpad statistics lock") };

/// The lock lies apart: the postmaster must not wait for one that a session may have died with.
#[derive(Default)]
struct Statistics(UnsafeCell<Table>);

// SAFETY: atomics alone, without pointers.
unsafe impl PGRXSharedMemory for Slots {}
// SAFETY: numbers alone, without pointers; looked at under a lock.
unsafe impl PGRXSharedMemory for Statistics {}

/// Set in the postmaster, inherited by every process it forks.
static PRELOADED: AtomicBool = AtomicBool::new(false);

/// Whether this process will end its calls when it exits.
static MINDED: AtomicBool = AtomicBool::new(false);

/// Reserves the memory. Only while the server preloads libraries.
pub fn register() {
    pg_shmem_init!(REQUESTS);
    pg_shmem_init!(SLOTS);
    pg_shmem_init!(STATISTICS);
    pg_shmem_init!(STATISTICS_LOCK);
    keep_statistics();
    PRELOADED.store(true, Relaxed);
}

/// The number of the next request, from 1; None when the library was not preloaded.
pub fn next_request() -> Option<u64> {
    PRELOADED
        .load(Relaxed)
        .then(|| REQUESTS.get().fetch_add(1, Relaxed) + 1)
}

/// Of a preloaded library.
pub fn slots() -> &'static Slots {
    SLOTS.get()
}

/// Runs `work`, which raises and waits for nothing, on the statistics of a preloaded library.
pub fn with_statistics<T>(work: impl FnOnce(&mut Table) -> T) -> T {
    let _lock = STATISTICS_LOCK.exclusive();
    // SAFETY: nobody else has the lock.
    unsafe { with_statistics_alone(work) }
}

/// # Safety
/// No other process can look at the statistics meanwhile.
unsafe fn with_statistics_alone<T>(work: impl FnOnce(&mut Table) -> T) -> T {
    // SAFETY: the caller's promise.
    work(unsafe { &mut *STATISTICS.get().0.get() })
}

/// Whether there are any.
pub fn is_preloaded() -> bool {
    PRELOADED.load(Relaxed)
}

/// A session that is terminated unwinds no frame: what it had open ends by a callback.
pub fn mind_the_session() {
    if !MINDED.swap(true, Relaxed) {
        // SAFETY: the callback lives as long as the library.
        unsafe { pg_sys::before_shmem_exit(Some(at_exit), pg_sys::Datum::from(0)) };
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn at_exit(_code: c_int, _argument: pg_sys::Datum) {
    session_ends();
}

/// Has the statistics read once the memory is there, and written when the postmaster shuts down.
fn keep_statistics() {
    static mut BEFORE: pg_sys::shmem_startup_hook_type = None;

    #[pg_guard]
    unsafe extern "C-unwind" fn start() {
        // SAFETY: set before this could run; the hook of whoever came before.
        unsafe {
            if let Some(before) = BEFORE {
                pg_sys::ffi::pg_guard_ffi_boundary(|| before());
            }
        }
        // SAFETY: false in the postmaster, which alone reads and writes the file.
        if unsafe { pg_sys::IsUnderPostmaster } {
            return;
        }
        // SAFETY: the callback lives as long as the library.
        unsafe { pg_sys::on_shmem_exit(Some(stop), pg_sys::Datum::from(0)) };
        let read = |table: &mut Table| {
            table.reset(now());
            tell(keep::read(table).map(drop), "read");
        };
        // SAFETY: no session has been started yet.
        unsafe { with_statistics_alone(read) };
    }

    #[pg_guard]
    unsafe extern "C-unwind" fn stop(code: c_int, _argument: pg_sys::Datum) {
        // After a crash what is in the memory is not to be trusted.
        if code == 0 {
            let write = |table: &mut Table| tell(keep::write(table), "write");
            // SAFETY: the postmaster is the last process.
            unsafe { with_statistics_alone(write) };
        }
    }

    fn tell(done: io::Result<()>, what: &str) {
        if let Err(error) = done {
            let text = format!("launchpad: could not {what} the statistics: {error}");
            report(Severity::Log, &text, None);
        }
    }

    // SAFETY: the postmaster's only thread, while it loads libraries.
    unsafe {
        BEFORE = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(start);
    }
}
