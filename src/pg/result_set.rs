//! The rows that the function returns: a tuplestore with the declared columns.

use super::descriptor::{Column, columns};
use pgrx::pg_sys;

/// The result of a set-returning function in materialize mode.
pub struct ResultSet {
    store: *mut pg_sys::Tuplestorestate,
    descriptor: pg_sys::TupleDesc,
    columns: Vec<Column>,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
}

impl ResultSet {
    /// Raises PostgreSQL's own error where the call has no column definition list or stands where
    /// no set may be returned.
    ///
    /// # Safety
    /// `fcinfo` is that of the function call in progress.
    pub unsafe fn new(fcinfo: pg_sys::FunctionCallInfo) -> Self {
        // SAFETY: the caller's promise; afterwards resultinfo is a ReturnSetInfo with a store and a
        // descriptor that live as long as the query.
        unsafe {
            pg_sys::InitMaterializedSRF(fcinfo, pg_sys::MAT_SRF_USE_EXPECTED_DESC);
            let info: *mut pg_sys::ReturnSetInfo = (*fcinfo).resultinfo.cast();
            let descriptor = (*info).setDesc;
            let columns = columns(descriptor);
            let count = columns.len();
            ResultSet {
                store: (*info).setResult,
                descriptor,
                columns,
                values: vec![pg_sys::Datum::from(0); count],
                nulls: vec![true; count],
            }
        }
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Sets one cell of the row under construction; None is NULL.
    pub fn set(&mut self, column: usize, value: Option<pg_sys::Datum>) {
        self.nulls[column] = value.is_none();
        self.values[column] = value.unwrap_or(pg_sys::Datum::from(0));
    }

    /// Copies the row under construction into the store.
    pub fn put(&mut self) {
        // SAFETY: store and descriptor live as long as the query; one element per column; each
        // datum was made for its column's type.
        unsafe {
            pg_sys::tuplestore_putvalues(
                self.store,
                self.descriptor,
                self.values.as_mut_ptr(),
                self.nulls.as_mut_ptr(),
            );
        }
    }
}
