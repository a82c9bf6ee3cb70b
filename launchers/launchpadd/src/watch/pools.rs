//! What the satellites of each pool have together, and may have.

use super::budget::Budget;
use std::collections::BTreeMap;
use std::time::Instant;

/// What nothing in the kernel bounds of a pool; None: bounded, or without a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolLimits {
    /// Bytes.
    pub memory: Option<u64>,
    /// Percent of one processor.
    pub cpu: Option<u32>,
    /// Processes and threads.
    pub processes: Option<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Pool {
    pub limits: PoolLimits,
    /// The most memory that was seen, bytes.
    pub peak: Option<u64>,
    budget: Option<Budget>,
}

impl Pool {
    /// `used`: microseconds of processor time, by all of the pool, since the last time. True if there is
    /// nothing left.
    fn spend(&mut self, used: u64, now: Instant) -> bool {
        let Some(percent) = self.limits.cpu else {
            self.budget = None;
            return false;
        };
        let budget = self.budget.get_or_insert_with(|| Budget::new(percent, now));
        budget.change(percent);
        budget.spend(used, now)
    }
}

#[derive(Debug, Default)]
pub(super) struct Pools(BTreeMap<String, Pool>);

impl Pools {
    pub fn define(&mut self, name: &str, limits: PoolLimits) {
        match self.0.get_mut(name) {
            Some(pool) => pool.limits = limits,
            None => {
                let pool = Pool {
                    limits,
                    ..Pool::default()
                };
                self.0.insert(name.to_owned(), pool);
            }
        }
    }

    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub fn limits(&self, name: &str) -> PoolLimits {
        self.0
            .get(name)
            .map_or_else(PoolLimits::default, |pool| pool.limits)
    }

    /// In what is measured, and not slowed down.
    pub fn are_limited(&self) -> bool {
        let mut all = self.0.values().map(|pool| pool.limits);
        all.any(|limits| limits.memory.is_some() || limits.processes.is_some())
    }

    pub fn peak(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.peak
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&String, &mut Pool)> {
        self.0.iter_mut()
    }

    /// The names of those that have nothing left, by what each has used since the last time.
    pub fn exhausted(&mut self, used: &BTreeMap<String, u64>, now: Instant) -> Vec<String> {
        let mut exhausted = Vec::new();
        for (name, pool) in &mut self.0 {
            if pool.spend(used.get(name).copied().unwrap_or(0), now) {
                exhausted.push(name.clone());
            }
        }
        exhausted
    }
}
