//! What a result can be that does not fit the columns declared for it.

use crate::pg::casts::OutOfRange;
use crate::pg::messages::CaughtError;
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_protocol::cut;

#[derive(Debug)]
pub enum ResultError {
    /// Other than the satellite says.
    RowCount { claimed: u64, came: u64 },
    ColumnCount {
        came: Vec<String>,
        declared: Vec<String>,
    },
    ColumnType {
        column: String,
        came: String,
        declared: String,
    },
    /// A value that does not fit its column.
    Cell {
        column: String,
        /// Counted from 1 over the whole result.
        row: u64,
        /// At most 100 characters of it.
        value: Option<String>,
        why: Misfit,
    },
}

#[derive(Debug)]
pub enum Misfit {
    /// PostgreSQL's cast, input function or length rule refused it.
    Refused(CaughtError),
    /// Outside what the type can hold at all.
    Range(OutOfRange),
}

impl Fault for ResultError {
    fn report(&self) -> Report {
        let mismatch = |message| Report::new(SqlState::DATATYPE_MISMATCH, Outcome::Result, message);
        match self {
            ResultError::RowCount { claimed, came } => {
                Report::broken_protocol(format_args!("{came} rows came, {claimed} were announced"))
            }
            ResultError::ColumnCount { came, declared } => mismatch(format!(
                "the script returned {}, the call declares {}",
                columns(came.len()),
                columns(declared.len())
            ))
            .set_detail(format!(
                "Returned: {}. Declared: {}.",
                list(came),
                list(declared)
            )),
            ResultError::ColumnType {
                column,
                came,
                declared,
            } => mismatch(format!(
                "column \"{column}\" is declared {declared}, but the script returned {came}, which cannot be cast to it"
            )),
            ResultError::Cell {
                column,
                row,
                value,
                why,
            } => {
                let place = format!("Column \"{column}\", row {row}");
                why.report(match value {
                    Some(value) => format!("{place}: {value}"),
                    None => format!("{place}."),
                })
            }
        }
    }
}

impl Misfit {
    fn report(&self, place: String) -> Report {
        let new = |code, message: &str| Report::new(code, Outcome::Result, message);
        match self {
            Misfit::Refused(caught) => {
                let more = caught.detail.as_ref().map(|detail| format!("\n{detail}"));
                Report {
                    detail: Some(place + &more.unwrap_or_default()),
                    hint: caught.hint.clone(),
                    ..new(caught.code, &caught.message)
                }
            }
            Misfit::Range(range) => {
                let (code, message) = words(*range);
                new(code, message).set_detail(place)
            }
        }
    }
}

fn words(range: OutOfRange) -> (SqlState, &'static str) {
    match range {
        OutOfRange::Date => (SqlState::DATETIME_FIELD_OVERFLOW, "date out of range"),
        OutOfRange::Timestamp => (SqlState::DATETIME_FIELD_OVERFLOW, "timestamp out of range"),
        OutOfRange::Time => (SqlState::DATETIME_FIELD_OVERFLOW, "time out of range"),
        OutOfRange::Truth => (
            SqlState::INVALID_TEXT_REPRESENTATION,
            "only the numbers 0 and 1 are booleans",
        ),
        OutOfRange::NulInText => (
            SqlState::CHARACTER_NOT_IN_REPERTOIRE,
            "text must not contain a NUL character",
        ),
        OutOfRange::TooLong => (SqlState::PROGRAM_LIMIT_EXCEEDED, "value of 1 GB or more"),
        OutOfRange::ArrayTooLong => (
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "array of more elements than PostgreSQL's arrays can have",
        ),
        OutOfRange::Ragged => (
            SqlState::ARRAY_SUBSCRIPT_ERROR,
            "an array's lists must be of the same length in each dimension",
        ),
        OutOfRange::TooManyDimensions => (
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "array of more than 6 dimensions",
        ),
        OutOfRange::RowTooLong => (
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            "composite value of 1 GB or more",
        ),
        // The first is reported for the whole result.
        OutOfRange::BeyondBudget | OutOfRange::NoMemory => {
            (SqlState::OUT_OF_MEMORY, "no memory for the value")
        }
    }
}

fn columns(count: usize) -> String {
    match count {
        1 => "1 column".into(),
        count => format!("{count} columns"),
    }
}

/// At most twenty names.
#[expect(clippy::disallowed_methods, reason = "at most twenty short names")]
fn list(names: &[String]) -> String {
    let mut text: Vec<&str> = names.iter().take(20).map(|name| cut(name, 200)).collect();
    if names.len() > 20 {
        text.push("…");
    }
    if text.is_empty() {
        "none".into()
    } else {
        text.join(", ")
    }
}
