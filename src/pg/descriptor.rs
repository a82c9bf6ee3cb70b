//! A tuple descriptor's columns as plain data.

use pgrx::pg_sys;
use std::ffi::CStr;

/// One column: of an input query, of the declared result, or of a row value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// UTF-8
    pub name: String,
    /// pg_type.oid
    pub type_oid: u32,
    /// -1 for none
    pub typmod: i32,
}

/// The columns of `descriptor`, dropped ones left out.
///
/// # Safety
/// `descriptor` is a live tuple descriptor.
pub unsafe fn columns(descriptor: pg_sys::TupleDesc) -> Vec<Column> {
    // SAFETY: the caller's promise; the names are copied.
    unsafe {
        attributes(descriptor)
            .iter()
            .filter(|attribute| !attribute.attisdropped)
            .map(|attribute| Column {
                name: name_of(&attribute.attname),
                type_oid: attribute.atttypid.to_u32(),
                typmod: attribute.atttypmod,
            })
            .collect()
    }
}

/// The attributes of `descriptor`, dropped ones among them.
///
/// # Safety
/// `descriptor` is a live tuple descriptor, which outlives the slice.
pub unsafe fn attributes<'a>(descriptor: pg_sys::TupleDesc) -> &'a [pg_sys::FormData_pg_attribute] {
    // SAFETY: the caller's promise: natts of them lie behind the header, in PostgreSQL 18 behind as many
    // compact ones.
    unsafe {
        let count = usize::try_from((*descriptor).natts).expect("a number of columns");
        #[cfg(not(feature = "pg18"))]
        let first = (*descriptor).attrs.as_ptr();
        #[cfg(feature = "pg18")]
        let first = (*descriptor).compact_attrs.as_ptr().add(count).cast();
        std::slice::from_raw_parts(first, count)
    }
}

fn name_of(name: &pg_sys::NameData) -> String {
    // SAFETY: NameData is always NUL-terminated.
    let bytes = unsafe { CStr::from_ptr(name.data.as_ptr()) }.to_bytes();
    super::encoding::text(bytes)
}

/// SQL's own spelling of a type, for messages.
pub fn type_name(type_oid: u32, typmod: i32) -> String {
    // SAFETY: a catalog look-up that answers "???" for an unknown oid; the result is palloc'd.
    unsafe {
        let name = pg_sys::format_type_extended(
            pg_sys::Oid::from(type_oid),
            typmod,
            (pg_sys::FORMAT_TYPE_TYPEMOD_GIVEN | pg_sys::FORMAT_TYPE_ALLOW_INVALID) as u16,
        );
        let text = super::encoding::text(CStr::from_ptr(name).to_bytes());
        pg_sys::pfree(name.cast());
        text
    }
}
