//! `launchpad.pools`: what launchpadd knows of each pool.

use super::table::{MOMENT, Table, millis, number, text};
use crate::error::CallError;
use crate::launch::answer::ask;
use crate::monitor;
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::pg::server::may_watch_all;
use crate::types::{Cell, Natural};
use launchpad_protocol::VERSION;
use launchpad_protocol::launch::{FromBackend, ToBackend};

/// What each column is made from, in the order of the SQL declaration.
const COLUMNS: [Natural; 12] = [
    Natural::Utf8,    // name
    Natural::Int64,   // running
    Natural::Int64,   // queued
    Natural::Int64,   // peak_running
    Natural::Int64,   // peak_queued
    Natural::Int64,   // memory
    Natural::Int64,   // peak_memory
    Natural::Int64,   // processes
    Natural::Float64, // cpu_user_ms
    Natural::Float64, // cpu_system_ms
    Natural::Int64,   // calls
    MOMENT,           // since
];

/// The body of the function behind `launchpad.pools`. What is in use is for those who may read all statistics.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    monitor::check_preloaded()?;
    let mut table = Table::new(result, &COLUMNS)?;
    if !may_watch_all() {
        return Ok(());
    }
    let lines = ask(
        &FromBackend::Pools { version: VERSION },
        |message| match message {
            ToBackend::PoolLine(line) => Some(line),
            _ => None,
        },
    )?;
    for line in lines {
        table.put([
            text(&line.pool.name),
            number(line.running),
            number(line.queued),
            number(line.peak_running),
            number(line.peak_queued),
            line.memory.and_then(number),
            line.peak_memory.and_then(number),
            line.processes.and_then(number),
            millis(line.cpu_user),
            millis(line.cpu_system),
            number(line.calls),
            Some(Cell::Timestamp(line.since)),
        ]);
    }
    Ok(())
}
