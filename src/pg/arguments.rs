//! The arguments of a SQL function as plain values.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::descriptor::{Column, attributes, columns};
use super::messages::catch_error;
use super::report::raise;
use super::row::Row;
use super::shortage;
use crate::memory;
use crate::request::RequestError;
use crate::request::params::check_length;
use launchpad_fault::{Outcome, Report};
use pgrx::pg_sys;
use std::ffi::CStr;

/// Arguments in the order of the SQL declaration, counted from 0.
#[derive(Clone, Copy)]
pub struct Arguments {
    fcinfo: pg_sys::FunctionCallInfo,
}

/// An argument of the pseudo-type "any".
pub enum AnyValue {
    Null,
    /// jsonb, json, text or a bare literal: JSON text.
    Json(String),
    /// Such a text, too long to be looked at.
    TooLong(RequestError),
    /// A row value of any type.
    Row(RowValue),
    /// Anything else; its type's name.
    Other(String),
}

/// A row value taken apart.
pub struct RowValue {
    columns: Vec<Column>,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
}

impl RowValue {
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// One column's value; None for NULL. It lives as long as the call.
    pub(super) fn datum(&self, column: usize) -> Option<pg_sys::Datum> {
        (!self.nulls[column]).then_some(self.values[column])
    }

    pub fn row(&self) -> Row<'_> {
        // SAFETY: both vectors have one element per column and live as long as the row.
        unsafe {
            Row::new(
                self.values.as_ptr(),
                self.nulls.as_ptr(),
                self.columns.len(),
            )
        }
    }
}

impl Arguments {
    /// # Safety
    /// `fcinfo` is that of the function call in progress.
    pub unsafe fn new(fcinfo: pg_sys::FunctionCallInfo) -> Self {
        Arguments { fcinfo }
    }

    /// Whether an argument is NULL by its value: not left out, nor written as NULL.
    pub fn became_null(&self, index: usize) -> bool {
        // SAFETY: fcinfo is live, and with it the expression of the call, if it has one.
        unsafe {
            let call: *mut pg_sys::FuncExpr = (*(*self.fcinfo).flinfo).fn_expr.cast();
            if call.is_null() || (*call).xpr.type_ != pg_sys::NodeTag::T_FuncExpr {
                return false;
            }
            let Ok(at) = i32::try_from(index) else {
                return false;
            };
            if (*call).args.is_null() || at >= (*(*call).args).length {
                return false;
            }
            let argument: *mut pg_sys::Node = pg_sys::list_nth((*call).args, at).cast();
            self.datum(index).is_none() && (*argument).type_ != pg_sys::NodeTag::T_Const
        }
    }

    /// Whether the call is a transaction: the CALL that a client sent, outside of a block.
    pub fn is_transaction(&self) -> bool {
        // SAFETY: fcinfo is live; the active portal's statements are, as long as it runs.
        unsafe {
            let portal = pg_sys::ActivePortal;
            if pg_sys::IsTransactionBlock() || portal.is_null() || (*portal).stmts.is_null() {
                return false;
            }
            let statement: *mut pg_sys::PlannedStmt = pg_sys::list_nth((*portal).stmts, 0).cast();
            let call: *mut pg_sys::CallStmt = (*statement).utilityStmt.cast();
            !call.is_null()
                && (*call).type_ == pg_sys::NodeTag::T_CallStmt
                && (*(*call).funcexpr).funcid == (*(*self.fcinfo).flinfo).fn_oid
        }
    }

    pub fn count(&self) -> usize {
        // SAFETY: fcinfo is live.
        usize::try_from(unsafe { (*self.fcinfo).nargs }).unwrap_or(0)
    }

    pub(super) fn datum(&self, index: usize) -> Option<pg_sys::Datum> {
        // SAFETY: fcinfo is live; nargs elements follow it.
        unsafe {
            let arguments = (*self.fcinfo).args.as_slice(self.count());
            let argument = arguments.get(index)?;
            (!argument.isnull).then_some(argument.value)
        }
    }

    /// A text argument as UTF-8.
    pub fn text(&self, index: usize) -> Option<String> {
        let datum = self.datum(index)?;
        let nulls = [false];
        let values = [datum];
        // SAFETY: one element each; the argument is declared text.
        let row = unsafe { Row::new(values.as_ptr(), nulls.as_ptr(), 1) };
        Some(row.varlena(0, |bytes| text(index, bytes)))
    }

    pub fn integer(&self, index: usize) -> Option<i32> {
        self.datum(index).map(|datum| datum.value() as i32)
    }

    pub fn bigint(&self, index: usize) -> Option<i64> {
        self.datum(index).map(|datum| datum.value() as i64)
    }

    pub fn boolean(&self, index: usize) -> Option<bool> {
        self.datum(index).map(|datum| datum.value() as u8 != 0)
    }

    /// An argument declared "any".
    pub fn any(&self, index: usize) -> AnyValue {
        let Some(datum) = self.datum(index) else {
            return AnyValue::Null;
        };
        // SAFETY: the type is the one the parser resolved for this argument; each branch reads the
        // datum as that type is stored.
        unsafe {
            let type_oid = pg_sys::get_fn_expr_argtype((*self.fcinfo).flinfo, index as i32);
            match type_oid {
                // A bare literal stays a C string.
                pg_sys::UNKNOWNOID => json(index, CStr::from_ptr(datum.cast_mut_ptr()).to_bytes()),
                pg_sys::JSONBOID | pg_sys::JSONOID | pg_sys::TEXTOID | pg_sys::VARCHAROID => {
                    let output = super::row::Output::of(type_oid.to_u32());
                    let row = Row::new(&datum, &false, 1);
                    row.output(0, &output, |bytes| json(index, bytes))
                }
                _ if pg_sys::type_is_rowtype(type_oid) => AnyValue::Row(take_apart(datum)),
                _ => AnyValue::Other(super::descriptor::type_name(type_oid.to_u32(), -1)),
            }
        }
    }
}

fn json(index: usize, bytes: &[u8]) -> AnyValue {
    match check_length(bytes.len()) {
        Ok(()) => AnyValue::Json(text(index, bytes)),
        Err(error) => AnyValue::TooLong(error),
    }
}

/// The text of the argument at `index`. What is no text in UTF-8 is PostgreSQL's own error.
fn text(index: usize, bytes: &[u8]) -> String {
    match catch_error(|| super::encoding::text(bytes)) {
        Ok(text) => text,
        Err(error) => {
            let place = format!("It is in argument {} of the call.", index + 1);
            // ASCII: the bytes are named by their numbers.
            raise(Report::new(error.code, Outcome::Input, error.message).set_detail(place))
        }
    }
}

/// # Safety
/// `datum` is a non-null value of a row type.
unsafe fn take_apart(datum: pg_sys::Datum) -> RowValue {
    // SAFETY: the caller's promise; the tuple header below only points at the detoasted value,
    // which lives in the current context until the call ends.
    unsafe {
        let header: pg_sys::HeapTupleHeader = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
        let fields = (*header).t_choice.t_datum;
        let descriptor =
            pg_sys::lookup_rowtype_tupdesc_copy(fields.datum_typeid, fields.datum_typmod);
        let count = (*descriptor).natts as usize;
        let mut tuple = pg_sys::HeapTupleData {
            t_len: pgrx::varlena::varsize_any(header.cast()) as u32,
            t_data: header,
            ..Default::default()
        };
        let mut values = memory::filled(pg_sys::Datum::from(0), count)
            .unwrap_or_else(|why| shortage::refused(why));
        let mut nulls = memory::filled(true, count).unwrap_or_else(|why| shortage::refused(why));
        pg_sys::heap_deform_tuple(
            &mut tuple,
            descriptor,
            values.as_mut_ptr(),
            nulls.as_mut_ptr(),
        );
        let dropped: Vec<bool> = attributes(descriptor)
            .iter()
            .map(|attribute| attribute.attisdropped)
            .collect();
        let mut kept = dropped.iter().map(|dropped| !dropped);
        values.retain(|_| kept.next().unwrap_or(false));
        let mut kept = dropped.iter().map(|dropped| !dropped);
        nulls.retain(|_| kept.next().unwrap_or(false));
        RowValue {
            columns: columns(descriptor),
            values,
            nulls,
        }
    }
}
