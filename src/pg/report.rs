//! A message as PostgreSQL takes it: in the database's encoding, of bounded length.
//!
//! pgrx would send its strings' bytes as they are, which is wrong in a database that is not UTF-8,
//! and with each the name of a source file.

use super::encoding::{for_client, message};
use launchpad_protocol::middle_cut;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CString;

/// Bytes of an error's parts at most, as UTF-8; an error stays below 8 KiB in all.
mod limit {
    pub const PRIMARY: usize = 1024;
    pub const DETAIL: usize = 6 * 1024;
    pub const HINT: usize = 512;
    pub const CONTEXT: usize = 256;
}

/// An error's texts, in UTF-8.
#[derive(Debug)]
pub struct ErrorReport {
    code: PgSqlErrorCode,
    primary: String,
    detail: Option<String>,
    hint: Option<String>,
    context: Option<String>,
}

impl ErrorReport {
    pub fn new(code: PgSqlErrorCode, primary: impl Into<String>) -> Self {
        ErrorReport {
            code,
            primary: primary.into(),
            detail: None,
            hint: None,
            context: None,
        }
    }

    pub fn set_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn set_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn set_context(mut self, context: Option<String>) -> Self {
        self.context = context;
        self
    }

    /// The SQLSTATE, as PostgreSQL packs it.
    pub fn code(&self) -> i32 {
        self.code as i32
    }

    /// As PostgreSQL's own structure, in the current memory context, for
    /// [`super::guard::Thrown::New`].
    pub fn into_raw(self) -> *mut pg_sys::ErrorData {
        let text = |text: &str, limit: usize| copy(&for_client(&middle_cut(text, limit)));
        let optional = |part: Option<String>, limit| {
            part.map_or(std::ptr::null_mut(), |part| text(&part, limit))
        };
        let error = pg_sys::ErrorData {
            elevel: PgLogLevel::ERROR as i32,
            sqlerrcode: self.code as i32,
            message: text(&self.primary, limit::PRIMARY),
            detail: optional(self.detail, limit::DETAIL),
            hint: optional(self.hint, limit::HINT),
            context: optional(self.context, limit::CONTEXT),
            ..Default::default()
        };
        // SAFETY: room for one, written at once.
        unsafe {
            let place: *mut pg_sys::ErrorData =
                pg_sys::palloc(size_of::<pg_sys::ErrorData>()).cast();
            place.write(error);
            place
        }
    }
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
