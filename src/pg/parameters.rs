//! A call's parameters as typed parameters of its input query's plan.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::arguments::RowValue;
use crate::request::{JsonParam, JsonValue};
use pgrx::pg_sys;
use std::cell::Cell;

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

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a name is one of theirs, or of several that differ by case.
    pub(super) fn has(&self, name: &str) -> bool {
        !matches!(self.find(name), Found::None)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|parameter| parameter.name)
    }

    /// What the parser puts in the place of the reference at `location`.
    pub(super) fn node(&self, index: usize, location: i32) -> *mut pg_sys::Node {
        let number = i32::try_from(index + 1).expect("a call has few parameters");
        self.list[index].node(number, location)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "names have a few hundred bytes at most"
    )]
    pub(super) fn find(&self, name: &str) -> Found<'a> {
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

pub(super) enum Found<'a> {
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
