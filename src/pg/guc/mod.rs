//! Settings that take more than pgrx's registration: values checked by a function of ours before
//! PostgreSQL takes them, and limits with a ceiling ([`ceiling`], [`stored`]).

pub mod binding;
pub mod ceiling;
mod clause;
mod record;
mod refusal;
pub mod stored;

use crate::pg::encoding::{heard, takes_utf8};
use crate::rules::Checked;
use clause::Clause;
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::pg_sys;
use refusal::Refusal;
use std::ffi::{CStr, CString, c_char, c_void};

/// As [`GucRegistry::define_string_guc`], with a check at SET, at ALTER … SET and at a reload.
pub fn define_checked_string<C: Checked>(
    short_description: &'static CStr,
    long_description: &'static CStr,
    setting: &'static GucSetting<Option<CString>>,
    context: GucContext,
) {
    // SAFETY: the hook is guarded: a panic in it arrives in PostgreSQL as an error.
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            C::NAME,
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

/// Whether the SET clause of the SECURITY DEFINER function that runs now has set such a setting.
fn is_clauses(name: &CStr) -> bool {
    // SAFETY: null or guc.c's record; its extra data is null or what `check` has left.
    let clause = unsafe {
        let extra = record::find(name).as_ref().map(|record| record.extra);
        extra.and_then(|extra| extra.cast::<Clause>().as_ref())
    };
    clause.is_some_and(|clause| clause.holds(name))
}

/// Hands `extra` to guc.c, which frees it; false: there is no memory for it.
///
/// # Safety
/// `place` is what a check hook was given.
unsafe fn keep<T: Copy>(extra: T, place: *mut *mut c_void) -> bool {
    // SAFETY: fresh memory of that size, aligned for anything, from where guc.c frees it to.
    unsafe {
        let memory = allocate(size_of::<T>());
        if memory.is_null() {
            return false;
        }
        memory.cast::<T>().write(extra);
        *place = memory;
    }
    true
}

/// Before PostgreSQL 16 guc.c frees by free().
#[cfg(feature = "pg15")]
unsafe fn allocate(size: usize) -> *mut c_void {
    // SAFETY: any size will do.
    unsafe { libc::malloc(size) }
}

#[cfg(not(feature = "pg15"))]
unsafe fn allocate(size: usize) -> *mut c_void {
    // SAFETY: any size will do; below ERROR it returns null.
    unsafe { pg_sys::guc_malloc(pg_sys::LOG as i32, size) }
}

/// # Safety
/// As PostgreSQL calls check hooks: `new` points to a string, or to null.
unsafe extern "C-unwind" fn check<C: Checked>(
    new: *mut *mut c_char,
    extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    let judge = || {
        // SAFETY: the caller's promise.
        match unsafe { fit::<C>(*new) } {
            Ok(()) if source == pg_sys::GucSource::PGC_S_SESSION => {
                // SAFETY: the caller's promise.
                Clause::noted(C::NAME).is_none_or(|clause| unsafe { keep(clause, extra) })
            }
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

/// Whether it fits, or what is wrong with it.
///
/// # Safety
/// `value` is null or NUL-terminated.
unsafe fn fit<C: Checked>(value: *const c_char) -> Result<(), String> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(value) };
    match C::IN_DATABASE && !takes_utf8() {
        true => C::check(&heard(bytes), bytes.len()),
        false => C::check(utf8(bytes)?, bytes.len()),
    }
}

/// The value of a text setting, or what is wrong with it.
///
/// # Safety
/// `value` is null or NUL-terminated, and outlives the result.
unsafe fn text<'a>(value: *const c_char) -> Result<&'a str, String> {
    // SAFETY: the caller's promise.
    utf8(unsafe { bytes(value) })
}

/// Null, which is none at all, is the empty text.
///
/// # Safety
/// `value` is null or NUL-terminated, and outlives the result.
unsafe fn bytes<'a>(value: *const c_char) -> &'a [u8] {
    match value.is_null() {
        true => &[],
        // SAFETY: the caller's promise.
        false => unsafe { CStr::from_ptr(value) }.to_bytes(),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|_| "It is not in UTF-8.".to_owned())
}
