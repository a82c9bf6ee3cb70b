//! Settings whose values are checked by a function of ours, before PostgreSQL takes them.

use super::encoding::message;
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::pg_sys;
use std::ffi::{CStr, CString, c_char, c_void};

/// Says whether a value is fit for its setting; what is wrong with it becomes the error's DETAIL.
/// A type for each check, because PostgreSQL calls a function and passes nothing else along.
pub trait Checked {
    fn check(value: &str) -> Result<(), String>;
}

/// As [`GucRegistry::define_string_guc`], with a check at SET, at ALTER … SET and at a reload.
pub fn define_checked_string<C: Checked>(
    name: &'static CStr,
    short_description: &'static CStr,
    long_description: &'static CStr,
    setting: &'static GucSetting<Option<CString>>,
    context: GucContext,
) {
    // SAFETY: the hook is guarded: a panic in it arrives in PostgreSQL as an error.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            name,
            short_description,
            long_description,
            setting,
            context,
            GucFlags::empty(),
            Some(check::<C>),
            None,
            None,
        );
    }
}

/// # Safety
/// As PostgreSQL calls check hooks: `new` points to a string, or to null.
unsafe extern "C-unwind" fn check<C: Checked>(
    new: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    let judge = || {
        // SAFETY: the caller's promise.
        let value = unsafe { *new };
        if value.is_null() {
            return true;
        }
        // SAFETY: likewise; it outlives this call.
        let verdict = match unsafe { CStr::from_ptr(value) }.to_str() {
            Ok(value) => C::check(value),
            Err(_) => Err("It is not in UTF-8.".to_owned()),
        };
        match verdict {
            Ok(()) => true,
            Err(why) => {
                explain(&why);
                false
            }
        }
    };
    // SAFETY: the outermost frame, which owns nothing.
    unsafe { pg_sys::panic::pgrx_extern_c_guard(judge) }
}

/// What C code does by GUC_check_errdetail.
fn explain(why: &str) {
    let why = message(why);
    // SAFETY: copied to where PostgreSQL's own macro puts it, which lives until the report is made.
    unsafe {
        let copy = pg_sys::MemoryContextStrdup(pg_sys::ErrorContext, why.as_ptr());
        pg_sys::GUC_check_errdetail_string = copy;
    }
}
