//! Which satellite runs as which outside user. No two living ones share a user or a group. Pure.

use crate::host::subordinate::Ranges;
use crate::roster::Order;
use launchpad_protocol::policy::Worker;
use std::collections::HashMap;

#[derive(Debug)]
pub struct Workers {
    taken: HashMap<Order, Worker>,
    /// Where the search for the next free one begins: in turn, so that what the kernel still counts
    /// for an id (memory that is being freed, keys) is gone when the id is used again.
    next: u64,
}

impl Workers {
    /// `seed`: launchpads of the same user begin at different places of its ranges.
    pub fn new(seed: u64) -> Self {
        Workers {
            taken: HashMap::new(),
            next: seed,
        }
    }

    /// One for the satellite `order`, until it is given back. None if all are taken.
    pub fn take(&mut self, order: Order, ranges: &Ranges) -> Option<Worker> {
        let count = ranges.len();
        // Each one that is taken may stand in the way twice: by its user and, after another range
        // has come, by its group.
        let tries = (2 * self.taken.len() as u64 + 1).min(count);
        for _ in 0..tries {
            let worker = ranges.nth(self.next % count)?;
            self.next = (self.next % count) + 1;
            let mut taken = self.taken.values();
            if !taken.any(|other| other.user == worker.user || other.group == worker.group) {
                self.taken.insert(order, worker);
                return Some(worker);
            }
        }
        None
    }

    /// The satellite is gone.
    pub fn give_back(&mut self, order: Order) {
        self.taken.remove(&order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_share_one() {
        let ranges = Ranges::of(1000, 3);
        let mut workers = Workers::new(u64::MAX);
        let mut users: Vec<_> = (0..3)
            .filter_map(|order| workers.take(Order(order), &ranges))
            .map(|worker| worker.user)
            .collect();
        users.sort_unstable();
        assert_eq!(users, [1000, 1001, 1002]);
        assert_eq!(workers.take(Order(3), &ranges), None);
        workers.give_back(Order(1));
        assert!(workers.take(Order(3), &ranges).is_some());
        assert_eq!(workers.take(Order(4), &ranges), None);
    }

    #[test]
    fn one_that_was_given_back_rests() {
        let ranges = Ranges::of(1000, 3);
        let mut workers = Workers::new(0);
        let mut used = Vec::new();
        for order in 0..6 {
            used.push(workers.take(Order(order), &ranges).unwrap().user);
            workers.give_back(Order(order));
        }
        assert_eq!(used, [1000, 1001, 1002, 1000, 1001, 1002]);
    }

    #[test]
    fn other_ranges_may_come_while_some_are_taken() {
        let mut workers = Workers::new(0);
        let before = Ranges::of(1000, 4);
        for order in 0..4 {
            workers.take(Order(order), &before).unwrap();
        }
        // 1002 to 1005, of which two are taken.
        let after = Ranges::of(1002, 4);
        let mut users: Vec<_> = (4..8)
            .filter_map(|order| workers.take(Order(order), &after))
            .map(|worker| worker.user)
            .collect();
        users.sort_unstable();
        assert_eq!(users, [1004, 1005]);
        assert_eq!(workers.take(Order(9), &Ranges::of(1, 0)), None);
    }
}
