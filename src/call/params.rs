//! A call's parameters: into the script, into the input query, and back.

use super::warnings;
use crate::encode::params::{Stream, stream};
use crate::error::CallError;
use crate::pg::arguments::{AnyValue, RowValue};
use crate::pg::parameters::Parameters;
use crate::pg::server::check_interrupts;
use crate::request::{JsonParam, Request, RequestError, parse_json};
use crate::types::Numeric;
use launchpad_protocol::launch::Language;
use std::collections::HashSet;

/// The parameters as they came, their names checked.
pub struct Params {
    json: Vec<JsonParam>,
    /// The columns of `params` where that is a row value, or else of `typed_params`.
    row: Option<RowValue>,
}

impl Params {
    /// `value`: JSON or a row value; `typed`: a row value beside JSON.
    pub fn read(value: AnyValue, typed: AnyValue, request: &Request) -> Result<Self, CallError> {
        let mut params = Params {
            json: Vec::new(),
            row: None,
        };
        match value {
            AnyValue::Null => {}
            AnyValue::Json(text) => params.json = parse_json(&text, check_interrupts)?,
            AnyValue::TooLong(error) => return Err(error.into()),
            AnyValue::Row(row) => params.row = Some(row),
            AnyValue::Other(type_name) => return Err(RequestError::NotParams(type_name).into()),
        }
        match typed {
            AnyValue::Null => {}
            AnyValue::Row(row) => {
                if let Some(name) = params.in_json(&row) {
                    return Err(RequestError::InBoth(name.to_owned()).into());
                }
                params.row = Some(row);
            }
            AnyValue::Json(_) | AnyValue::TooLong(_) => {
                return Err(RequestError::NotARow("text or JSON".into()).into());
            }
            AnyValue::Other(type_name) => return Err(RequestError::NotARow(type_name).into()),
        }
        request.check_params(params.names())?;
        Ok(params)
    }

    /// The first of the row's names that the JSON has too.
    fn in_json<'a>(&self, row: &'a RowValue) -> Option<&'a str> {
        let json: HashSet<&str> = self.json.iter().map(|param| param.name.as_str()).collect();
        let mut names = row.columns().iter().map(|column| column.name.as_str());
        names.find(|name| json.contains(name))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        let row = self.row.as_ref().map_or(&[][..], RowValue::columns);
        let row = row.iter().map(|column| column.name.as_str());
        self.to_read_back().chain(row)
    }

    /// The names whose values come back after a procedure's run: those of its JSON. A row value's
    /// types cannot come back in JSON; they only go in.
    pub fn to_read_back(&self) -> impl Iterator<Item = &str> {
        self.json.iter().map(|param| param.name.as_str())
    }

    /// For the script: an Arrow stream of one row, numeric by the setting; None when there are none.
    pub fn stream(
        &self,
        numeric: Numeric,
        language: Language,
    ) -> Result<Option<Stream>, CallError> {
        if self.names().next().is_none() {
            return Ok(None);
        }
        let (stream, lost) = stream(&self.json, self.row.as_ref(), numeric, language)?;
        for (name, lost) in self.names().zip(lost) {
            warnings::of_losses(&format!("parameter \"{name}\""), lost, language);
        }
        Ok(Some(stream))
    }

    /// For the input query.
    pub fn for_query(&self) -> Parameters<'_> {
        let row = self.row.as_ref().map(Parameters::from_row);
        Parameters::from_json(&self.json).and(row.unwrap_or_default())
    }
}
