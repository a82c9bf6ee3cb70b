//! Pools: limits that several satellites have together.
//!
//! A pool is one for the whole cluster, known by its name. Its definition lies in tables that
//! launchpadd cannot read, so every request brings it along. Of one database the latest definition holds, of
//! several whose calls are there at once the stricter in each limit.

use crate::processors::Processors;
use serde::{Deserialize, Serialize};

/// The pool of calls that name no other. Satellites that wait ahead of need are its.
pub const DEFAULT: &str = "default";

/// Bytes of a pool's name at most, in its database's encoding, as of any name in PostgreSQL.
pub const MAX_NAME: usize = 63;

/// And in UTF-8, as it travels: three for a character that has one there.
pub const MAX_NAME_IN_UTF8: usize = 3 * MAX_NAME;

/// A pool and its limits, in absolute numbers; 0: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    pub name: String,
    /// Calls that may run at once.
    pub max_satellites: u32,
    /// Bytes.
    pub memory: u64,
    /// Percent of one processor: 250 is two and a half.
    pub cpu: u32,
    /// Processes and threads.
    pub processes: u32,
    /// Empty: all.
    pub processors: Processors,
}

impl Pool {
    /// What both allow. Processors that have none in common are this one's.
    pub fn and(&self, other: &Self) -> Self {
        fn least<N: Copy + Default + Ord>(one: N, other: N) -> N {
            match one == N::default() || other == N::default() {
                true => one.max(other),
                false => one.min(other),
            }
        }
        let common = self.processors.and(&other.processors);
        Pool {
            name: self.name.clone(),
            max_satellites: least(self.max_satellites, other.max_satellites),
            memory: least(self.memory, other.memory),
            cpu: least(self.cpu, other.cpu),
            processes: least(self.processes, other.processes),
            processors: match (self.processors.is_empty(), other.processors.is_empty()) {
                (true, _) => other.processors,
                (false, true) => self.processors,
                (false, false) if common.is_empty() => self.processors,
                (false, false) => common,
            },
        }
    }
}

/// One line of the view `launchpad.pools`: what a pool that has been used since launchpadd's start
/// has now, and had at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolLine {
    /// Its limits as they hold.
    pub pool: Pool,
    pub running: u32,
    pub queued: u32,
    pub peak_running: u32,
    pub peak_queued: u32,
    /// Bytes, of all satellites that serve the pool's calls; None where they cannot be seen.
    pub memory: Option<u64>,
    /// The most that was seen.
    pub peak_memory: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u32>,
    /// Processor time of all that it has run, microseconds.
    pub cpu_user: u64,
    pub cpu_system: u64,
    /// Calls that a satellite was given to.
    pub calls: u64,
    /// When the counting began, microseconds since 1970-01-01 UTC.
    pub since: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_of_two() {
        let one = Pool {
            name: "p".into(),
            max_satellites: 2,
            memory: 0,
            cpu: 50,
            processors: Processors::parse("0-3").unwrap(),
            ..Pool::default()
        };
        let other = Pool {
            max_satellites: 0,
            memory: 7,
            cpu: 40,
            processes: 9,
            processors: Processors::parse("2-5").unwrap(),
            ..Pool::default()
        };
        let both = Pool {
            name: "p".into(),
            max_satellites: 2,
            memory: 7,
            cpu: 40,
            processes: 9,
            processors: Processors::parse("2,3").unwrap(),
        };
        assert_eq!(one.and(&other), both);
        assert_eq!(one.and(&Pool::default()), one);
        let apart = Pool {
            processors: Processors::parse("7").unwrap(),
            ..Pool::default()
        };
        assert_eq!(one.and(&apart).processors, one.processors);
    }
}
