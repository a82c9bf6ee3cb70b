//! `params.name` in the input query: a typed parameter of its plan.
//!
//! The parser asks [`resolve`] about every column reference, as it asks PL/pgSQL about its
//! variables. What is a column of the query stays one; nothing is ever spliced into the text.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::arguments::RowValue;
use super::guard::{Thrown, throw};
use super::report::raw;
use crate::request::{JsonParam, JsonValue};
use launchpad_fault::{Outcome, Report, SqlState};
use pgrx::pg_sys;
use pgrx::pg_sys::panic::pgrx_extern_c_guard;
use pgrx::prelude::*;
use std::cell::Cell;
use std::ffi::CStr;

/// What the parameters' qualifier is called in the query.
const QUALIFIER: &CStr = c"params";

/// A call's parameters as its input query sees them.
#[derive(Default)]
pub struct Parameters<'a> {
    list: Vec<Parameter<'a>>,
}

struct Parameter<'a> {
    /// UTF-8
    name: &'a str,
    type_oid: pg_sys::Oid,
    typmod: i32,
    value: Value<'a>,
    /// The query refers to it.
    used: Cell<bool>,
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Null,
    /// Of the parameter's type.
    Datum(pg_sys::Datum),
    /// Becomes a text.
    Text(&'a str),
    /// Becomes a jsonb.
    Json(&'a str),
    /// Becomes a numeric.
    Number(&'a str),
}

/// A parameter whose text holds a NUL character, which no value of PostgreSQL's can.
#[derive(Debug)]
pub struct NulInParameter(pub String);

impl<'a> Parameters<'a> {
    /// An object's members, each of the type that its JSON value has by nature.
    pub fn from_json(params: &'a [JsonParam]) -> Self {
        let list = params
            .iter()
            .map(|param| {
                let (type_oid, value) = match &param.value {
                    // Like a bare NULL: of whatever type its surroundings ask for.
                    JsonValue::Null => (pg_sys::UNKNOWNOID, Value::Null),
                    JsonValue::Bool(value) => (pg_sys::BOOLOID, Value::Datum((*value).into())),
                    JsonValue::Integer(value) => (pg_sys::INT8OID, Value::Datum((*value).into())),
                    JsonValue::Float(value) => {
                        (pg_sys::FLOAT8OID, Value::Datum(value.to_bits().into()))
                    }
                    JsonValue::Number(text) => (pg_sys::NUMERICOID, Value::Number(text)),
                    JsonValue::Text(text) => (pg_sys::TEXTOID, Value::Text(text)),
                    JsonValue::Nested(json) => (pg_sys::JSONBOID, Value::Json(json)),
                };
                Parameter {
                    name: &param.name,
                    type_oid,
                    typmod: -1,
                    value,
                    used: Cell::new(false),
                }
            })
            .collect();
        Parameters { list }
    }

    /// A row value's columns, with their types.
    pub fn from_row(row: &'a RowValue) -> Self {
        let list = row
            .columns()
            .iter()
            .enumerate()
            .map(|(index, column)| Parameter {
                name: &column.name,
                type_oid: pg_sys::Oid::from(column.type_oid),
                typmod: column.typmod,
                value: row.datum(index).map_or(Value::Null, Value::Datum),
                used: Cell::new(false),
            })
            .collect();
        Parameters { list }
    }

    /// These and the others.
    pub fn and(mut self, others: Parameters<'a>) -> Self {
        self.list.extend(others.list);
        self
    }

    /// What SPI prepares a query with, so that the parser asks here. The parameters must outlive
    /// the plan.
    pub(super) fn prepare_options(&self, cursor_options: u32) -> pg_sys::SPIPrepareOptions {
        pg_sys::SPIPrepareOptions {
            parserSetup: Some(set_up),
            parserSetupArg: (&raw const *self).cast_mut().cast(),
            parseMode: pg_sys::RawParseMode::RAW_PARSE_DEFAULT,
            cursorOptions: cursor_options.cast_signed(),
        }
    }

    /// The values for a prepared query that refers to some of the parameters, in the current
    /// memory context; null for one that refers to none.
    pub(super) fn values(&self) -> Result<pg_sys::ParamListInfo, NulInParameter> {
        if !self.list.iter().any(|parameter| parameter.used.get()) {
            return Ok(std::ptr::null_mut());
        }
        // SAFETY: allocates a list with room for that many, all of them unset.
        let info = unsafe { pg_sys::makeParamList(self.list.len() as i32) };
        for (index, parameter) in self.list.iter().enumerate() {
            // What is not used stays unset: it need not have a form that PostgreSQL can store.
            if !parameter.used.get() {
                continue;
            }
            let value = parameter.datum()?;
            let filled = pg_sys::ParamExternData {
                value: value.unwrap_or(pg_sys::Datum::from(0)),
                isnull: value.is_none(),
                pflags: pg_sys::PARAM_FLAG_CONST as u16,
                ptype: parameter.type_oid,
            };
            // SAFETY: the index is below the length that the list was made with.
            unsafe { (*info).params.as_mut_ptr().add(index).write(filled) };
        }
        Ok(info)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "names have a few hundred bytes at most"
    )]
    fn find(&self, name: &str) -> Found<'a> {
        if let Some(index) = self.list.iter().position(|found| found.name == name) {
            return Found::One(index);
        }
        let folded = name.to_lowercase();
        let alike = |parameter: &Parameter<'_>| parameter.name.to_lowercase() == folded;
        let mut candidates = (0..self.list.len()).filter(|index| alike(&self.list[*index]));
        match (candidates.next(), candidates.next()) {
            (None, _) => Found::None,
            (Some(index), None) => Found::One(index),
            (Some(first), Some(second)) => {
                Found::Several(self.list[first].name, self.list[second].name)
            }
        }
    }
}

enum Found<'a> {
    None,
    One(usize),
    Several(&'a str, &'a str),
}

impl Parameter<'_> {
    /// Its value as its type stores it; None for NULL.
    fn datum(&self) -> Result<Option<pg_sys::Datum>, NulInParameter> {
        match self.value {
            Value::Null => Ok(None),
            Value::Datum(datum) => Ok(Some(datum)),
            Value::Text(text) if text.contains('\0') => Err(NulInParameter(self.name.into())),
            Value::Text(text) => {
                let bytes = super::encoding::from_utf8(text.as_bytes());
                // SAFETY: copies the bytes into a new text.
                let text = unsafe {
                    pg_sys::cstring_to_text_with_len(bytes.as_ptr().cast(), bytes.len() as i32)
                };
                Ok(Some(pg_sys::Datum::from(text)))
            }
            Value::Json(json) => super::json::jsonb(json)
                .map(Some)
                .ok_or_else(|| NulInParameter(self.name.into())),
            Value::Number(text) => Ok(super::json::numeric(text)),
        }
    }

    /// What the parser puts in the reference's place; `number` counts from 1.
    fn node(&self, number: i32, location: i32) -> *mut pg_sys::Node {
        // SAFETY: a catalog look-up.
        let collation = unsafe { pg_sys::get_typcollation(self.type_oid) };
        if self.type_oid == pg_sys::UNKNOWNOID {
            // A literal without a type, which only a constant may be: a C string, or NULL.
            let (value, null) = match self.value {
                Value::Datum(value) => (value, false),
                _ => (pg_sys::Datum::from(0), true),
            };
            // SAFETY: -2 is the length of C strings, which are passed by reference.
            return unsafe {
                pg_sys::makeConst(self.type_oid, -1, collation, -2, value, null, false).cast()
            };
        }
        self.used.set(true);
        // SAFETY: memory for one Param, of the parser's current context.
        unsafe {
            let node: *mut pg_sys::Param = pg_sys::palloc0(size_of::<pg_sys::Param>()).cast();
            node.write(pg_sys::Param {
                xpr: pg_sys::Expr {
                    type_: pg_sys::NodeTag::T_Param,
                },
                paramkind: pg_sys::ParamKind::PARAM_EXTERN,
                paramid: number,
                paramtype: self.type_oid,
                paramtypmod: self.typmod,
                paramcollid: collation,
                location,
            });
            node.cast()
        }
    }
}

unsafe extern "C-unwind" {
    // Without pgrx's guard, which would undo what it does: it puts a callback on the error stack.
    fn setup_parser_errposition_callback(
        callback: *mut pg_sys::ParseCallbackState,
        state: *mut pg_sys::ParseState,
        location: std::ffi::c_int,
    );
}

#[pg_guard]
unsafe extern "C-unwind" fn set_up(state: *mut pg_sys::ParseState, arg: *mut std::ffi::c_void) {
    // SAFETY: the parser's own state, before it starts.
    unsafe {
        (*state).p_post_columnref_hook = Some(resolve);
        (*state).p_ref_hook_state = arg;
    }
}

/// The parser's question about a column reference; null leaves it as it is.
unsafe extern "C-unwind" fn resolve(
    state: *mut pg_sys::ParseState,
    reference: *mut pg_sys::ColumnRef,
    column: *mut pg_sys::Node,
) -> *mut pg_sys::Node {
    if !column.is_null() {
        // A column that PostgreSQL found by itself hides a parameter.
        return std::ptr::null_mut();
    }
    // SAFETY: the parser's own nodes, as it passed them.
    match unsafe { pgrx_extern_c_guard(|| look_up(state, reference)) } {
        Ok(node) => node,
        Err((problem, callback)) => {
            // SAFETY: this frame owns nothing. The callback lives in the parser's memory; raising
            // resets the stack that it is put on.
            unsafe {
                setup_parser_errposition_callback(callback, state, (*reference).location);
                throw(problem);
            }
            std::ptr::null_mut()
        }
    }
}

/// What stands for the reference: null for nothing of ours, or the error that it is, and memory of the
/// parser's current context for the callback that adds its position.
///
/// # Safety
/// The arguments are the parser's; the hook's state is the Parameters of `prepare_options`.
unsafe fn look_up(
    state: *mut pg_sys::ParseState,
    reference: *mut pg_sys::ColumnRef,
) -> Result<*mut pg_sys::Node, (Thrown, *mut pg_sys::ParseCallbackState)> {
    // SAFETY: the caller's promise.
    let (name, parameters, location) = unsafe {
        let Some(name) = name_of((*reference).fields) else {
            return Ok(std::ptr::null_mut());
        };
        super::server::check_interrupts();
        let parameters: &Parameters<'_> = &*(*state).p_ref_hook_state.cast();
        (name, parameters, (*reference).location)
    };
    let problem = match parameters.find(&name) {
        Found::One(index) => return Ok(parameters.list[index].node(index as i32 + 1, location)),
        // SAFETY: the parser's own state.
        Found::None if unsafe { has_relation(state, location) } => return Ok(std::ptr::null_mut()),
        Found::None => unknown(&name, parameters),
        Found::Several(first, second) => ambiguous(&name, first, second),
    };
    // SAFETY: memory for one; raises where there is none.
    let callback = unsafe { pg_sys::palloc0(size_of::<pg_sys::ParseCallbackState>()) };
    Err((Thrown::New(raw(&problem, None)), callback.cast()))
}

/// The name behind `params.`, UTF-8; None for any other reference.
///
/// # Safety
/// `fields` is the list of a ColumnRef.
unsafe fn name_of(fields: *mut pg_sys::List) -> Option<String> {
    // SAFETY: the caller's promise: a list of String and A_Star nodes.
    unsafe {
        if (*fields).length != 2 {
            return None;
        }
        let text = |index| {
            let node: *mut pg_sys::Node = pg_sys::list_nth(fields, index).cast();
            let node: *mut pg_sys::String = match (*node).type_ {
                pg_sys::NodeTag::T_String => node.cast(),
                _ => return None,
            };
            Some(CStr::from_ptr((*node).sval))
        };
        if text(0)? != QUALIFIER {
            return None;
        }
        Some(super::encoding::text(text(1)?.to_bytes()))
    }
}

/// Whether the query itself has a relation of the parameters' name: what is no column of it is
/// PostgreSQL's to report.
///
/// # Safety
/// `state` is the parser's.
unsafe fn has_relation(state: *mut pg_sys::ParseState, location: i32) -> bool {
    let mut levels_up = 0;
    // SAFETY: the caller's promise; only looks.
    let found = unsafe {
        pg_sys::refnameNamespaceItem(
            state,
            std::ptr::null(),
            QUALIFIER.as_ptr(),
            location,
            &mut levels_up,
        )
    };
    !found.is_null()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a few names, each of a few hundred bytes"
)]
fn unknown(name: &str, parameters: &Parameters<'_>) -> Report {
    /// So many are named.
    const SHOWN: usize = 20;
    let mut names: Vec<&str> = parameters.list.iter().map(|found| found.name).collect();
    if names.len() > SHOWN {
        names.truncate(SHOWN);
        names.push("…");
    }
    Report::new(
        SqlState::UNDEFINED_COLUMN,
        Outcome::Input,
        format!("parameter \"{name}\" does not exist"),
    )
    .set_detail(match names.is_empty() {
        true => "This call has no parameters.".into(),
        false => format!("This call's parameters: {}.", names.join(", ")),
    })
}

fn ambiguous(name: &str, first: &str, second: &str) -> Report {
    Report::new(
        SqlState::AMBIGUOUS_COLUMN,
        Outcome::Input,
        format!("parameter \"{name}\" is ambiguous"),
    )
    .set_detail(format!("It could be \"{first}\" or \"{second}\"."))
    .set_hint("Quote the name with its capitals: params.\"Name\".")
}
