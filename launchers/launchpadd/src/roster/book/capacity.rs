//! Counting what is taken of the limits.

use super::{Book, Holder, Lack};
use crate::roster::queue::Call;
use launchpad_protocol::launch::Wait;

impl Book {
    pub fn capacity(&self) -> Capacity<'_> {
        let slots = self.slots.values().map(|slot| slot.holder);
        let taken = slots.chain(self.promises.values().copied());
        Capacity {
            book: self,
            taken: taken.collect(),
            held: self.slots.len(),
        }
    }

    /// As if no satellite ran and nothing were promised.
    pub fn empty(&self) -> Capacity<'_> {
        Capacity {
            book: self,
            taken: Vec::new(),
            held: 0,
        }
    }

    /// The limit that keeps `call` from a slot beside those that are `taken`.
    pub(super) fn lack(&self, taken: &[Holder], call: &Call) -> Option<Lack> {
        let pool = self.accounts.get(&call.pool);
        let pool = pool.map_or(0, |account| account.pool.max_satellites);
        let role = share(call.launch.max_satellites_per_role, self.most);
        let has = |most: u32, of: &dyn Fn(&Holder) -> bool| {
            taken.iter().filter(|holder| of(holder)).count() >= most as usize
        };
        if taken.len() >= self.most as usize {
            Some((Wait::Slots, self.most))
        } else if pool > 0 && has(pool, &|holder| holder.pool == call.pool) {
            Some((Wait::Pool, pool))
        } else if role > 0 && has(role, &|holder| holder.role == call.launch.role) {
            Some((Wait::Role, role))
        } else {
            None
        }
    }
}

/// What is taken of the limits at a moment, and what is left.
pub struct Capacity<'a> {
    book: &'a Book,
    /// For whom: first the slots that satellites hold, then those that are promised.
    taken: Vec<Holder>,
    held: usize,
}

impl Capacity<'_> {
    pub fn has_slot(&self) -> bool {
        self.held < self.book.most as usize
    }

    /// Whether `call` may have a slot now: beside all that are held, if one is promised to it.
    pub fn fits(&self, call: &Call) -> bool {
        let is_promised = self.book.is_promised(call.ticket);
        let taken = match is_promised {
            true => &self.taken[..self.held],
            false => &self.taken,
        };
        self.book.lack(taken, call).is_none()
    }

    /// What keeps a call that waits from its satellite; None: only that there is none.
    pub fn wait(&self, call: &Call) -> Option<Lack> {
        let waits = !self.book.is_promised(call.ticket);
        waits.then(|| self.book.lack(&self.taken, call)).flatten()
    }

    /// How many of `calls` have a slot or could have one beside each other.
    pub fn count<'c>(mut self, calls: impl Iterator<Item = &'c Call>) -> usize {
        let mut count = 0;
        for call in calls {
            if self.book.is_promised(call.ticket) {
                count += 1;
            } else if self.book.lack(&self.taken, call).is_none() {
                self.taken.push(call.holder());
                count += 1;
            }
        }
        count
    }
}

/// What `launchpad.max_satellites_per_role` allows, of `all` satellites; 0: as many as there are.
fn share(setting: i32, all: u32) -> u32 {
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
