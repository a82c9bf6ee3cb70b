//! The rows of a call: a tuplestore with the declared columns, or with the script's own.

use super::cursor::Cursor;
use super::descriptor::{Column, columns};
use pgrx::pg_sys;
use std::ffi::CString;

/// Where a result goes: out of a set-returning function in materialize mode, or into a cursor.
pub struct ResultSet {
    /// Both null while the columns of a cursor are not known.
    store: *mut pg_sys::Tuplestorestate,
    descriptor: pg_sys::TupleDesc,
    columns: Vec<Column>,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
    cursor: Option<Cursor>,
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
            let mut result = ResultSet::empty(None);
            result.take(((*info).setResult, descriptor), columns(descriptor));
            result
        }
    }

    /// A cursor named `name`, or as PostgreSQL likes, whose columns [`ResultSet::adopt`] brings.
    pub fn undeclared(name: Option<&str>) -> Self {
        ResultSet::empty(Some(Cursor::create(name)))
    }

    fn empty(cursor: Option<Cursor>) -> Self {
        ResultSet {
            store: std::ptr::null_mut(),
            descriptor: std::ptr::null_mut(),
            columns: Vec::new(),
            values: Vec::new(),
            nulls: Vec::new(),
            cursor,
        }
    }

    fn take(
        &mut self,
        (store, descriptor): (*mut pg_sys::Tuplestorestate, pg_sys::TupleDesc),
        columns: Vec<Column>,
    ) {
        self.store = store;
        self.descriptor = descriptor;
        self.values = vec![pg_sys::Datum::from(0); columns.len()];
        self.nulls = vec![true; columns.len()];
        self.columns = columns;
    }

    /// Takes the columns that came where none are declared.
    pub fn adopt<E>(&mut self, came: impl FnOnce() -> Result<Vec<Column>, E>) -> Result<(), E> {
        if let (Some(cursor), true) = (&mut self.cursor, self.store.is_null()) {
            let columns = came()?;
            let opened = cursor.open(&columns);
            self.take(opened, columns);
        }
        Ok(())
    }

    /// The cursor's name, in the database's encoding; None if no columns came.
    pub fn into_cursor(self) -> Option<CString> {
        self.cursor.and_then(Cursor::finish)
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
        assert!(!self.store.is_null(), "a row without columns");
        // SAFETY: store and descriptor live as long as the query or the pinned cursor; one element
        // per column; each datum was made for its column's type.
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
