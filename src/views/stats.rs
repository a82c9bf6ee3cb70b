//! `launchpad.stats`: the counters, as rows.

use super::table::{MOMENT, Table, millis, number, text};
use crate::error::CallError;
use crate::memory;
use crate::monitor::statistics::{Counters, Key};
use crate::monitor::{self, dropped, shared};
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::pg::server::may_watch;
use crate::types::{Cell, Natural};

/// What each column is made from, in the order of the SQL declaration.
const COLUMNS: [Natural; 27] = {
    let mut columns = [Natural::Int64; 27];
    columns[0] = Natural::Utf8; // language
    columns[3] = Natural::Bool; // visible
    let mut time = 16; // queue_ms, max_queue_ms, total_ms, max_ms
    while time < 20 {
        columns[time] = Natural::Float64;
        time += 1;
    }
    columns[24] = Natural::Float64; // cpu_user_ms
    columns[25] = Natural::Float64; // cpu_system_ms
    columns[26] = MOMENT; // since
    columns
};

/// The body of the function behind the view. Of other roles it learns only that they called.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    monitor::is_preloaded()?;
    dropped::forget()?;
    // Copied, since rows are formed by code that may raise.
    let (since, entries) =
        shared::with_statistics(|table| (table.since(), memory::copy(table.entries())));
    let mut table = Table::new(result, &COLUMNS)?;
    for (key, counters) in entries? {
        put(
            &mut table,
            key,
            may_watch(key.role).then_some(&counters),
            since,
        );
    }
    Ok(())
}

fn put(table: &mut Table<'_>, key: Key, counters: Option<&Counters>, since: i64) {
    let count = |of: fn(&Counters) -> u64| number(of(counters?));
    let time = |of: fn(&Counters) -> u64| millis(of(counters?));
    table.put([
        counters.and_then(|_| text(key.language().name())),
        number(key.role),
        number(key.database),
        Some(Cell::Bool(counters.is_some())),
        count(|of| of.calls),
        count(|of| of.script_errors),
        count(|of| of.input_errors),
        count(|of| of.result_errors),
        count(|of| of.refusals),
        count(|of| of.limits),
        count(|of| of.timeouts),
        count(|of| of.cancels),
        count(|of| of.deaths),
        count(|of| of.other_errors),
        count(|of| of.warm_starts),
        count(|of| of.cold_starts),
        time(|of| of.queue_time),
        time(|of| of.max_queue_time),
        time(|of| of.total_time),
        time(|of| of.max_time),
        count(|of| of.rows_in),
        count(|of| of.bytes_in),
        count(|of| of.rows_out),
        count(|of| of.bytes_out),
        time(|of| of.cpu_user),
        time(|of| of.cpu_system),
        Some(Cell::Timestamp(since)),
    ]);
}
