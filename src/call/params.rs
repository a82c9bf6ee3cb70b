//! A call's parameters: into the script, into the input query, and back.

use super::warnings;
use crate::encode::params::{Stream, from_json, from_row};
use crate::error::CallError;
use crate::pg::arguments::{AnyValue, RowValue};
use crate::pg::parameters::Parameters;
use crate::pg::server::check_interrupts;
use crate::request::{JsonParam, Request, parse_json};
use crate::settings::Numeric;
use launchpad_protocol::launch::Language;

/// The parameters as they came, their names checked.
pub enum Params {
    Json(Vec<JsonParam>),
    Row(RowValue),
}

impl Params {
    pub fn read(value: AnyValue, request: &Request) -> Result<Self, CallError> {
        let params = match value {
            AnyValue::Null => Params::Json(Vec::new()),
            AnyValue::Json(text) => Params::Json(parse_json(&text, check_interrupts)?),
            AnyValue::TooLong(error) => return Err(error.into()),
            AnyValue::Row(row) => Params::Row(row),
            AnyValue::Other(type_name) => return Err(CallError::Params(type_name)),
        };
        request.check_params(params.names())?;
        Ok(params)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (json, row) = match self {
            Params::Json(params) => (params.as_slice(), [].as_slice()),
            Params::Row(row) => ([].as_slice(), row.columns()),
        };
        let json = json.iter().map(|param| param.name.as_str());
        json.chain(row.iter().map(|column| column.name.as_str()))
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
        let (stream, lost) = match self {
            Params::Json(params) => from_json(params, language)?,
            Params::Row(row) => from_row(row, numeric, language)?,
        };
        for (name, lost) in self.names().zip(lost) {
            warnings::of_losses(&format!("parameter \"{name}\""), lost, language);
        }
        Ok(Some(stream))
    }

    /// For the input query.
    pub fn for_query(&self) -> Parameters<'_> {
        match self {
            Params::Json(params) => Parameters::from_json(params),
            Params::Row(row) => Parameters::from_row(row),
        }
    }
}
