//! Messages to the client and the log, and errors about values.

use super::caught::catch;
use super::encoding::heard;
use super::shortage::only_ballast;
use launchpad_fault::SqlState;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CStr;

/// How a line of a script's output is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Notice,
    Warning,
    Log,
    /// Whatever the client asks to be sent.
    LogOnly,
}

/// Reports one message. It goes out without the CONTEXT lines of whatever runs around it: a
/// script's output is no part of the input query.
pub fn report(severity: Severity, text: &str, detail: Option<&str>) {
    under(&mut only_ballast(), || send(severity, text, detail));
}

fn send(severity: Severity, text: &str, detail: Option<&str>) {
    let (level, code) = match severity {
        Severity::Notice => (
            PgLogLevel::NOTICE,
            PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
        ),
        Severity::Warning => (PgLogLevel::WARNING, PgSqlErrorCode::ERRCODE_WARNING),
        Severity::Log => (
            PgLogLevel::LOG,
            PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
        ),
        Severity::LogOnly => (
            PgLogLevel::LOG_SERVER_ONLY,
            PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION,
        ),
    };
    super::report::send(level, code, text, detail);
}

/// The same without the STATEMENT in the log either: with LOG PostgreSQL writes it by default, so that
/// each line would cost as much of the log as the script is long.
pub fn report_bare(severity: Severity, line: &str) {
    let mut ballast = only_ballast();
    let mut hide = pg_sys::ErrorContextCallback {
        previous: &mut ballast,
        callback: Some(hide_statement),
        arg: std::ptr::null_mut(),
    };
    under(&mut hide, || send(severity, line, None));
}

#[pg_guard]
unsafe extern "C-unwind" fn hide_statement(_argument: *mut std::ffi::c_void) {
    // SAFETY: PostgreSQL calls it while it builds a message.
    unsafe { pg_sys::errhidestmt(true) };
}

/// Runs `work`, which reports below ERROR, with these callbacks alone.
fn under(callbacks: *mut pg_sys::ErrorContextCallback, work: impl FnOnce()) {
    struct PutBack(*mut pg_sys::ErrorContextCallback);
    impl Drop for PutBack {
        fn drop(&mut self) {
            // SAFETY: what was there before, whose frames are still there.
            unsafe { pg_sys::error_context_stack = self.0 };
        }
    }
    // SAFETY: taken away for one report and put back, an error on the way included.
    let stack = unsafe { (&raw mut pg_sys::error_context_stack).replace(callbacks) };
    let _put_back = PutBack(stack);
    work();
}

/// A PostgreSQL error's texts, in UTF-8.
#[derive(Debug)]
pub struct CaughtError {
    pub code: SqlState,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

/// Runs `work` and returns the error about a value (SQLSTATE classes 22 and 23) that it raised;
/// every other error, cancel above all, goes on its way. The caller must raise an error of its own
/// afterwards: nothing is rolled back here.
pub fn catch_error<T>(work: impl FnOnce() -> T) -> Result<T, CaughtError> {
    use pgrx::pg_sys::panic::CaughtError as Raised;
    let caught = match catch(work) {
        Ok(value) => return Ok(value),
        Err(caught) => caught,
    };
    match &caught.error {
        Raised::PostgresError(report) if is_about_a_value(report.sql_error_code()) => {
            let code = SqlState::of_packed(report.sql_error_code() as i32);
            Err(match caught.whole {
                // SAFETY: a live copy of the error.
                Some(whole) => unsafe {
                    CaughtError {
                        code,
                        message: text((*whole).message).unwrap_or_default(),
                        detail: text((*whole).detail),
                        hint: text((*whole).hint),
                    }
                },
                None => CaughtError {
                    code,
                    message: report.message().to_owned(),
                    detail: report.detail().map(str::to_owned),
                    hint: report.hint().map(str::to_owned),
                },
            })
        }
        _ => caught.error.rethrow(),
    }
}

/// # Safety
/// `text` is null or NUL-terminated, in the database's encoding.
unsafe fn text(text: *const std::ffi::c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!text.is_null()).then(|| heard(unsafe { CStr::from_ptr(text) }.to_bytes()))
}

fn is_about_a_value(code: PgSqlErrorCode) -> bool {
    // ERRCODE_TO_CATEGORY: the first two of five six-bit characters.
    let class = |code: PgSqlErrorCode| code as i32 & 0xfff;
    [
        PgSqlErrorCode::ERRCODE_DATA_EXCEPTION,
        PgSqlErrorCode::ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION,
    ]
    .into_iter()
    .any(|known| class(known) == class(code))
}
