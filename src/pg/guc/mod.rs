//! Settings that take more than pgrx's registration: values checked by a function of ours before
//! PostgreSQL takes them, and limits with a ceiling ([`ceiling`], [`stored`]).

pub mod ceiling;
mod refusal;
pub mod stored;

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::pg_sys;
use refusal::Refusal;
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
        match unsafe { text(*new) }.and_then(C::check) {
            Ok(()) => true,
            Err(why) => {
                Refusal::unfit(why).explain();
                false
            }
        }
    };
    // SAFETY: the outermost frame, which owns nothing.
    unsafe { pg_sys::panic::pgrx_extern_c_guard(judge) }
}

/// The value of a text setting, or what is wrong with it. Null, which is none at all, is the empty
/// text.
///
/// # Safety
/// `value` is null or NUL-terminated, and outlives the result.
unsafe fn text<'a>(value: *const c_char) -> Result<&'a str, String> {
    if value.is_null() {
        return Ok("");
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(value) };
    bytes.to_str().map_err(|_| "It is not in UTF-8.".to_owned())
}
