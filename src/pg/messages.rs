//! Messages to the client and the log, and errors about values.

use super::caught::catch;
use super::encoding::heard;
use super::shortage::only_ballast;
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
    let mut only_ballast = only_ballast();
    // SAFETY: taken away and put back around one report below ERROR. If that raises an error all the
    // same, whoever catches it puts back what is theirs.
    let stack = unsafe { (&raw mut pg_sys::error_context_stack).replace(&mut only_ballast) };
    super::report::send(level, code, text, detail);
    // SAFETY: what was there before.
    unsafe { pg_sys::error_context_stack = stack };
}

/// A PostgreSQL error's texts, in UTF-8.
#[derive(Debug)]
pub struct CaughtError {
    pub code: PgSqlErrorCode,
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
            let code = report.sql_error_code();
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
