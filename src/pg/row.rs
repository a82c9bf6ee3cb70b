//! One row of values, read by column. Columns are counted from 0; a method is only called for a
//! column whose type has that representation, which the type table guarantees.

use super::array::{Elements, LowerBound};
use super::composite::Composite;
use crate::types::kind::Span;
use crate::types::numeric;
use pgrx::pg_sys;
use std::ffi::CStr;
use std::marker::PhantomData;

/// A row that PostgreSQL lent for the length of a call.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    values: *const pg_sys::Datum,
    nulls: *const bool,
    count: usize,
    lent: PhantomData<&'a ()>,
}

impl Row<'_> {
    /// # Safety
    /// Both arrays hold `count` elements that stay valid while the row lives.
    pub unsafe fn new(values: *const pg_sys::Datum, nulls: *const bool, count: usize) -> Self {
        Row {
            values,
            nulls,
            count,
            lent: PhantomData,
        }
    }

    /// A datum for each column; that of a NULL is nothing to look at.
    pub fn values(&self) -> &[pg_sys::Datum] {
        match self.count {
            0 => &[],
            // SAFETY: new's contract.
            count => unsafe { std::slice::from_raw_parts(self.values, count) },
        }
    }

    /// Which columns are NULL.
    pub fn nulls(&self) -> &[bool] {
        match self.count {
            0 => &[],
            // SAFETY: new's contract.
            count => unsafe { std::slice::from_raw_parts(self.nulls, count) },
        }
    }

    pub fn is_null(&self, column: usize) -> bool {
        self.nulls()[column]
    }

    fn datum(&self, column: usize) -> pg_sys::Datum {
        self.values()[column]
    }

    /// The bytes of a text-like or bytea value, detoasted for the length of `read`.
    pub fn varlena<R>(&self, column: usize, read: impl FnOnce(&[u8]) -> R) -> R {
        let original: *mut pg_sys::varlena = self.datum(column).cast_mut_ptr();
        // SAFETY: the column's type is a varlena (see the head of this file); the copy that
        // detoasting may make is freed after its use.
        unsafe {
            if lies_open(original) {
                return read(bytes_of(original));
            }
            let value = pg_sys::pg_detoast_datum_packed(original);
            let result = read(bytes_of(value));
            if value != original {
                pg_sys::pfree(value.cast());
            }
            result
        }
    }

    /// The value as its type's output function writes it, in the database's encoding.
    pub fn output<R>(&self, column: usize, output: &Output, read: impl FnOnce(&[u8]) -> R) -> R {
        // SAFETY: `output` was looked up for this column's type; the string is palloc'd.
        unsafe {
            let text = pg_sys::OutputFunctionCall(output.function, self.datum(column));
            let result = read(CStr::from_ptr(text).to_bytes());
            pg_sys::pfree(text.cast());
            result
        }
    }

    /// An array's elements as a row of their own, as [`Elements::read`] has them; their memory stays in the
    /// current context.
    pub fn array<R>(
        &self,
        column: usize,
        elements: &Elements,
        read: impl FnOnce(Row<'_>, usize, &[i32]) -> R,
    ) -> Result<R, LowerBound> {
        elements.read(self.datum(column), read)
    }

    /// A composite's columns as a row of their own; as [`Row::array`].
    pub fn composite<R>(
        &self,
        column: usize,
        composite: &Composite,
        read: impl FnOnce(Row<'_>) -> R,
    ) -> R {
        composite.read(self.datum(column), read)
    }

    pub fn interval(&self, column: usize) -> Span {
        // SAFETY: the column's type is interval, which is passed by reference and never toasted.
        let interval = unsafe { &*self.datum(column).cast_mut_ptr::<pg_sys::Interval>() };
        Span {
            months: interval.month,
            days: interval.day,
            micros: interval.time,
        }
    }

    /// A numeric as double precision, as PostgreSQL casts it.
    pub fn numeric(&self, column: usize) -> f64 {
        let varlena: *mut pg_sys::varlena = self.datum(column).cast_mut_ptr();
        // SAFETY: the column's type is numeric, a varlena.
        let easy = unsafe {
            match lies_open(varlena) {
                true => numeric::to_double(bytes_of(varlena)),
                false => None,
            }
        };
        if let Some(double) = easy {
            return double;
        }
        // SAFETY: the column's type is numeric.
        let result = unsafe {
            pg_sys::DirectFunctionCall1Coll(
                Some(numeric_float8_no_overflow),
                pg_sys::InvalidOid,
                self.datum(column),
            )
        };
        f64::from_bits(result.value() as u64)
    }
}

/// Whether the value is neither compressed nor stored elsewhere.
///
/// # Safety
/// `value` is a varlena.
pub(super) unsafe fn lies_open(value: *const pg_sys::varlena) -> bool {
    // SAFETY: the caller's promise; only the header is looked at.
    unsafe {
        pgrx::varlena::varatt_is_4b_u(value)
            || (pgrx::varlena::varatt_is_1b(value) && !pgrx::varlena::varatt_is_1b_e(value))
    }
}

/// # Safety
/// `value` is a varlena that [`lies_open`] and stays so for as long as the bytes are used.
pub(super) unsafe fn bytes_of<'a>(value: *const pg_sys::varlena) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe {
        std::slice::from_raw_parts(
            pgrx::varlena::vardata_any(value).cast::<u8>(),
            pgrx::varlena::varsize_any_exhdr(value),
        )
    }
}

unsafe extern "C-unwind" {
    // As PostgreSQL calls it: DirectFunctionCall wants the bare function.
    fn numeric_float8_no_overflow(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum;
}

/// A type's output function, looked up once per query.
pub struct Output {
    function: *mut pg_sys::FmgrInfo,
}

impl Output {
    pub fn of(type_oid: u32) -> Self {
        // SAFETY: catalog look-ups; the FmgrInfo lives in the current context, that of the call.
        unsafe {
            let mut oid = pg_sys::InvalidOid;
            let mut is_varlena = false;
            pg_sys::getTypeOutputInfo(pg_sys::Oid::from(type_oid), &mut oid, &mut is_varlena);
            let function = pg_sys::palloc0(size_of::<pg_sys::FmgrInfo>()).cast();
            pg_sys::fmgr_info(oid, function);
            Output { function }
        }
    }
}
