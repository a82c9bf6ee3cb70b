//! A message as PostgreSQL takes it: in the database's encoding, of bounded length.
//!
//! pgrx would send its strings' bytes as they are, which is wrong in a database that is not UTF-8,
//! and with each the name of a source file.

use super::encoding::{for_client, message};
use launchpad_fault::Report;
use launchpad_protocol::middle_cut;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::ffi::CString;

/// Bytes of an error's parts at most, as UTF-8; an error stays below 8 KiB in all.
mod limit {
    pub const PRIMARY: usize = 1024;
    pub const DETAIL: usize = 6 * 1024;
    pub const HINT: usize = 512;
    pub const CONTEXT: usize = 256;
}

/// An error as PostgreSQL's own structure, in the current memory context, for
/// [`super::guard::Thrown::New`]. `context`: what its CONTEXT says.
pub fn raw(report: &Report, context: Option<&str>) -> *mut pg_sys::ErrorData {
    let text = |text: &str, limit: usize| copy(&for_client(&middle_cut(text, limit)));
    let optional =
        |part: Option<&str>, limit| part.map_or(std::ptr::null_mut(), |part| text(part, limit));
    let error = pg_sys::ErrorData {
        elevel: PgLogLevel::ERROR as i32,
        sqlerrcode: report.sqlstate.packed(),
        message: text(&report.message, limit::PRIMARY),
        detail: optional(report.detail.as_deref(), limit::DETAIL),
        hint: optional(report.hint.as_deref(), limit::HINT),
        context: optional(context, limit::CONTEXT),
        ..Default::default()
    };
    // SAFETY: room for one, written at once.
    unsafe {
        let place: *mut pg_sys::ErrorData = pg_sys::palloc(size_of::<pg_sys::ErrorData>()).cast();
        place.write(error);
        place
    }
}

/// Raises it where no error can be returned; its words are ASCII.
pub fn raise(report: Report) -> ! {
    let code = PgSqlErrorCode::from(report.sqlstate.packed());
    let mut error = ErrorReport::new(code, report.message, "launchpad");
    if let Some(detail) = report.detail {
        error = error.set_detail(detail);
    }
    if let Some(hint) = report.hint {
        error = error.set_hint(hint);
    }
    error.report(PgLogLevel::ERROR);
    unreachable!("an ERROR does not return")
}

/// Reports `text` at a level below ERROR.
pub fn send(level: PgLogLevel, code: PgSqlErrorCode, text: &str, detail: Option<&str>) {
    let encoded = match level {
        PgLogLevel::LOG | PgLogLevel::LOG_SERVER_ONLY => message,
        _ => for_client,
    };
    let text = encoded(text);
    let detail = detail.map(encoded);
    let mut report = pg_sys::ErrorData {
        elevel: level as i32,
        sqlerrcode: code as i32,
        message: text.as_ptr().cast_mut(),
        detail: detail
            .as_ref()
            .map_or(std::ptr::null_mut(), |detail| detail.as_ptr().cast_mut()),
        ..Default::default()
    };
    // SAFETY: copies all of it before it reports; below ERROR it returns.
    unsafe { pg_sys::ThrowErrorData(&mut report) };
}

fn copy(text: &CString) -> *mut std::ffi::c_char {
    // SAFETY: a NUL-terminated string, copied by palloc.
    unsafe { pg_sys::pstrdup(text.as_ptr()) }
}
