//! JSON text as PostgreSQL's jsonb and numeric.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::encoding::c_string;
use pgrx::pg_sys;

unsafe extern "C-unwind" {
    // As PostgreSQL calls them: DirectFunctionCall wants the bare functions.
    fn jsonb_in(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum;
    fn numeric_in(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum;
    fn jsonb_concat(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum;
}

/// `json` (UTF-8) as a jsonb in the current memory context; None if it holds a NUL byte. Raises
/// PostgreSQL's own error where jsonb has no place for it.
pub fn jsonb(json: &str) -> Option<pg_sys::Datum> {
    let text = c_string(json)?;
    // SAFETY: jsonb's input function takes one C string, which it does not keep.
    Some(unsafe {
        pg_sys::DirectFunctionCall1Coll(
            Some(jsonb_in),
            pg_sys::InvalidOid,
            pg_sys::Datum::from(text.as_ptr()),
        )
    })
}

/// A JSON number as a numeric in the current memory context. Raises PostgreSQL's own error where it
/// is too large for one.
pub fn numeric(number: &str) -> Option<pg_sys::Datum> {
    let text = c_string(number)?;
    // SAFETY: numeric's input function takes a C string, which it does not keep, a type that it
    // ignores, and -1 for no precision.
    Some(unsafe {
        pg_sys::DirectFunctionCall3Coll(
            Some(numeric_in),
            pg_sys::InvalidOid,
            pg_sys::Datum::from(text.as_ptr()),
            pg_sys::Datum::from(0),
            pg_sys::Datum::from(-1),
        )
    })
}

/// `original` with the members of `changes` in place of its own; both are jsonb objects.
///
/// # Safety
/// Both are jsonb values.
pub unsafe fn replace_members(original: pg_sys::Datum, changes: pg_sys::Datum) -> pg_sys::Datum {
    // SAFETY: the caller's promise.
    unsafe {
        pg_sys::DirectFunctionCall2Coll(Some(jsonb_concat), pg_sys::InvalidOid, original, changes)
    }
}
