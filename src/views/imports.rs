//! `launchpad.imports`: what scripts import, and what is preloaded.

use super::table::{Table, millis, number, text};
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
const COLUMNS: [Natural; 7] = [
    Natural::Utf8,    // language
    Natural::Utf8,    // module
    Natural::Int64,   // calls
    Natural::Float64, // import_ms
    Natural::Bool,    // preloaded
    Natural::Int64,   // memory
    Natural::Utf8,    // note
];

/// The body of the function behind the view. What is preloaded is for everybody to see, what others import is not.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    monitor::check_preloaded()?;
    let lines = ask(
        &FromBackend::Imports { version: VERSION },
        |message| match message {
            ToBackend::Import(line) => Some(line),
            _ => None,
        },
    )?;
    let all = may_watch_all();
    let mut table = Table::new(result, &COLUMNS)?;
    for line in lines.into_iter().filter(|line| all || line.is_preloaded) {
        let is_known = all && line.microseconds > 0;
        table.put([
            text(line.language.name()),
            text(&line.module),
            all.then_some(line.calls).and_then(number),
            is_known.then_some(line.microseconds).and_then(millis),
            Some(Cell::Bool(line.is_preloaded)),
            line.memory.and_then(number),
            (!line.note.is_empty()).then_some(Cell::Text(&line.note)),
        ]);
    }
    Ok(())
}
