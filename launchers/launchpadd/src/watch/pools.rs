//! What the satellites of each pool have together, and may have.

use super::budget::Budget;
use crate::enforce::Bounds;
use std::collections::BTreeMap;
use std::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Pool {
    /// What nobody else bounds.
    pub bounds: Bounds,
    /// The most memory that was seen, bytes.
    pub peak: Option<u64>,
    budget: Option<Budget>,
}

impl Pool {
    /// `used`: microseconds of processor time, by all of the pool, since the last time. True if there is
    /// nothing left.
    fn spend(&mut self, used: u64, now: Instant) -> bool {
        let Some(percent) = self.bounds.cpu else {
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
    pub fn define(&mut self, name: &str, bounds: Bounds) {
        self.0.entry(name.to_owned()).or_default().bounds = bounds;
    }

    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub fn bounds(&self, name: &str) -> Bounds {
        let pool = self.0.get(name);
        pool.map_or_else(Bounds::default, |pool| pool.bounds)
    }

    /// In what is measured, and not slowed down.
    pub fn are_limited(&self) -> bool {
        let mut all = self.0.values().map(|pool| pool.bounds);
        all.any(|bounds| bounds.memory.is_some() || bounds.processes.is_some())
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
