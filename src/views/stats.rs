//! `launchpad.stats` and `launchpad.script_stats`: the counters, as rows.

use super::table::{MOMENT, Table, millis, number, text};
use crate::error::CallError;
use crate::memory;
use crate::monitor::counters::Counters;
use crate::monitor::dropped::{self, Whose};
use crate::monitor::line::hexadecimal;
use crate::monitor::rows::{Key, Rows};
use crate::monitor::{self, shared, statistics};
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::pg::server::may_watch;
use crate::settings;
use crate::types::{Cell, Natural};

/// What the columns that say whose the counters are are made from, in the order of the SQL declarations;
/// `visible` is the last.
const OF_ROLE: [Natural; 4] = [
    Natural::Utf8, // language
    Natural::Int64,
    Natural::Int64,
    Natural::Bool,
];
const OF_SCRIPT: [Natural; 7] = [
    Natural::Utf8, // environment
    Natural::Utf8, // language
    Natural::Int64,
    Natural::Int64,
    Natural::Int64,
    Natural::Utf8, // script
    Natural::Bool,
];

/// How many columns the counters have, `since` included.
const COUNTERS: usize = 23;

/// `first` and what the columns of the counters are made from.
const fn with_counters<const FIRST: usize, const ALL: usize>(
    first: [Natural; FIRST],
) -> [Natural; ALL] {
    let mut columns = [Natural::Int64; ALL];
    let mut at = 0;
    while at < ALL {
        columns[at] = match at.checked_sub(FIRST) {
            None => first[at],
            // queue_ms, max_queue_ms, total_ms, max_ms, cpu_user_ms, cpu_system_ms
            Some(12..16 | 20 | 21) => Natural::Float64,
            Some(22) => MOMENT, // since
            Some(_) => Natural::Int64,
        };
        at += 1;
    }
    columns
}

const COLUMNS: [Natural; OF_ROLE.len() + COUNTERS] = with_counters(OF_ROLE);
const SCRIPT_COLUMNS: [Natural; OF_SCRIPT.len() + COUNTERS] = with_counters(OF_SCRIPT);

/// The body of the function behind the view. Of other roles it learns only that they called.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let (since, rows) = read(|table| &table.by_role)?;
    let environments: Vec<_> = settings::environments().collect();
    let mut table = Table::new(result, &COLUMNS)?;
    for (key, counters) in rows {
        let visible = may_watch(key.role);
        let environment = environments.iter().find(|of| of.id == key.environment());
        let whose = [
            environment
                .filter(|_| visible)
                .and_then(|of| text(of.language.name())),
            number(key.role),
            number(key.database),
            Some(Cell::Bool(visible)),
        ];
        let counters = visible.then_some(&counters);
        table.put(whose.into_iter().chain(cells(counters, since)));
    }
    Ok(())
}

/// Likewise, by script.
pub fn list_scripts(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let (since, rows) = read(|table| &table.by_script)?;
    let environments: Vec<_> = settings::environments().collect();
    let mut table = Table::new(result, &SCRIPT_COLUMNS)?;
    for (key, counters) in rows {
        let visible = may_watch(key.of.role);
        let environment = environments.iter().find(|of| of.id == key.of.environment());
        let environment = environment.filter(|_| visible);
        let script = (visible && key.script != 0).then(|| hexadecimal(key.script));
        let whose = [
            environment.and_then(|of| text(&of.name)),
            environment.and_then(|of| text(of.language.name())),
            visible.then(|| number(key.session_role)).flatten(),
            number(key.of.role),
            number(key.of.database),
            script.as_deref().and_then(text),
            Some(Cell::Bool(visible)),
        ];
        let counters = visible.then_some(&counters);
        table.put(whose.into_iter().chain(cells(counters, since)));
    }
    Ok(())
}

/// Since when, and a copy, since rows are formed by code that may raise.
fn read<K: Key + Whose, const MOST: usize>(
    of: impl FnOnce(&statistics::Table) -> &Rows<K, MOST>,
) -> Result<(i64, Vec<(K, Counters)>), CallError> {
    monitor::check_preloaded()?;
    let copy = |table: &mut statistics::Table| {
        let since = table.since();
        memory::collect(of(table).iter()).map(|rows| (since, rows))
    };
    let (since, mut rows) = shared::with_statistics(copy)?;
    dropped::fold(&mut rows);
    Ok((since, rows))
}

fn cells(counters: Option<&Counters>, since: i64) -> [Option<Cell<'static>>; COUNTERS] {
    let count = |of: fn(&Counters) -> u64| number(of(counters?));
    let time = |of: fn(&Counters) -> u64| millis(of(counters?));
    [
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
    ]
}
