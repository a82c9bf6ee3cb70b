//! Messages to the client and the log, and the last step of an error.

use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::{CStr, CString};

/// How a line of a script's output is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Notice,
    Warning,
    Log,
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
    };
    let mut report =
        pgrx::pg_sys::panic::ErrorReport::new(code, super::encoding::for_message(text), "");
    if let Some(detail) = detail {
        report = report.set_detail(super::encoding::for_message(detail));
    }
    // SAFETY: taken away and put back around one report below ERROR, which returns.
    let stack = unsafe { (&raw mut pg_sys::error_context_stack).replace(std::ptr::null_mut()) };
    report.report(level);
    // SAFETY: what was there before.
    unsafe { pg_sys::error_context_stack = stack };
}

/// Adds `line` to the CONTEXT of the error that is raised next. Only for the outermost frame of a
/// call that is about to raise: the callback stays until PostgreSQL resets the stack, which
/// handling an error does.
pub fn add_error_context(line: &str) {
    let Ok(line) = CString::new(super::encoding::for_message(line)) else {
        return;
    };
    #[pg_guard]
    unsafe extern "C-unwind" fn callback(arg: *mut std::ffi::c_void) {
        // SAFETY: `arg` is the palloc'd, NUL-terminated line below.
        let line = unsafe { CStr::from_ptr(arg.cast()) };
        unsafe extern "C-unwind" {
            fn set_errcontext_domain(domain: *const std::ffi::c_char) -> std::ffi::c_int;
            fn errcontext_msg(fmt: *const std::ffi::c_char, ...) -> std::ffi::c_int;
        }
        // SAFETY: the expansion of PostgreSQL's errcontext macro, called during ereport.
        unsafe {
            set_errcontext_domain(std::ptr::null());
            errcontext_msg(c"%s".as_ptr(), line.as_ptr());
        }
    }
    // SAFETY: both pieces are palloc'd in the transaction's context, which outlives the report.
    unsafe {
        let text = pg_sys::MemoryContextStrdup(pg_sys::TopTransactionContext, line.as_ptr());
        let entry: *mut pg_sys::ErrorContextCallback = pg_sys::MemoryContextAlloc(
            pg_sys::TopTransactionContext,
            size_of::<pg_sys::ErrorContextCallback>(),
        )
        .cast();
        entry.write(pg_sys::ErrorContextCallback {
            previous: pg_sys::error_context_stack,
            callback: Some(callback),
            arg: text.cast(),
        });
        pg_sys::error_context_stack = entry;
    }
}

/// What pgrx keeps of a PostgreSQL error.
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
    use pgrx::pg_sys::panic::CaughtError as Caught;
    PgTryBuilder::new(std::panic::AssertUnwindSafe(|| Ok(work())))
        .catch_others(|caught| match caught {
            Caught::PostgresError(report) if is_about_a_value(report.sql_error_code()) => {
                Err(CaughtError {
                    code: report.sql_error_code(),
                    message: report.message().to_owned(),
                    detail: report.detail().map(str::to_owned),
                    hint: report.hint().map(str::to_owned),
                })
            }
            other => other.rethrow(),
        })
        .execute()
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
