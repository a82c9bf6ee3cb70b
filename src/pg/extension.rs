//! What the database's catalog has of the extension itself.

use super::encoding::heard;
use pgrx::pg_sys;
use std::ffi::CStr;
use std::ptr;

/// pg_extension's columns that matter here, by their place in every supported version.
const NAME: usize = 1;
const VERSION: usize = 5;
/// pg_extension's oid, and at most so many columns.
const PG_EXTENSION: pg_sys::Oid = pg_sys::Oid::from_u32(3079);
const MOST_COLUMNS: usize = 16;

/// The version of the extension's SQL in this database; None: it is not created here.
pub fn sql_version() -> Option<String> {
    // SAFETY: a scan of a catalog that is opened and closed here; an error on the way unwinds, and PostgreSQL closes
    // both.
    unsafe {
        let relation = pg_sys::table_open(PG_EXTENSION, pg_sys::AccessShareLock as i32);
        let none = ptr::null_mut();
        let scan = pg_sys::systable_beginscan(
            relation,
            pg_sys::InvalidOid,
            false,
            none,
            0,
            ptr::null_mut(),
        );
        let mut found = None;
        while found.is_none() {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            found = of_tuple(tuple, (*relation).rd_att);
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        found
    }
}

/// # Safety
/// A tuple of pg_extension, with its descriptor.
unsafe fn of_tuple(tuple: pg_sys::HeapTuple, descriptor: pg_sys::TupleDesc) -> Option<String> {
    let mut values = [pg_sys::Datum::from(0); MOST_COLUMNS];
    let mut nulls = [true; MOST_COLUMNS];
    // SAFETY: there is room for all columns; a name and a text, neither of which is ever null.
    unsafe {
        let count = usize::try_from((*descriptor).natts).ok()?;
        if !(VERSION + 1..=MOST_COLUMNS).contains(&count) {
            return None;
        }
        pg_sys::heap_deform_tuple(tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
        if nulls[NAME] || nulls[VERSION] {
            return None;
        }
        let name = CStr::from_ptr(values[NAME].cast_mut_ptr());
        if name != c"pg_launchpad" {
            return None;
        }
        let version: *mut pg_sys::varlena =
            pg_sys::pg_detoast_datum_packed(values[VERSION].cast_mut_ptr());
        Some(heard(pgrx::varlena::varlena_to_byte_slice(version)))
    }
}
