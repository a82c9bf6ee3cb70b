//! What the procedure gives back: its INOUT parameters as one record.

use super::arguments::Arguments;
use super::json::{jsonb, replace_members};
use pgrx::pg_sys;
use std::ffi::CString;

/// The procedure's INOUT arguments after a call.
pub struct Output {
    /// A JSON object of the parameters that the script changed.
    pub changed: Option<String>,
    /// The cursor's name, in the database's encoding.
    pub cursor: Option<CString>,
}

/// The record that a CALL returns; `params` is the position of the argument of that name.
///
/// # Safety
/// `fcinfo` is that of the CALL in progress, of a procedure with two INOUT arguments: a jsonb and a
/// refcursor.
pub unsafe fn record(
    fcinfo: pg_sys::FunctionCallInfo,
    params: usize,
    output: Output,
) -> pg_sys::Datum {
    // SAFETY: the caller's promise.
    let original = unsafe { Arguments::new(fcinfo) }.datum(params);
    let changed = output.changed.as_deref().and_then(jsonb);
    let params = match (original, changed) {
        // SAFETY: both are jsonb.
        (Some(original), Some(changed)) => Some(unsafe { replace_members(original, changed) }),
        (original, _) => original,
    };
    let cursor = output.cursor.as_ref().map(|name| {
        // SAFETY: copies a C string into a text, which a refcursor is.
        pg_sys::Datum::from(unsafe { pg_sys::cstring_to_text(name.as_ptr()) })
    });
    let values = [params, cursor];
    let mut nulls = values.map(|value| value.is_none());
    let mut values = values.map(|value| value.unwrap_or(pg_sys::Datum::from(0)));
    let mut descriptor = std::ptr::null_mut();
    // SAFETY: the caller's promise: the descriptor has two columns of these types.
    unsafe {
        pg_sys::get_call_result_type(fcinfo, std::ptr::null_mut(), &mut descriptor);
        let descriptor = pg_sys::BlessTupleDesc(descriptor);
        let tuple = pg_sys::heap_form_tuple(descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
        pg_sys::HeapTupleHeaderGetDatum((*tuple).t_data)
    }
}
