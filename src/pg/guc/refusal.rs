//! What a check hook says when it refuses a value.

use crate::pg::encoding::message;
use pgrx::pg_sys;
use pgrx::prelude::PgSqlErrorCode;
use std::ffi::c_char;

/// PostgreSQL's own words stand where there is None.
#[derive(Debug, Default)]
pub struct Refusal {
    pub code: Option<PgSqlErrorCode>,
    pub message: Option<String>,
    pub detail: Option<String>,
    pub hint: Option<&'static str>,
}

impl Refusal {
    /// The value is none that the setting can have.
    pub fn unfit(why: String) -> Self {
        Refusal {
            detail: Some(why),
            ..Refusal::default()
        }
    }

    /// The role may not set it.
    pub fn denied(message: String, hint: &'static str) -> Self {
        Refusal {
            code: Some(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE),
            message: Some(message),
            detail: None,
            hint: Some(hint),
        }
    }

    /// What C code does by GUC_check_errcode, GUC_check_errmsg and so on. The hook returns false
    /// afterwards.
    pub fn explain(self) {
        // SAFETY: the variables that PostgreSQL's own macros set, and that it has cleared before it
        // called the hook.
        unsafe {
            if let Some(code) = self.code {
                pg_sys::GUC_check_errcode(code as i32);
            }
            if let Some(text) = self.message {
                pg_sys::GUC_check_errmsg_string = kept(&text);
            }
            if let Some(text) = self.detail {
                pg_sys::GUC_check_errdetail_string = kept(&text);
            }
            if let Some(text) = self.hint {
                pg_sys::GUC_check_errhint_string = kept(text);
            }
        }
    }
}

/// A copy that lives until the report is made.
fn kept(text: &str) -> *mut c_char {
    let text = message(text);
    // SAFETY: copies a NUL-terminated string to where PostgreSQL's own macros put it.
    unsafe { pg_sys::MemoryContextStrdup(pg_sys::ErrorContext, text.as_ptr()) }
}
