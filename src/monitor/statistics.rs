//! What was called how often and how it went: counters for each language, role and database, in
//! shared memory.

use crate::pg::shared::shareable;
use launchpad_fault::Outcome;
use launchpad_protocol::launch::Language;
use serde::{Deserialize, Serialize};

/// Combinations of language, role and database that have counters of their own; what comes then, and
/// what roles and databases that were dropped have, is counted under role and database 0.
const ENTRIES: usize = 512;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// [`Language::ALL`] by number.
    language: u8,
    pub role: u32,
    pub database: u32,
}

shareable!(Key {
    language,
    role,
    database
});

impl Key {
    pub fn new(language: Language, role: u32, database: u32) -> Self {
        Key {
            language: language as u8,
            role,
            database,
        }
    }

    /// Where those are counted who have no counters of their own.
    fn rest(self) -> Self {
        Key {
            role: 0,
            database: 0,
            ..self
        }
    }

    pub fn language(&self) -> Language {
        Language::ALL[usize::from(self.language).min(Language::ALL.len() - 1)]
    }
}

/// Times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub calls: u64,
    pub script_errors: u64,
    pub input_errors: u64,
    pub result_errors: u64,
    pub refusals: u64,
    pub limits: u64,
    pub timeouts: u64,
    pub cancels: u64,
    pub deaths: u64,
    pub other_errors: u64,
    pub warm_starts: u64,
    pub cold_starts: u64,
    pub queue_time: u64,
    pub max_queue_time: u64,
    pub total_time: u64,
    pub max_time: u64,
    pub rows_in: u64,
    pub bytes_in: u64,
    pub rows_out: u64,
    pub bytes_out: u64,
    pub cpu_user: u64,
    pub cpu_system: u64,
}

shareable!(Counters {
    calls,
    script_errors,
    input_errors,
    result_errors,
    refusals,
    limits,
    timeouts,
    cancels,
    deaths,
    other_errors,
    warm_starts,
    cold_starts,
    queue_time,
    max_queue_time,
    total_time,
    max_time,
    rows_in,
    bytes_in,
    rows_out,
    bytes_out,
    cpu_user,
    cpu_system,
});

impl Counters {
    /// What one call adds. `of_one` has its times, rows and bytes.
    pub fn add(&mut self, outcome: Outcome, of_one: &Counters) {
        let mut one = Counters {
            calls: 1,
            max_queue_time: of_one.queue_time,
            max_time: of_one.total_time,
            ..*of_one
        };
        match outcome {
            Outcome::Ok => {}
            Outcome::Script => one.script_errors = 1,
            Outcome::Input => one.input_errors = 1,
            Outcome::Result => one.result_errors = 1,
            Outcome::Refused => one.refusals = 1,
            Outcome::Limit => one.limits = 1,
            Outcome::Timeout => one.timeouts = 1,
            Outcome::Cancelled | Outcome::Terminated => one.cancels = 1,
            Outcome::Died => one.deaths = 1,
            Outcome::Other => one.other_errors = 1,
        }
        self.absorb(&one);
    }

    /// What has been counted elsewhere.
    fn absorb(&mut self, other: &Counters) {
        for (sum, one) in [
            (&mut self.calls, other.calls),
            (&mut self.script_errors, other.script_errors),
            (&mut self.input_errors, other.input_errors),
            (&mut self.result_errors, other.result_errors),
            (&mut self.refusals, other.refusals),
            (&mut self.limits, other.limits),
            (&mut self.timeouts, other.timeouts),
            (&mut self.cancels, other.cancels),
            (&mut self.deaths, other.deaths),
            (&mut self.other_errors, other.other_errors),
            (&mut self.warm_starts, other.warm_starts),
            (&mut self.cold_starts, other.cold_starts),
            (&mut self.queue_time, other.queue_time),
            (&mut self.total_time, other.total_time),
            (&mut self.rows_in, other.rows_in),
            (&mut self.bytes_in, other.bytes_in),
            (&mut self.rows_out, other.rows_out),
            (&mut self.bytes_out, other.bytes_out),
            (&mut self.cpu_user, other.cpu_user),
            (&mut self.cpu_system, other.cpu_system),
        ] {
            *sum = sum.saturating_add(one);
        }
        self.max_queue_time = self.max_queue_time.max(other.max_queue_time);
        self.max_time = self.max_time.max(other.max_time);
    }
}

/// All of them, in shared memory under one lock.
#[derive(Clone, Copy)]
pub struct Table {
    /// Microseconds since 1970-01-01 UTC.
    since: i64,
    used: usize,
    entries: [(Key, Counters); ENTRIES],
}

shareable!(Table {
    since,
    used,
    entries
});

impl Default for Table {
    fn default() -> Self {
        Table {
            since: 0,
            used: 0,
            entries: [(Key::default(), Counters::default()); ENTRIES],
        }
    }
}

impl Table {
    /// Forgets all; counts from `now`, microseconds since 1970-01-01 UTC.
    pub fn reset(&mut self, now: i64) {
        self.since = now;
        self.used = 0;
    }

    pub fn since(&self) -> i64 {
        self.since
    }

    /// Those of `key`.
    pub fn counters(&mut self, key: Key) -> &mut Counters {
        let place = match self.place(&key) {
            Some(place) => place,
            None => {
                let key = if self.is_full() { key.rest() } else { key };
                self.place(&key).unwrap_or_else(|| {
                    let place = self.used.min(ENTRIES - 1);
                    self.entries[place] = (key, Counters::default());
                    self.used = place + 1;
                    place
                })
            }
        };
        &mut self.entries[place].1
    }

    pub fn entries(&self) -> &[(Key, Counters)] {
        &self.entries[..self.used]
    }

    /// The last entries are for those who find none, in each language.
    fn is_full(&self) -> bool {
        self.used + Language::ALL.len() >= ENTRIES
    }

    /// Whether `key` would be counted among the rest.
    pub fn lacks_room_for(&self, key: &Key) -> bool {
        self.is_full() && self.place(key).is_none()
    }

    /// Counts what these have among the rest.
    pub fn forget(&mut self, gone: &[Key]) {
        let mut at = 0;
        while at < self.used {
            let (key, counters) = self.entries[at];
            if key == key.rest() || !gone.contains(&key) {
                at += 1;
                continue;
            }
            self.used -= 1;
            self.entries[at] = self.entries[self.used];
            // There is room for one more now.
            self.counters(key.rest()).absorb(&counters);
        }
    }

    /// As they were kept.
    pub fn fill(&mut self, since: i64, entries: &[(Key, Counters)]) {
        self.reset(since);
        for (key, counters) in entries.iter().take(ENTRIES) {
            *self.counters(*key) = *counters;
        }
    }

    fn place(&self, key: &Key) -> Option<usize> {
        self.entries().iter().position(|(of, _)| of == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(role: u32) -> Key {
        Key::new(Language::R, role, 5)
    }

    #[test]
    fn calls_are_counted_under_their_own() {
        let mut table = Table::default();
        let slow = Counters {
            total_time: 7,
            rows_in: 2,
            warm_starts: 1,
            ..Counters::default()
        };
        table.counters(key(1)).add(Outcome::Ok, &slow);
        table.counters(key(1)).add(
            Outcome::Timeout,
            &Counters {
                total_time: 3,
                ..slow
            },
        );
        table.counters(key(2)).add(Outcome::Died, &slow);
        let one = *table.counters(key(1));
        assert_eq!((one.calls, one.timeouts, one.deaths), (2, 1, 0));
        assert_eq!((one.total_time, one.max_time), (10, 7));
        assert_eq!((one.rows_in, one.warm_starts), (4, 2));
        assert_eq!(table.entries().len(), 2);
        assert_eq!(table.entries()[1].0.language(), Language::R);
    }

    #[test]
    fn who_finds_no_room_is_counted_among_the_rest() {
        let mut table = Table::default();
        for role in 1..2000 {
            let counters = table.counters(key(role));
            counters.add(Outcome::Ok, &Counters::default());
            let python = Key::new(Language::Python, role, 5);
            table
                .counters(python)
                .add(Outcome::Ok, &Counters::default());
        }
        assert!(table.entries().len() <= ENTRIES);
        let all: u64 = table
            .entries()
            .iter()
            .map(|(_, counters)| counters.calls)
            .sum();
        assert_eq!(all, 2 * 1999);
        assert!(table.counters(Key::new(Language::R, 0, 0)).calls > 1000);
    }

    #[test]
    fn what_is_gone_is_counted_among_the_rest() {
        let mut table = Table::default();
        let one = Counters {
            total_time: 7,
            rows_in: 2,
            ..Counters::default()
        };
        for role in 1..600 {
            table.counters(key(role)).add(Outcome::Script, &one);
        }
        assert!(table.lacks_room_for(&key(601)) && !table.lacks_room_for(&key(1)));
        let gone: Vec<Key> = (1..=400).map(key).chain([key(0).rest()]).collect();
        table.forget(&gone);
        assert!(!table.lacks_room_for(&key(601)));
        table.counters(key(601)).add(Outcome::Ok, &one);
        let all = |of: fn(&Counters) -> u64| -> u64 {
            table
                .entries()
                .iter()
                .map(|(_, counters)| of(counters))
                .sum()
        };
        assert_eq!((all(|of| of.calls), all(|of| of.script_errors)), (600, 599));
        assert_eq!(
            (all(|of| of.total_time), all(|of| of.rows_in)),
            (4200, 1200)
        );
        let rest = key(0).rest();
        let mut keys: Vec<Key> = table.entries().iter().map(|(key, _)| *key).collect();
        assert!(keys.contains(&rest) && !keys.contains(&key(400)) && keys.contains(&key(401)));
        let count = keys.len();
        keys.sort_unstable_by_key(|key| key.role);
        keys.dedup();
        assert_eq!(keys.len(), count);
        // All of them.
        table.forget(&keys);
        assert_eq!(table.entries().len(), 1);
        assert_eq!(table.entries()[0].0, rest);
        assert_eq!(table.entries()[0].1.calls, 600);
    }

    #[test]
    fn what_was_kept_comes_back() {
        let mut table = Table::default();
        table
            .counters(key(1))
            .add(Outcome::Script, &Counters::default());
        let kept = table.entries().to_vec();
        let mut other = Table::default();
        other.fill(9, &kept);
        assert_eq!((other.since(), other.entries()), (9, kept.as_slice()));
        other.reset(10);
        assert!(other.entries().is_empty());
    }
}
