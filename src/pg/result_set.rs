//! The rows of a call: a tuplestore with the declared columns, or with the script's own.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::cursor::Cursor;
use super::descriptor::{Column, attributes, columns};
use super::named::NamedRelations;
use super::stored::{Open, Stored};
use super::tuple::Tuples;
use launchpad_fault::{Outcome, Report, SqlState};
use pgrx::pg_sys;
use std::ffi::CString;

/// Where a result goes: out of a set-returning function in materialize mode, or into a cursor.
pub struct ResultSet {
    /// Null while the columns of a cursor are not known.
    store: *mut pg_sys::Tuplestorestate,
    columns: Vec<Column>,
    stored: Vec<Stored>,
    cursor: Option<Cursor>,
    relations: NamedRelations,
    #[cfg(debug_assertions)]
    descriptor: pg_sys::TupleDesc,
}

impl ResultSet {
    /// Raises PostgreSQL's own error where the call has no column definition list or stands where
    /// no set may be returned.
    ///
    /// # Safety
    /// `fcinfo` is that of the function call in progress.
    pub unsafe fn new(fcinfo: pg_sys::FunctionCallInfo) -> Result<Self, Report> {
        // SAFETY: the caller's promise; afterwards resultinfo is a ReturnSetInfo with a store and a
        // descriptor that live as long as the query.
        unsafe {
            let info: *mut pg_sys::ReturnSetInfo = (*fcinfo).resultinfo.cast();
            if !info.is_null() && (*info).expectedDesc.is_null() {
                return Err(not_in_from());
            }
            pg_sys::InitMaterializedSRF(fcinfo, pg_sys::MAT_SRF_USE_EXPECTED_DESC);
            let info: *mut pg_sys::ReturnSetInfo = (*fcinfo).resultinfo.cast();
            let descriptor = (*info).setDesc;
            let mut result = ResultSet::empty(None);
            result.take(((*info).setResult, descriptor), columns(descriptor));
            result.relations = NamedRelations::around(info);
            Ok(result)
        }
    }

    /// A cursor named `name`, or as PostgreSQL likes, whose columns [`ResultSet::adopt`] brings.
    pub fn undeclared(name: Option<&str>) -> Self {
        ResultSet::empty(Some(Cursor::create(name)))
    }

    fn empty(cursor: Option<Cursor>) -> Self {
        ResultSet {
            store: std::ptr::null_mut(),
            columns: Vec::new(),
            stored: Vec::new(),
            cursor,
            relations: NamedRelations::NONE,
            #[cfg(debug_assertions)]
            descriptor: std::ptr::null_mut(),
        }
    }

    /// What the query knows by name of which the call is a part.
    pub fn relations(&self) -> NamedRelations {
        self.relations
    }

    fn take(
        &mut self,
        (store, descriptor): (*mut pg_sys::Tuplestorestate, pg_sys::TupleDesc),
        columns: Vec<Column>,
    ) {
        self.store = store;
        // SAFETY: the result's descriptor lives; none of its columns is dropped.
        self.stored = unsafe { attributes(descriptor) }
            .iter()
            .map(Stored::of)
            .collect();
        assert_eq!(self.stored.len(), columns.len());
        self.columns = columns;
        #[cfg(debug_assertions)]
        {
            self.descriptor = descriptor;
        }
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

    /// How each column's values are stored.
    pub fn stored(&self) -> &[Stored] {
        &self.stored
    }

    /// Adds one row of these values, None for NULL.
    pub fn put(&mut self, values: impl Iterator<Item = Option<pg_sys::Datum>>) {
        let mut tuples = Tuples::new(self.columns.len(), u64::MAX);
        let stored = self.stored.iter();
        let values: Vec<_> = stored
            .zip(values)
            .map(|(stored, value)| Some(stored.open(value?)))
            .collect();
        let content = values.iter().flatten().map(Open::length).sum();
        tuples
            .begin(values.iter().any(Option::is_none), content)
            .expect("a row of what the server knows is small");
        for value in &values {
            match value {
                Some(open) => tuples.datum(open),
                None => tuples.null(),
            }
        }
        tuples.finish();
        self.put_all(&mut tuples);
    }

    /// Copies the rows that were formed into the store; they are gone then.
    pub fn put_all(&mut self, tuples: &mut Tuples) {
        assert!(!self.store.is_null(), "a row without columns");
        #[cfg(debug_assertions)]
        // SAFETY: the tuples are of the descriptor's columns, and it lives as long as the store.
        unsafe {
            super::formed::compare(tuples, self.descriptor);
        }
        let store = self.store;
        let mut handles = tuples.handles();
        // SAFETY: store and tuples live as long as the call; the closure owns nothing and calls
        // nothing else. The tuples are of the descriptor's columns.
        unsafe {
            pg_sys::ffi::pg_guard_ffi_boundary(|| {
                for mut handle in &mut handles {
                    tuplestore_puttuple(store, &mut handle);
                }
            });
        }
        drop(handles);
        tuples.clear();
    }
}

/// In a target list nobody can declare columns.
fn not_in_from() -> Report {
    Report::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        Outcome::Other,
        "a function that returns records must be called in FROM",
    )
    .set_hint("Declare its columns there: SELECT * FROM execute_external_script(...) AS t(a integer, b text).")
}

unsafe extern "C-unwind" {
    // Without pgrx's guard, which is made once for many rows.
    fn tuplestore_puttuple(state: *mut pg_sys::Tuplestorestate, tuple: pg_sys::HeapTuple);
}
