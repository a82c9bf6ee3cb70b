//! What was called how often and how it went, in shared memory: by language, role and database, and by
//! script.

use super::counters::Counters;
use super::rows::{self, Rows};
use crate::pg::shared::shareable;
use launchpad_fault::Outcome;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Account, Usage};
use serde::{Deserialize, Serialize};

/// Combinations of language, role and database that have counters of their own; what comes then, and
/// what roles and databases that were dropped have, is counted under role and database 0.
const ROLES: usize = 512;

/// Combinations of all that an account has. When there are more, those that were not called for the longest
/// time are counted under zeros.
const SCRIPTS: usize = 2048;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ByRole {
    /// [`EnvironmentId`]
    environment: u32,
    pub role: u32,
    pub database: u32,
}

shareable!(ByRole {
    environment,
    role,
    database
});

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ByScript {
    /// The beginning of its SHA-256.
    pub script: u64,
    pub of: ByRole,
    pub session_role: u32,
}

shareable!(ByScript {
    script,
    of,
    session_role
});

impl ByRole {
    pub fn environment(&self) -> EnvironmentId {
        EnvironmentId(self.environment)
    }
}

impl From<&Account> for ByScript {
    fn from(account: &Account) -> Self {
        ByScript {
            script: account.script,
            of: ByRole {
                environment: account.environment.0,
                role: account.role,
                database: account.database,
            },
            session_role: account.session_role,
        }
    }
}

impl rows::Key for ByRole {
    fn rest(self) -> Self {
        ByRole {
            role: 0,
            database: 0,
            ..self
        }
    }
}

impl rows::Key for ByScript {
    fn rest(self) -> Self {
        ByScript {
            of: self.of.rest(),
            ..ByScript::default()
        }
    }
}

/// All of it, under one lock.
#[derive(Clone, Copy, Default)]
pub struct Table {
    /// Microseconds since 1970-01-01 UTC.
    since: i64,
    pub by_role: Rows<ByRole, ROLES>,
    pub by_script: Rows<ByScript, SCRIPTS>,
}

shareable!(Table {
    since,
    by_role,
    by_script
});

impl Table {
    /// Forgets all; counts from `now`, microseconds since 1970-01-01 UTC.
    pub fn reset(&mut self, now: i64) {
        self.since = now;
        self.by_role.clear();
        self.by_script.clear();
    }

    pub fn since(&self) -> i64 {
        self.since
    }

    /// A call has ended. `of_one` has its times, rows and bytes.
    pub fn count(&mut self, account: &Account, outcome: Outcome, of_one: &Counters) {
        let key = ByScript::from(account);
        self.by_role.counters(key.of).add(outcome, of_one);
        self.by_script.counters(key).add(outcome, of_one);
    }

    /// What a call used that has been counted.
    pub fn count_late(&mut self, account: &Account, usage: Usage) {
        let (key, used) = (ByScript::from(account), Counters::of_usage(usage));
        self.by_role.counters(key.of).absorb(&used);
        self.by_script.counters(key).absorb(&used);
    }

    /// As it was kept.
    pub fn fill(
        &mut self,
        since: i64,
        by_role: &[(ByRole, Counters)],
        by_script: &[(ByScript, Counters)],
    ) {
        self.reset(since);
        for (key, counters) in by_role.iter().take(ROLES) {
            *self.by_role.counters(*key) = *counters;
        }
        for (key, counters) in by_script.iter().take(SCRIPTS) {
            *self.by_script.counters(*key) = *counters;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use launchpad_languages::Language;

    fn account(role: u32, script: u64) -> Account {
        Account {
            environment: EnvironmentId::of(Language::R),
            database: 5,
            session_role: 9,
            role,
            script,
        }
    }

    #[test]
    fn many_scripts_of_one_role_are_one_row_of_it() {
        let mut table = Box::<Table>::default();
        for script in 1..=3000 {
            let account = account(1, script * 0x9e37_79b9);
            table.by_script.make_room_for(&ByScript::from(&account));
            table.count(&account, Outcome::Ok, &Counters::default());
            let usage = Usage {
                user: 2,
                system: 1,
                max_rss: 7,
            };
            table.count_late(&account, usage);
        }
        table.count(&account(2, 1), Outcome::Ok, &Counters::default());
        let of_roles: Vec<_> = table.by_role.iter().collect();
        assert_eq!(of_roles.len(), 2);
        let (key, of_one) = of_roles[0];
        assert_eq!(
            (key.environment(), key.role, key.database),
            (EnvironmentId::of(Language::R), 1, 5)
        );
        assert_eq!((of_one.calls, of_one.cpu_user), (3000, 6000));
        let by_script = table.by_script.iter();
        assert_eq!(
            by_script.map(|(_, counters)| counters.calls).sum::<u64>(),
            3001
        );
        assert!(table.by_script.iter().count() <= SCRIPTS);
    }

    #[test]
    fn what_was_kept_comes_back() {
        let mut table = Box::<Table>::default();
        table.count(&account(1, 7), Outcome::Script, &Counters::default());
        let by_role: Vec<_> = table.by_role.iter().collect();
        let by_script: Vec<_> = table.by_script.iter().collect();
        let mut other = Box::<Table>::default();
        other.fill(9, &by_role, &by_script);
        assert_eq!(other.since(), 9);
        assert!(other.by_role.iter().eq(by_role) && other.by_script.iter().eq(by_script));
        other.reset(10);
        assert_eq!(
            (other.by_role.iter().count(), other.by_script.iter().count()),
            (0, 0)
        );
    }
}
