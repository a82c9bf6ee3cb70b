//! PostgreSQL errors as values, whole.
//!
//! pgrx turns an ERROR into a panic and keeps SQLSTATE, message, detail and hint. An error of the
//! caller's own query must come out as it went in, with its position, context and object names
//! too, so the few calls that run the caller's SQL go through here: [`catch`] hands back the
//! error's `ErrorData`, and [`throw`] raises it again unchanged.

use launchpad_fault::SqlState;
use pgrx::pg_sys;
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// A caught PostgreSQL error. It lives in the memory context that was current at [`catch`].
#[derive(Debug)]
pub struct PgError(*mut pg_sys::ErrorData);

unsafe extern "C-unwind" {
    // Declared here without pgrx's guard, which would catch the longjmp that this must make.
    fn ReThrowError(edata: *mut pg_sys::ErrorData) -> !;
    fn ThrowErrorData(edata: *mut pg_sys::ErrorData);
}

impl PgError {
    pub fn sqlstate(&self) -> SqlState {
        // SAFETY: a live copy.
        SqlState::of_packed(unsafe { (*self.0).sqlerrcode })
    }

    /// Whether somebody has cancelled the statement.
    pub fn is_cancel(&self) -> bool {
        self.sqlstate() == SqlState::QUERY_CANCELED
    }

    /// Whether it is about a text: its syntax, or what stands in it.
    pub fn is_about_text(&self) -> bool {
        let state = self.sqlstate();
        ["42", "22", "0A"].contains(&&state.as_str()[..2])
    }

    /// One of ours, with the CONTEXT of what runs around here.
    pub fn raised(error: *mut pg_sys::ErrorData) -> Self {
        // SAFETY: an error's live data; the closure owns nothing.
        match unsafe { catch(|| ThrowErrorData(error)) } {
            Err(error) => error,
            Ok(()) => unreachable!("an ERROR does not return"),
        }
    }

    /// Puts `written` where PostgreSQL shows `parsed`, which is as long.
    pub fn show(self, written: &CStr, parsed: &CStr) -> Self {
        // SAFETY: the copy's own texts, null or NUL-terminated.
        unsafe {
            for text in [(*self.0).internalquery, (*self.0).context] {
                if text.is_null() {
                    continue;
                }
                let shown = CStr::from_ptr(text).to_bytes();
                if let Some(at) = memchr::memmem::find(shown, parsed.to_bytes()) {
                    let written = written.to_bytes();
                    std::ptr::copy_nonoverlapping(
                        written.as_ptr(),
                        text.add(at).cast(),
                        written.len(),
                    );
                }
            }
        }
        self
    }

    /// Where in the text of the caller's query it is: bytes before it.
    pub fn position(&self, text: &CStr) -> Option<usize> {
        let length = i32::try_from(text.count_bytes()).ok()?;
        // SAFETY: a live copy; the length is the text's.
        unsafe {
            let before = (*self.0).internalpos.checked_sub(1).filter(|at| *at >= 0)?;
            usize::try_from(pg_sys::pg_mbcharcliplen(text.as_ptr(), length, before)).ok()
        }
    }

    /// Its message with `written` for the first `parsed` in it, if that is there.
    pub fn reword(self, parsed: &[u8], written: &[u8]) -> Self {
        // SAFETY: a live copy, whose texts are null or NUL-terminated and may be replaced.
        unsafe {
            if !(*self.0).message.is_null() {
                let message = CStr::from_ptr((*self.0).message).to_bytes();
                if let Some(at) = memchr::memmem::find(message, parsed) {
                    let parts = [&message[..at], written, &message[at + parsed.len()..]];
                    (*self.0).message = super::memory::c_string(&parts);
                }
            }
        }
        self
    }

    /// For [`throw`] at the outermost frame.
    pub fn into_thrown(self) -> Thrown {
        Thrown::Again(self.0)
    }
}

/// What a call ends in, for the outermost frame: an error that is still to be raised, or none.
#[derive(Debug, Clone, Copy)]
pub enum Thrown {
    Nothing,
    /// An error that PostgreSQL had raised; its CONTEXT is complete.
    Again(*mut pg_sys::ErrorData),
    /// One that gets the CONTEXT of what runs around the call.
    New(*mut pg_sys::ErrorData),
}

/// Raises `thrown`, if it is an error.
///
/// # Safety
/// Its data are alive, and no frame between here and PostgreSQL owns anything with a destructor:
/// this longjmps.
pub unsafe fn throw(thrown: Thrown) {
    // SAFETY: the caller's promise.
    unsafe {
        match thrown {
            Thrown::Nothing => {}
            Thrown::Again(error) => ReThrowError(error),
            Thrown::New(error) => ThrowErrorData(error),
        }
    }
}

/// Runs `body`, which makes one call into PostgreSQL, and returns the error it raised, if any. The
/// current user is then again who it was: what raised may have been in a SECURITY DEFINER function, and
/// what the call still does is not its owner's.
///
/// # Safety
/// `body` owns nothing with a destructor, does not panic, and calls PostgreSQL through
/// declarations that are not guarded by pgrx.
pub unsafe fn catch<R>(body: impl FnOnce() -> R) -> Result<R, PgError> {
    let mut result = MaybeUninit::<R>::uninit();
    // SAFETY: this is PG_TRY: the three globals are saved, set and restored in the order that
    // PostgreSQL's own macro uses, on the backend's only thread.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let (mut user, mut restrictions) = (pg_sys::InvalidOid, 0);
        pg_sys::GetUserIdAndSecContext(&mut user, &mut restrictions);
        let exception_stack = pg_sys::PG_exception_stack;
        let context_stack = pg_sys::error_context_stack;
        let jumped = cee_scape::call_with_sigsetjmp(false, |buffer| {
            pg_sys::PG_exception_stack = (buffer as *const cee_scape::SigJmpBufFields)
                .cast_mut()
                .cast();
            result.write(body());
            0
        });
        pg_sys::PG_exception_stack = exception_stack;
        pg_sys::error_context_stack = context_stack;
        if jumped == 0 {
            return Ok(result.assume_init());
        }
        // CopyErrorData must not copy into ErrorContext, which FlushErrorState resets.
        pg_sys::CurrentMemoryContext = context;
        pg_sys::SetUserIdAndSecContext(user, restrictions);
        let error = pg_sys::CopyErrorData();
        pg_sys::FlushErrorState();
        Err(PgError(error))
    }
}
