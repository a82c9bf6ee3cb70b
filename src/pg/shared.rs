//! Memory that all sessions share, made while the server preloads the library: its owners declare
//! [`Shared`] and [`Locked`] values and [`register`] them.

use pgrx::prelude::*;
use pgrx::{PGRXSharedMemory, PgAtomic, PgLwLock, PgSharedMemoryInitialization, pg_sys};
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int};
use std::sync::OnceLock;

/// Says of a struct that it can lie in shared memory, because all of its fields can.
macro_rules! shareable {
    ($name:ident { $($field:ident),* $(,)? }) => {
        #[allow(unsafe_code)]
        // SAFETY: the fields can, as the function below has the compiler check, and there are no others.
        unsafe impl pgrx::PGRXSharedMemory for $name {}
        const _: fn(&$name) = |$name { $($field),* }| {
            $($crate::pg::shared::is_shareable($field);)*
        };
    };
    // With parameters: types of values that can, too, and numbers.
    ($name:ident<$value:ident $(, $number:ident)?> { $($field:ident),* $(,)? }) => {
        #[allow(unsafe_code)]
        // SAFETY: the fields can, as the function below has the compiler check, and there are no others.
        unsafe impl<$value: pgrx::PGRXSharedMemory $(, const $number: usize)?>
            pgrx::PGRXSharedMemory for $name<$value $(, $number)?> {}
        const _: () = {
            #[allow(dead_code)] // it is there to be compiled
            fn check<$value: pgrx::PGRXSharedMemory $(, const $number: usize)?>(
                $name { $($field),* }: &$name<$value $(, $number)?>,
            ) {
                $($crate::pg::shared::is_shareable($field);)*
            }
        };
    };
}
pub(crate) use shareable;

/// Numbers, atomics, and what [`shareable`] makes of them: no pointers.
pub fn is_shareable<T: PGRXSharedMemory>(_value: &T) {}

/// A value of atomics, which all sessions look at as they like.
pub struct Shared<T>(PgAtomic<T>);

impl<T: PGRXSharedMemory> Shared<T> {
    /// `name`: nobody else's, which [`register`] checks of ours.
    pub const fn new(name: &'static CStr) -> Self {
        // SAFETY: the name begins with the library's, and no two of them are the same.
        Shared(unsafe { PgAtomic::new(name) })
    }

    /// Of a preloaded library.
    pub fn get(&self) -> &T {
        self.0.get()
    }
}

/// A value that one session at a time looks at.
pub struct Locked<T> {
    place: PgAtomic<Place<T>>,
    /// Apart: the postmaster must not wait for one that a session may have died with.
    lock: PgLwLock<bool>,
}

#[derive(Default)]
struct Place<T>(UnsafeCell<T>);

// SAFETY: as what is in it, which is looked at under a lock.
unsafe impl<T: PGRXSharedMemory> PGRXSharedMemory for Place<T> {}

/// The postmaster's, lent to one value at a time, while there is no other process that could look at shared memory.
pub struct Alone(());

impl<T: PGRXSharedMemory> Locked<T> {
    /// The names of the value and of its lock, as [`Shared::new`] has them.
    pub const fn new(name: &'static CStr, lock: &'static CStr) -> Self {
        Locked {
            // SAFETY: the name begins with the library's, and no two of them are the same.
            place: unsafe { PgAtomic::new(name) },
            // SAFETY: so does this one.
            lock: unsafe { PgLwLock::new(lock) },
        }
    }

    /// Runs `work`, which raises and waits for nothing, on the value of a preloaded library.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let _lock = self.lock.exclusive();
        // SAFETY: nobody else has the lock.
        work(unsafe { &mut *self.place.get().0.get() })
    }

    pub fn with_alone<R>(&self, _alone: &mut Alone, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: no other process looks at it, and there is one `Alone`, which is borrowed.
        work(unsafe { &mut *self.place.get().0.get() })
    }
}

/// What can be registered.
pub trait Value: Sync {
    fn names(&self) -> Vec<&'static CStr>;

    /// # Safety
    /// Runs in shmem_request_hook.
    unsafe fn request(&'static self);

    /// # Safety
    /// Runs in shmem_startup_hook.
    unsafe fn start(&'static self);
}

impl<T: PGRXSharedMemory + Default + 'static> Value for Shared<T> {
    fn names(&self) -> Vec<&'static CStr> {
        vec![self.0.name()]
    }

    unsafe fn request(&'static self) {
        // SAFETY: the caller's promise.
        unsafe { self.0.on_shmem_request() }
    }

    unsafe fn start(&'static self) {
        // SAFETY: the caller's promise.
        unsafe { self.0.on_shmem_startup(T::default()) }
    }
}

impl<T: PGRXSharedMemory + Default + 'static> Value for Locked<T> {
    fn names(&self) -> Vec<&'static CStr> {
        vec![self.place.name(), self.lock.name()]
    }

    unsafe fn request(&'static self) {
        // SAFETY: the caller's promise.
        unsafe { self.place.on_shmem_request() };
        // SAFETY: the caller's promise.
        unsafe { self.lock.on_shmem_request() };
    }

    unsafe fn start(&'static self) {
        // SAFETY: the caller's promise.
        unsafe { self.place.on_shmem_startup(Place::default()) };
        // SAFETY: the caller's promise.
        unsafe { self.lock.on_shmem_startup(false) };
    }
}

/// All values, and what runs in the postmaster when they are there and when it shuts down in order.
pub struct Registered {
    pub values: &'static [&'static dyn Value],
    pub started: fn(&mut Alone),
    pub stopped: fn(&mut Alone),
}

/// Set in the postmaster, inherited by every process it forks.
static REGISTERED: OnceLock<Registered> = OnceLock::new();

/// Whether the library was preloaded, so that there is shared memory.
pub fn is_preloaded() -> bool {
    REGISTERED.get().is_some()
}

/// Reserves the memory. Only while the server preloads libraries.
pub fn register(registered: Registered) {
    static mut BEFORE_REQUEST: pg_sys::shmem_request_hook_type = None;
    static mut BEFORE_START: pg_sys::shmem_startup_hook_type = None;

    fn values() -> impl Iterator<Item = &'static &'static dyn Value> {
        REGISTERED.get().into_iter().flat_map(|all| all.values)
    }

    #[pg_guard]
    unsafe extern "C-unwind" fn request() {
        // SAFETY: set before this could run; the hook of whoever came before.
        if let Some(before) = unsafe { BEFORE_REQUEST } {
            // SAFETY: as PostgreSQL would call it.
            unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| before()) };
        }
        // SAFETY: this is the hook.
        values().for_each(|value| unsafe { value.request() });
    }

    #[pg_guard]
    unsafe extern "C-unwind" fn start() {
        // SAFETY: set before this could run; the hook of whoever came before.
        if let Some(before) = unsafe { BEFORE_START } {
            // SAFETY: as PostgreSQL would call it.
            unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| before()) };
        }
        // SAFETY: this is the hook.
        values().for_each(|value| unsafe { value.start() });
        // SAFETY: false in the postmaster.
        if unsafe { pg_sys::IsUnderPostmaster } {
            return;
        }
        // SAFETY: the callback lives as long as the library.
        unsafe { pg_sys::on_shmem_exit(Some(stop), pg_sys::Datum::from(0)) };
        if let Some(all) = REGISTERED.get() {
            // No session has been started yet.
            (all.started)(&mut Alone(()));
        }
    }

    #[pg_guard]
    unsafe extern "C-unwind" fn stop(code: c_int, _argument: pg_sys::Datum) {
        // After a crash what is in the memory is not to be trusted.
        if code == 0
            && let Some(all) = REGISTERED.get()
        {
            // The postmaster is the last process.
            (all.stopped)(&mut Alone(()));
        }
    }

    let mut names: Vec<_> = registered
        .values
        .iter()
        .flat_map(|value| value.names())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    let is_ours = |name: &&CStr| name.to_bytes().starts_with(b"pg_launchpad ");
    assert!(names.len() == count && names.iter().all(is_ours));
    if REGISTERED.set(registered).is_err() {
        return;
    }
    // SAFETY: the postmaster's only thread, while it loads libraries.
    unsafe {
        BEFORE_REQUEST = pg_sys::shmem_request_hook;
        pg_sys::shmem_request_hook = Some(request);
        BEFORE_START = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(start);
    }
}

/// Has `ends` run when the session ends: one that is terminated unwinds no frame.
pub fn at_exit(ends: fn()) {
    static ENDS: OnceLock<fn()> = OnceLock::new();

    #[pg_guard]
    unsafe extern "C-unwind" fn exit(_code: c_int, _argument: pg_sys::Datum) {
        if let Some(ends) = ENDS.get() {
            ends();
        }
    }

    if ENDS.set(ends).is_ok() {
        // SAFETY: the callback lives as long as the library.
        unsafe { pg_sys::before_shmem_exit(Some(exit), pg_sys::Datum::from(0)) };
    }
}
