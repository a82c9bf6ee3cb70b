//! PostgreSQL's errors on their way through Rust, whole.
//!
//! pgrx makes a panic of them and keeps SQLSTATE, message, detail and hint, as UTF-8. An error
//! context callback copies each error when it is raised, as PostgreSQL has it, with the CONTEXT that
//! it has got so far. Texts that are too long to be copied so often are cut: functions of users can
//! raise errors of any size.

use super::guard::Thrown;
use super::shortage::throw_off_ballast;
use launchpad_fault::SqlState;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::ffi::{CStr, c_char, c_int, c_void};

/// Bytes of an error's text at most. What is reported in the end is shorter still.
const MAX_TEXT: usize = 32 << 10;

unsafe extern "C-unwind" {
    // Without pgrx's guard: called while PostgreSQL is raising, from a frame that owns nothing.
    fn CopyErrorData() -> *mut pg_sys::ErrorData;
    fn FreeErrorData(edata: *mut pg_sys::ErrorData);
    fn errmsg_internal(format: *const c_char, ...) -> c_int;
    fn errdetail_internal(format: *const c_char, ...) -> c_int;
    fn errhint(format: *const c_char, ...) -> c_int;
    fn pg_mbcliplen(text: *const c_char, length: c_int, limit: c_int) -> c_int;
}

/// What `work` raised.
#[derive(Debug)]
pub struct Caught {
    /// As pgrx has it.
    pub error: CaughtError,
    /// As PostgreSQL has it, in the context that was current at [`catch`]; None for a panic.
    pub whole: Option<*mut pg_sys::ErrorData>,
}

impl Caught {
    pub fn sqlstate(&self) -> SqlState {
        let code = match &self.error {
            CaughtError::PostgresError(report)
            | CaughtError::ErrorReport(report)
            | CaughtError::RustPanic {
                ereport: report, ..
            } => report.sql_error_code(),
        };
        SqlState::of_packed(code as i32)
    }

    /// For the outermost frame to raise.
    pub fn into_thrown(self) -> Thrown {
        match self.whole {
            Some(error) => Thrown::New(error),
            None => self.error.rethrow(),
        }
    }
}

/// Runs `work`. What it raised must be raised again, or another error in its place: nothing is
/// rolled back here.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Box<Caught>> {
    let mut noted = Noted {
        // SAFETY: reads a backend-local variable.
        context: unsafe { pg_sys::CurrentMemoryContext },
        last: std::ptr::null_mut(),
    };
    let mut entry = pg_sys::ErrorContextCallback {
        // SAFETY: reads a backend-local variable.
        previous: unsafe { pg_sys::error_context_stack },
        callback: Some(note),
        arg: (&raw mut noted).cast(),
    };
    let _pushed = Pushed::new(&mut entry);
    let result = PgTryBuilder::new(std::panic::AssertUnwindSafe(|| Ok(work())))
        .catch_others(|error| Err(Box::new(error)))
        .execute();
    result.map_err(|error| {
        let code = match &*error {
            CaughtError::PostgresError(report) => Some(report.sql_error_code() as i32),
            _ => None,
        };
        // SAFETY: null or a copy made by `note`.
        let whole = unsafe { noted.last.as_ref() }
            // Errors that were caught and handled inside of `work` have been noted too.
            .filter(|whole| Some(whole.sqlerrcode) == code)
            .map(|_| noted.last);
        Box::new(Caught {
            error: *error,
            whole,
        })
    })
}

/// The callback's memory.
struct Noted {
    context: pg_sys::MemoryContext,
    last: *mut pg_sys::ErrorData,
}

/// Runs while PostgreSQL raises an error or reports a message.
unsafe extern "C-unwind" fn note(argument: *mut c_void) {
    // SAFETY: `argument` is catch's `noted`, whose frame is alive while the callback is on the
    // stack. The topmost report is being made, so there is one to copy; not into ErrorContext.
    unsafe {
        throw_off_ballast(argument);
        let noted: *mut Noted = argument.cast();
        let before = pg_sys::MemoryContextSwitchTo((*noted).context);
        let copy = CopyErrorData();
        if (*copy).elevel < PgLogLevel::ERROR as i32 {
            FreeErrorData(copy);
        } else {
            if !(*noted).last.is_null() {
                FreeErrorData((*noted).last);
            }
            (*noted).last = copy;
            if cut((*copy).message) {
                errmsg_internal(c"%s".as_ptr(), (*copy).message);
            }
            if cut((*copy).detail) {
                errdetail_internal(c"%s".as_ptr(), (*copy).detail);
            }
            if cut((*copy).hint) {
                errhint(c"%s".as_ptr(), (*copy).hint);
            }
        }
        pg_sys::MemoryContextSwitchTo(before);
    }
}

/// Cuts a text that is too long, at the end of a character; whether it was.
///
/// # Safety
/// `text` is null, or NUL-terminated, writable and in the database's encoding.
unsafe fn cut(text: *mut c_char) -> bool {
    if text.is_null() {
        return false;
    }
    // SAFETY: the caller's promise; the new end lies before the old one.
    unsafe {
        let length = CStr::from_ptr(text).count_bytes();
        if length <= MAX_TEXT {
            return false;
        }
        // No character has more than a few bytes.
        let end = pg_mbcliplen(text, MAX_TEXT as c_int + 8, MAX_TEXT as c_int);
        text.add(end.max(0) as usize).write(0);
    }
    true
}

/// The callback on PostgreSQL's stack of them, until dropped.
struct Pushed {
    previous: *mut pg_sys::ErrorContextCallback,
}

impl Pushed {
    fn new(entry: &mut pg_sys::ErrorContextCallback) -> Self {
        // SAFETY: taken off again before `entry` goes: by drop, whichever way `catch` ends.
        unsafe { pg_sys::error_context_stack = entry };
        Pushed {
            previous: entry.previous,
        }
    }
}

impl Drop for Pushed {
    fn drop(&mut self) {
        // SAFETY: what was there before.
        unsafe { pg_sys::error_context_stack = self.previous };
    }
}
