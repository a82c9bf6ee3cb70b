//! Pools: what the database defines, in the numbers that launchpadd goes by, and what launchpadd
//! knows of each.

use super::LaunchError;
use super::answer::ask;
use super::table::{MOMENT, Table, millis, number, text};
use crate::error::CallError;
use crate::os::machine;
use crate::pg::arguments::Arguments;
use crate::pg::pool_table::{Definition, Found, find};
use crate::pg::result_set::ResultSet;
use crate::types::{Cell, Natural};
use launchpad_protocol::launch::{FromBackend, ToBackend};
use launchpad_protocol::pool::{DEFAULT, Pool};
use launchpad_protocol::processors::Processors;
use launchpad_protocol::{VERSION, cut};
use std::sync::OnceLock;

/// Bytes of memory and processors; 0 where the kernel does not tell. As they were when the session
/// first asked.
static MACHINE: OnceLock<(u64, u32)> = OnceLock::new();

/// What the pool "default" is until it is altered; the SQL of `launchpad.alter_pool` and
/// `launchpad.pools` says the same.
const BUILT_IN: Definition = Definition {
    max_cpu_percent: 100,
    max_memory_percent: 50,
    max_processes: 0,
    cpu_affinity: String::new(),
    max_satellites: 0,
};

/// The pool of that name as the database defines it now.
pub fn defined(name: &str) -> Result<Pool, LaunchError> {
    let (memory, processors) = *MACHINE.get_or_init(|| {
        (
            machine::memory().unwrap_or(0),
            machine::processors().map_or(0, |all| all.len() as u32),
        )
    });
    match find(name) {
        Found::Pool(definition) => Ok(in_numbers(name, &definition, memory, processors)),
        Found::Nothing | Found::NoTable if name == DEFAULT => {
            Ok(in_numbers(name, &BUILT_IN, memory, processors))
        }
        Found::Nothing | Found::NoTable => Err(LaunchError::NoPool(name.to_owned())),
    }
}

/// All of something is no limit.
fn in_numbers(name: &str, definition: &Definition, memory: u64, processors: u32) -> Pool {
    let part = |percent: u32| (1..100).contains(&percent).then_some(percent);
    Pool {
        name: name.to_owned(),
        max_satellites: definition.max_satellites,
        memory: part(definition.max_memory_percent)
            .map_or(0, |percent| memory / 100 * u64::from(percent)),
        cpu: part(definition.max_cpu_percent).map_or(0, |percent| percent * processors.max(1)),
        processes: definition.max_processes,
        // The table takes only what can be read.
        processors: Processors::parse(&definition.cpu_affinity).unwrap_or_default(),
    }
}

/// On which processors a call may run: those that it may have, as far as the pool has them.
pub fn processors(own: Processors, pool: &Pool) -> Result<Processors, LaunchError> {
    if own.is_empty() || pool.processors.is_empty() {
        // Empty is all.
        return Ok(if own.is_empty() { pool.processors } else { own });
    }
    let common = own.and(&pool.processors);
    match common.is_empty() {
        true => Err(LaunchError::NoProcessor {
            pool: pool.name.clone(),
        }),
        false => Ok(common),
    }
}

/// The body of `launchpad.check_processors(text)`: an error if it is no set of processors.
pub fn check_processors(written: &str) -> Result<(), LaunchError> {
    let shown = || cut(written, 200).to_owned();
    let set = Processors::parse(written)
        .map_err(|error| LaunchError::Processors(shown(), error.to_string()))?;
    let there = machine::processors().is_none_or(|all| !set.and(&all).is_empty());
    match set.is_empty() || there {
        true => Ok(()),
        false => Err(LaunchError::Processors(
            shown(),
            "this machine has none of them".to_owned(),
        )),
    }
}

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

/// The body of the function behind `launchpad.pools`.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    super::next_request()?;
    let lines = ask(
        &FromBackend::Pools { version: VERSION },
        |message| match message {
            ToBackend::PoolLine(line) => Some(line),
            _ => None,
        },
    )?;
    let mut table = Table::new(result, &COLUMNS)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_of_the_whole_machine() {
        let definition = Definition {
            max_cpu_percent: 50,
            max_memory_percent: 25,
            max_processes: 9,
            cpu_affinity: "0-1".to_owned(),
            max_satellites: 3,
        };
        let pool = in_numbers("batch", &definition, 8 << 30, 4);
        assert_eq!((pool.cpu, pool.memory / (1 << 20)), (200, 2047));
        assert_eq!((pool.processes, pool.max_satellites), (9, 3));
        assert_eq!(pool.processors.to_string(), "0-1");
        let whole = Definition {
            max_cpu_percent: 100,
            max_memory_percent: 100,
            ..Definition::default()
        };
        let pool = in_numbers("batch", &whole, 8 << 30, 4);
        assert_eq!((pool.cpu, pool.memory), (0, 0));
    }

    #[test]
    fn a_call_has_what_both_allow() {
        let set = |text| Processors::parse(text).unwrap();
        let pool = |text| Pool {
            processors: set(text),
            ..Pool::default()
        };
        let both = |own, of| processors(set(own), &pool(of)).map(|set| set.to_string());
        for (own, of, expected) in [
            ("", "", ""),
            ("1", "", "1"),
            ("", "2", "2"),
            ("0-2", "2-3", "2"),
        ] {
            assert_eq!(both(own, of).unwrap(), expected);
        }
        assert!(matches!(
            both("0", "1"),
            Err(LaunchError::NoProcessor { .. })
        ));
    }
}
