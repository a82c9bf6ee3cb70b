//! Counting what is taken of the limits.

use super::{Book, Holder, Lack, PoolId};
use crate::roster::queue::Call;
use std::collections::HashMap;

/// What is taken of the limits at a moment, and what is left.
pub struct Capacity<'a> {
    pub(super) book: &'a Book,
    /// By satellites.
    pub(super) held: Taken,
    /// Including the slots that calls have been promised.
    pub(super) claimed: Taken,
}

impl Capacity<'_> {
    pub fn has_slot(&self) -> bool {
        self.held.all < self.book.most
    }

    /// Whether `call` may have a slot now. Whether one is promised to it makes the difference.
    pub fn fits(&self, call: &Call) -> bool {
        let taken = match self.book.is_promised(call.ticket) {
            true => &self.held,
            false => &self.claimed,
        };
        self.book.lack(taken, call).is_none()
    }

    /// What keeps a call that waits from its satellite; None: only that there is none.
    pub fn wait(&self, call: &Call) -> Option<Lack> {
        let waits = !self.book.is_promised(call.ticket);
        waits.then(|| self.book.lack(&self.claimed, call)).flatten()
    }

    /// How many of `calls` have a slot or could have one beside each other.
    pub fn count<'c>(mut self, calls: impl Iterator<Item = &'c Call>) -> usize {
        let mut count = 0;
        for call in calls {
            if self.book.is_promised(call.ticket) {
                count += 1;
            } else if self.book.lack(&self.claimed, call).is_none() {
                self.claimed.add(call.holder());
                count += 1;
            }
        }
        count
    }
}

#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) all: u32,
    roles: HashMap<u32, u32>,
    pools: HashMap<PoolId, u32>,
}

impl Taken {
    pub(super) fn add(&mut self, holder: Holder) {
        self.all += 1;
        *self.roles.entry(holder.role).or_default() += 1;
        *self.pools.entry(holder.pool).or_default() += 1;
    }

    pub(super) fn of_role(&self, role: u32) -> u32 {
        self.roles.get(&role).copied().unwrap_or(0)
    }

    pub(super) fn of_pool(&self, pool: PoolId) -> u32 {
        self.pools.get(&pool).copied().unwrap_or(0)
    }
}

/// What `launchpad.max_satellites_per_role` allows, of `all` satellites; 0: as many as there are.
pub(super) fn share(setting: i32, all: u32) -> u32 {
    match u32::try_from(setting) {
        Ok(most) => most,
        // All but one, at least one.
        Err(_) => all.saturating_sub(1).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_role_may_have_all_but_one_and_at_least_one() {
        assert_eq!((share(-1, 16), share(-1, 2), share(-1, 1)), (15, 1, 1));
        assert_eq!((share(0, 16), share(3, 16)), (0, 3));
    }
}
