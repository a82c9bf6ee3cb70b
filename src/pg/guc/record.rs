//! PostgreSQL's own records of settings.

use pgrx::pg_sys;
use std::ffi::CStr;

/// PostgreSQL's record of a setting, which lives as long as the process; null if there is none.
#[cfg(feature = "pg15")]
pub fn find(name: &CStr) -> *mut pg_sys::config_generic {
    // SAFETY: an array of so many records, each with a name.
    unsafe {
        let count = pg_sys::GetNumConfigOptions();
        let records =
            std::slice::from_raw_parts(pg_sys::get_guc_variables(), count.unsigned_abs() as usize);
        let named =
            |record: &&*mut pg_sys::config_generic| CStr::from_ptr((***record).name) == name;
        records.iter().find(named).copied()
    }
    .unwrap_or(std::ptr::null_mut())
}

#[cfg(not(feature = "pg15"))]
pub fn find(name: &CStr) -> *mut pg_sys::config_generic {
    // SAFETY: a NUL-terminated name; null is returned where there is no such setting.
    unsafe { pg_sys::find_option(name.as_ptr(), false, true, pg_sys::LOG as i32) }
}

/// A switch as a user may write it.
pub fn switch(text: &CStr) -> Option<bool> {
    let mut value = false;
    // SAFETY: a NUL-terminated text and a local variable.
    unsafe { pg_sys::parse_bool(text.as_ptr(), &mut value) }.then_some(value)
}

/// A number or an enum's value as a user may write it, with its unit; None where the setting does not
/// take it.
pub fn number(name: &CStr, text: &CStr) -> Option<i32> {
    use pg_sys::config_type::{PGC_ENUM, PGC_INT};
    let record = find(name);
    let mut value = 0;
    // SAFETY: null, or the record of a setting, which is of the kind that its type says.
    unsafe {
        match record.as_ref()?.vartype {
            PGC_INT => {
                let flags = (*record).flags;
                let known =
                    pg_sys::parse_int(text.as_ptr(), &mut value, flags, std::ptr::null_mut());
                let bounds: *mut pg_sys::config_int = record.cast();
                (known && ((*bounds).min..=(*bounds).max).contains(&value)).then_some(value)
            }
            PGC_ENUM => {
                pg_sys::config_enum_lookup_by_name(record.cast(), text.as_ptr(), &mut value)
                    .then_some(value)
            }
            _ => None,
        }
    }
}
