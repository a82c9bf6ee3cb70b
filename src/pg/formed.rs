//! Tuples that we have formed, held against what PostgreSQL makes of the same values. Debug builds do
//! this for every row of a result, and tests read the bytes.

use super::tuple::Tuples;
use pgrx::pg_sys;
use pgrx::pg_sys::Datum;

/// Where a tuple's bytes begin to mean the same in a heap tuple and in a minimal one.
const COMMON: usize = std::mem::offset_of!(pg_sys::HeapTupleHeaderData, t_infomask2);
const COMMON_IN_MINIMAL: usize = std::mem::offset_of!(pg_sys::MinimalTupleData, t_infomask2);

/// Panics at the first of the tuples that is not what `heap_form_minimal_tuple` makes of its values.
///
/// # Safety
/// `descriptor` describes the tuples' columns.
pub(super) unsafe fn compare(tuples: &mut Tuples, descriptor: pg_sys::TupleDesc) {
    // SAFETY: the caller's promise.
    let columns = unsafe { (*descriptor).natts } as usize;
    let mut values = vec![Datum::from(0); columns];
    let mut nulls = vec![true; columns];
    for mut handle in tuples.handles() {
        // SAFETY: tuples of the descriptor's columns; both vectors have an element per column.
        let same = unsafe {
            let ours = std::slice::from_raw_parts(
                handle.t_data.cast::<u8>().cast_const(),
                handle.t_len as usize,
            );
            let (values, nulls) = (values.as_mut_ptr(), nulls.as_mut_ptr());
            pg_sys::heap_deform_tuple(&mut handle, descriptor, values, nulls);
            #[cfg(not(feature = "pg18"))]
            let minimal = pg_sys::heap_form_minimal_tuple(descriptor, values, nulls);
            #[cfg(feature = "pg18")] // with no room in front of it
            let minimal = pg_sys::heap_form_minimal_tuple(descriptor, values, nulls, 0);
            let theirs =
                std::slice::from_raw_parts(minimal.cast::<u8>(), (*minimal).t_len as usize);
            let same = ours[COMMON..] == theirs[COMMON_IN_MINIMAL..];
            pg_sys::heap_free_minimal_tuple(minimal);
            same
        };
        assert!(same, "a tuple differs from heap_form_minimal_tuple's");
    }
}

/// The tuples' bytes, as many as PostgreSQL is told that they have.
#[cfg(test)]
pub fn bytes(tuples: &mut Tuples) -> Vec<&[u8]> {
    let handles = tuples.handles();
    handles
        // SAFETY: each handle is of a tuple of that length, in the memory borrowed for the result.
        .map(|handle| unsafe {
            std::slice::from_raw_parts(handle.t_data.cast(), handle.t_len as usize)
        })
        .collect()
}
