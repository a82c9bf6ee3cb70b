//! The live view: launchpadd's list of satellites and waiting requests.

use super::answer::ask;
use crate::error::{CallError, Raise};
use crate::pg::arguments::Arguments;
use crate::pg::casts::{Converter, NoCast};
use crate::pg::result_set::ResultSet;
use crate::pg::server::may_watch;
use crate::types::{Cell, Natural};
use arrow_schema::TimeUnit;
use launchpad_protocol::VERSION;
use launchpad_protocol::launch::{FromBackend, Line, ToBackend};

/// The body of the function behind `launchpad.satellites`. A role sees warm satellites, its own
/// calls, and others' if it may read all statistics.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), Raise> {
    super::next_request().ok_or(CallError::NotPreloaded)?;
    let lines = ask(&FromBackend::List { version: VERSION }, line)?;
    let mut columns = converters(result)?;
    for line in lines {
        if line.role.is_none_or(may_watch) {
            put(&line, &mut columns, result);
        }
    }
    Ok(())
}

fn line(message: ToBackend) -> Option<Line> {
    match message {
        ToBackend::Line(line) => Some(line),
        _ => None,
    }
}

const SINCE: Natural = Natural::Timestamp {
    unit: TimeUnit::Microsecond,
    zoned: true,
};

/// What each column of the view is made from, in its order.
const COLUMNS: [Natural; 8] = [
    Natural::Int64,
    Natural::Int64,
    Natural::Int64,
    Natural::Int64,
    Natural::Int64,
    Natural::Utf8,
    Natural::Utf8,
    SINCE,
];

fn converters(result: &ResultSet) -> Result<Vec<Converter>, CallError> {
    let declared = result.columns();
    COLUMNS
        .iter()
        .zip(declared)
        .map(|(natural, column)| {
            Converter::choose(*natural, column).map_err(|NoCast| CallError::ColumnType {
                column: column.name.clone(),
                came: "the view's".into(),
                declared: column.name.clone(),
            })
        })
        .collect()
}

fn put(line: &Line, columns: &mut [Converter], result: &mut ResultSet) {
    let number = |value: Option<u32>| value.map(|value| Cell::Int8(value.into()));
    let cells = [
        line.request
            .map(|request| Cell::Int8(request.cast_signed())),
        number(line.backend),
        number(line.satellite),
        number(line.database),
        number(line.role),
        Some(Cell::Text(line.language.name())),
        Some(Cell::Text(line.state.name())),
        Some(Cell::Timestamp(line.since)),
    ];
    let values = cells.into_iter().zip(columns);
    result.put(values.map(|(cell, converter)| converter.convert(cell?).ok()));
}
