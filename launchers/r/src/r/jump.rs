//! R's jumps, caught and continued.

use savvy_ffi::{R_PreserveObject, Rboolean, SEXP};
use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};

// savvy-ffi leaves these to a C shim; the panic that crosses them needs this calling convention.
unsafe extern "C-unwind" {
    fn R_MakeUnwindCont() -> SEXP;
    fn R_ContinueUnwind(token: SEXP) -> !;
    fn R_UnwindProtect(
        body: unsafe extern "C-unwind" fn(*mut c_void) -> SEXP,
        data: *mut c_void,
        clean: unsafe extern "C-unwind" fn(*mut c_void, Rboolean),
        clean_data: *mut c_void,
        token: SEXP,
    ) -> SEXP;
}

/// A jump of R's that was stopped: an error, an interrupt, a restart on its way to whoever takes it.
#[derive(Debug)]
pub struct Jump(());

impl Jump {
    /// Lets it go on.
    ///
    /// # Safety
    /// No frame between here and R may have anything to drop.
    pub(super) unsafe fn resume(self) -> ! {
        // SAFETY: the token holds the jump that made this value, and the caller vouches for the frames.
        unsafe { R_ContinueUnwind(token()) }
    }
}

/// One for all: a second jump cannot begin while one is stopped, for nothing that may jump runs then.
fn token() -> SEXP {
    static TOKEN: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    let known = TOKEN.load(Ordering::Relaxed);
    if !known.is_null() {
        return known;
    }
    // SAFETY: called by R's thread. If there is no memory for it, R jumps from here, at the very first call.
    let made = unsafe { R_MakeUnwindCont() };
    // SAFETY: made by R just now.
    unsafe { R_PreserveObject(made) };
    TOKEN.store(made, Ordering::Relaxed);
    made
}

struct Work<F, T> {
    body: Option<F>,
    result: Option<Result<T, Box<dyn Any + Send>>>,
}

/// Runs `body`, which calls R and may be left by a jump: it must own nothing that wants to be
/// dropped while it does.
pub fn caught<T, F: FnOnce() -> T>(body: F) -> Result<T, Jump> {
    let mut work = Work {
        body: Some(body),
        result: None,
    };
    let data = (&raw mut work).cast();
    let token = token();
    let run = AssertUnwindSafe(|| {
        // SAFETY: `run` and `clean` fit the types, `data` outlives the call.
        unsafe { R_UnwindProtect(run_body::<T, F>, data, clean, std::ptr::null_mut(), token) };
    });
    if let Err(panic) = catch_unwind(run) {
        return if panic.is::<Stopped>() {
            Err(Jump(()))
        } else {
            resume_unwind(panic)
        };
    }
    match work.result {
        Some(Ok(value)) => Ok(value),
        Some(Err(panic)) => resume_unwind(panic),
        None => unreachable!("R ran the body or jumped"),
    }
}

/// What unwinds this library's frames above a jump.
struct Stopped;

unsafe extern "C-unwind" fn run_body<T, F: FnOnce() -> T>(data: *mut c_void) -> SEXP {
    // SAFETY: `caught` passes its own Work of these types, which nobody else holds meanwhile.
    let work = unsafe { &mut *data.cast::<Work<F, T>>() };
    if let Some(body) = work.body.take() {
        // A panic must not cross R's frames, which have a context to close.
        work.result = Some(catch_unwind(AssertUnwindSafe(body)));
    }
    // SAFETY: set by R at its start.
    unsafe { savvy_ffi::R_NilValue }
}

/// R has closed its context when it calls this: a panic may cross its frame.
unsafe extern "C-unwind" fn clean(_: *mut c_void, jumped: Rboolean) {
    if jumped != 0 {
        resume_unwind(Box::new(Stopped));
    }
}
