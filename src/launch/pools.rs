//! Pools: what the database defines, in the numbers that launchpadd goes by.

use super::LaunchError;
use crate::os::machine;
use crate::pg::pool_table::{Definition, Found, find};
use launchpad_protocol::cut;
use launchpad_protocol::pool::{DEFAULT, Pool};
use launchpad_protocol::processors::Processors;
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
            "this host does not have any of them".to_owned(),
        )),
    }
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
