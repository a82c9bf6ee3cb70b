//! The SQL function's arguments, by position, and its parameters as a stream for the script.

use crate::encode::params::{from_json, from_row};
use crate::error::CallError;
use crate::pg::arguments::{AnyValue, Arguments};
use crate::request::{Raw, Request, parse_json};
use crate::settings::Numeric;

/// Positions as sql/pg_launchpad--*.sql declares them.
mod position {
    pub const LANGUAGE: usize = 0;
    pub const SCRIPT: usize = 1;
    pub const INPUT_DATA_1: usize = 2;
    pub const PARAMS: usize = 3;
    pub const INPUT_DATA_1_NAME: usize = 4;
    pub const OUTPUT_DATA_1_NAME: usize = 5;
    pub const PARTITION_BY_COLUMNS: usize = 6;
    pub const ORDER_BY_COLUMNS: usize = 7;
    pub const ROWS_PER_READ: usize = 8;
    pub const PARALLEL: usize = 9;
}

pub fn read(arguments: &Arguments) -> Raw {
    Raw {
        language: arguments.text(position::LANGUAGE),
        script: arguments.text(position::SCRIPT),
        input_query: arguments.text(position::INPUT_DATA_1),
        input_name: arguments.text(position::INPUT_DATA_1_NAME),
        output_name: arguments.text(position::OUTPUT_DATA_1_NAME),
        partition_by: arguments.text(position::PARTITION_BY_COLUMNS),
        order_by: arguments.text(position::ORDER_BY_COLUMNS),
        rows_per_read: arguments.integer(position::ROWS_PER_READ),
        parallel: arguments.boolean(position::PARALLEL).unwrap_or(false),
    }
}

/// The parameters as an Arrow stream of one row; None when there are none.
pub fn params(
    arguments: &Arguments,
    request: &Request,
    numeric: Numeric,
) -> Result<Option<Vec<u8>>, CallError> {
    match arguments.any(position::PARAMS) {
        AnyValue::Null => Ok(None),
        AnyValue::Json(text) => {
            let params = parse_json(&text)?;
            request.check_params(params.iter().map(|param| param.name.as_str()))?;
            Ok((!params.is_empty()).then(|| from_json(&params)))
        }
        AnyValue::Row(row) => {
            request.check_params(row.columns().iter().map(|column| column.name.as_str()))?;
            if row.columns().is_empty() {
                return Ok(None);
            }
            from_row(&row, numeric)
                .map(Some)
                .map_err(|unsent| CallError::Unsent {
                    place: format!("parameter \"{}\"", row.columns()[unsent.column].name),
                    why: unsent.why,
                })
        }
        AnyValue::Other(type_name) => Err(CallError::Params(type_name)),
    }
}
