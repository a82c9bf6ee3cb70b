//! `launchpad.satellites`: launchpadd's list of satellites and waiting requests, each with what its
//! backend tells of its progress.

use super::table::{MOMENT, Table, millis, number, text};
use crate::error::CallError;
use crate::launch::answer::satellites;
use crate::monitor::progress::Seen;
use crate::monitor::{Stage, shared};
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::pg::server::may_watch;
use crate::types::{Cell, Natural};
use launchpad_protocol::launch::{Line, State, Wait};

/// What each column is made from, in the order of the SQL declaration.
const COLUMNS: [Natural; 17] = [
    Natural::Int64,   // request
    Natural::Int64,   // pid
    Natural::Int64,   // satellite_pid
    Natural::Int64,   // datid
    Natural::Int64,   // usesysid
    Natural::Bool,    // visible
    Natural::Utf8,    // language
    Natural::Utf8,    // pool
    Natural::Utf8,    // state
    MOMENT,           // since
    Natural::Utf8,    // wait_reason
    Natural::Int64,   // rows_in
    Natural::Int64,   // bytes_in
    Natural::Int64,   // rows_out
    Natural::Int64,   // bytes_out
    Natural::Float64, // cpu_ms
    Natural::Int64,   // memory
];

/// The body of the function behind the view. Of calls that the role may not watch, it learns what
/// `pg_stat_activity` tells everybody of a session: that they are there, and whose they are.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let lines = satellites()?;
    let mut table = Table::new(result, &COLUMNS)?;
    for line in lines {
        match line.role.is_none_or(may_watch) {
            true => put(&mut table, &line),
            false => put_hidden(&mut table, &line),
        }
    }
    Ok(())
}

fn put(table: &mut Table<'_>, line: &Line) {
    let seen = line
        .request
        .and_then(|request| shared::slots().look(request));
    let (state, since) = state(line, seen.as_ref());
    let count = |of: fn(&Seen) -> u64| seen.as_ref().and_then(|seen| number(of(seen)));
    table.put([
        line.request.and_then(number),
        line.backend.and_then(number),
        line.satellite.and_then(number),
        line.database.and_then(number),
        line.role.and_then(number),
        Some(Cell::Bool(true)),
        text(line.language.name()),
        line.pool.as_deref().and_then(text),
        text(state),
        Some(Cell::Timestamp(since)),
        line.wait.map(|wait| Cell::Text(wait.name())),
        count(|seen| seen.rows_in),
        count(|seen| seen.bytes_in),
        count(|seen| seen.rows_out),
        count(|seen| seen.bytes_out),
        line.cpu.and_then(millis),
        line.memory.and_then(number),
    ]);
}

fn put_hidden(table: &mut Table<'_>, line: &Line) {
    let shown = [
        line.request.and_then(number),
        line.backend.and_then(number),
        None,
        line.database.and_then(number),
        line.role.and_then(number),
        Some(Cell::Bool(false)),
    ];
    let hidden = std::iter::repeat_n(None, COLUMNS.len() - shown.len());
    table.put(shown.into_iter().chain(hidden));
}

/// launchpadd knows who waits and who has a satellite, the backend what it does with it.
fn state(line: &Line, seen: Option<&Seen>) -> (&'static str, i64) {
    match (line.state, seen) {
        (State::Queued, _) if line.wait == Some(Wait::Satellite) => {
            (Stage::Starting.name(), line.since)
        }
        (State::Running, Some(seen)) if is_serving(seen.stage) => (seen.stage.name(), seen.since),
        _ => (line.state.name(), line.since),
    }
}

/// The backend may not have heard of its satellite yet.
fn is_serving(stage: Stage) -> bool {
    !matches!(stage, Stage::Starting | Stage::Queued)
}
