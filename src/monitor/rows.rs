//! Counters by key, a bounded number of them, in memory that moves nowhere.

use super::counters::Counters;
use crate::pg::shared::shareable;
use launchpad_protocol::launch::Language;

pub trait Key: Copy + Default + Ord {
    /// Where those are counted who have no counters of their own: one for each language.
    fn rest(self) -> Self;
}

#[derive(Clone, Copy, Default)]
struct Row<K> {
    key: K,
    counters: Counters,
    /// When it was looked up last, by the count of all that.
    turn: u64,
}

/// At most `MOST` of them.
#[derive(Clone, Copy)]
pub struct Rows<K, const MOST: usize> {
    used: usize,
    rows: [Row<K>; MOST],
    /// The places of the rows in the order of their keys.
    order: [u16; MOST],
    turn: u64,
}

shareable!(Row<K> {
    key,
    counters,
    turn
});

shareable!(Rows<K, MOST> {
    used,
    rows,
    order,
    turn
});

impl<K: Key, const MOST: usize> Default for Rows<K, MOST> {
    fn default() -> Self {
        const { assert!(MOST <= 1 << 16 && MOST > 2 * Language::ALL.len()) };
        Rows {
            used: 0,
            rows: [Row::default(); MOST],
            order: [0; MOST],
            turn: 0,
        }
    }
}

impl<K: Key, const MOST: usize> Rows<K, MOST> {
    pub fn clear(&mut self) {
        self.used = 0;
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, Counters)> {
        let rows = self.rows[..self.used].iter();
        rows.map(|row| (row.key, row.counters))
    }

    /// Those of `key`, or of the rest.
    pub fn counters(&mut self, key: K) -> &mut Counters {
        let found = match self.place(&key) {
            Err(_) if self.is_full() => self.place(&key.rest()).map_err(|at| (at, key.rest())),
            found => found.map_err(|at| (at, key)),
        };
        let place = found.unwrap_or_else(|(at, key)| self.insert(at, key));
        self.turn += 1;
        let row = &mut self.rows[place];
        row.turn = self.turn;
        &mut row.counters
    }

    /// Whether `key` would be counted among the rest.
    pub fn lacks_room_for(&self, key: &K) -> bool {
        self.is_full() && self.place(key).is_err()
    }

    /// Counts what these have among the rest; in the order of keys.
    pub fn forget(&mut self, gone: &[K]) {
        self.fold(|row| gone.binary_search(&row.key).is_ok());
    }

    /// If there is no room, makes some: a twentieth, of the rows that were not looked up for the longest time.
    pub fn make_room_for(&mut self, key: &K) {
        if !self.lacks_room_for(key) {
            return;
        }
        let mut by_age = self.order;
        let by_age = &mut by_age[..self.used];
        let rows = &self.rows;
        let (_, last, _) = by_age.select_nth_unstable_by_key(MOST / 20, |at| {
            let row = &rows[usize::from(*at)];
            // Those of the rest stay, however old they are.
            (row.key == row.key.rest(), row.turn)
        });
        let turn = rows[usize::from(*last)].turn;
        self.fold(|row| row.turn <= turn);
    }

    fn fold(&mut self, is_gone: impl Fn(&Row<K>) -> bool) {
        let is_gone = |row: &Row<K>| row.key != row.key.rest() && is_gone(row);
        for place in 0..self.used {
            let row = self.rows[place];
            if is_gone(&row) {
                // There is always room for these.
                self.counters(row.key.rest()).absorb(&row.counters);
            }
        }
        let mut kept = 0;
        for place in 0..self.used {
            let row = self.rows[place];
            if !is_gone(&row) {
                self.rows[kept] = row;
                self.order[kept] = kept as u16;
                kept += 1;
            }
        }
        self.used = kept;
        let rows = &self.rows;
        self.order[..kept].sort_unstable_by_key(|at| rows[usize::from(*at)].key);
    }

    /// The last rows are for those who find none, in each language.
    fn is_full(&self) -> bool {
        self.used + Language::ALL.len() >= MOST
    }

    /// Where the row is, or at which place of the order it belongs.
    fn place(&self, key: &K) -> Result<usize, usize> {
        let order = &self.order[..self.used];
        let found = order.binary_search_by_key(key, |at| self.rows[usize::from(*at)].key);
        found.map(|at| usize::from(order[at]))
    }

    fn insert(&mut self, at: usize, key: K) -> usize {
        let place = self.used;
        if place == MOST {
            // Only what was kept can have more languages than there are.
            return MOST - 1;
        }
        self.order.copy_within(at..place, at + 1);
        self.order[at] = place as u16;
        self.rows[place] = Row {
            key,
            ..Row::default()
        };
        self.used = place + 1;
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Outcome;

    /// A language, and whose.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
    struct Of(u8, u32);

    impl Key for Of {
        fn rest(self) -> Self {
            Of(self.0, 0)
        }
    }

    /// Room for 58, and for the rest of each language.
    const MOST: usize = 58 + Language::ALL.len();

    type Some = Rows<Of, MOST>;

    fn one() -> Counters {
        Counters {
            total_time: 7,
            rows_in: 2,
            warm_starts: 1,
            ..Counters::default()
        }
    }

    fn sum(rows: &Some, of: fn(&Counters) -> u64) -> u64 {
        rows.iter().map(|(_, counters)| of(&counters)).sum()
    }

    fn keys(rows: &Some) -> Vec<Of> {
        let mut keys: Vec<_> = rows.iter().map(|(key, _)| key).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
        keys
    }

    #[test]
    fn calls_are_counted_under_their_own() {
        let mut rows = Some::default();
        rows.counters(Of(1, 8)).add(Outcome::Ok, &one());
        let fast = Counters {
            total_time: 3,
            ..one()
        };
        rows.counters(Of(1, 8)).add(Outcome::Timeout, &fast);
        rows.counters(Of(1, 2)).add(Outcome::Died, &one());
        let of_it = *rows.counters(Of(1, 8));
        assert_eq!((of_it.calls, of_it.timeouts, of_it.deaths), (2, 1, 0));
        assert_eq!((of_it.total_time, of_it.max_time), (10, 7));
        assert_eq!((of_it.rows_in, of_it.warm_starts), (4, 2));
        assert_eq!(keys(&rows), [Of(1, 2), Of(1, 8)]);
    }

    #[test]
    fn who_finds_no_room_is_counted_among_the_rest() {
        let mut rows = Some::default();
        for role in 1..200 {
            // In no order.
            let role = role * 7919 % 200;
            rows.counters(Of(0, role)).add(Outcome::Ok, &one());
            rows.counters(Of(1, role)).add(Outcome::Ok, &one());
        }
        assert_eq!(keys(&rows).len(), 60);
        assert_eq!(sum(&rows, |of| of.calls), 2 * 199);
        assert!(rows.counters(Of(1, 0)).calls > 100);
        // More languages than there are: nothing counts what is one too many.
        for language in 2..10 {
            rows.counters(Of(language, 0)).add(Outcome::Ok, &one());
        }
        assert_eq!(rows.iter().count(), MOST);
    }

    #[test]
    fn what_is_gone_is_counted_among_the_rest() {
        let mut rows = Some::default();
        for role in 1..80 {
            rows.counters(Of(1, role)).add(Outcome::Script, &one());
        }
        assert!(rows.lacks_room_for(&Of(1, 81)) && !rows.lacks_room_for(&Of(1, 1)));
        let gone: Vec<_> = (0..=40).map(|role| Of(1, role)).collect();
        rows.forget(&gone);
        assert!(!rows.lacks_room_for(&Of(1, 81)));
        rows.counters(Of(1, 81)).add(Outcome::Ok, &one());
        assert_eq!(
            (sum(&rows, |of| of.calls), sum(&rows, |of| of.script_errors)),
            (80, 79)
        );
        assert_eq!(
            (sum(&rows, |of| of.total_time), sum(&rows, |of| of.rows_in)),
            (560, 160)
        );
        let left = keys(&rows);
        assert!(
            left.contains(&Of(1, 0)) && left.contains(&Of(1, 41)) && !left.contains(&Of(1, 40))
        );
        rows.forget(&left);
        assert_eq!(keys(&rows), [Of(1, 0)]);
        assert_eq!(rows.counters(Of(1, 0)).calls, 80);
    }

    #[test]
    fn the_oldest_make_room() {
        let mut rows = Some::default();
        for role in 1..=58 {
            rows.make_room_for(&Of(1, role));
            rows.counters(Of(1, role)).add(Outcome::Ok, &one());
        }
        assert_eq!(rows.iter().count(), 58);
        rows.counters(Of(1, 1));
        rows.make_room_for(&Of(1, 58));
        assert_eq!(rows.iter().count(), 58);
        rows.make_room_for(&Of(1, 59));
        let left = keys(&rows);
        assert!(left.contains(&Of(1, 1)) && !left.contains(&Of(1, 2)) && left.contains(&Of(1, 6)));
        assert_eq!(rows.counters(Of(1, 0)).calls, 4);
        // For ever.
        for role in 60..5000 {
            rows.make_room_for(&Of(1, role));
            rows.counters(Of(1, role)).add(Outcome::Ok, &one());
            assert_eq!(rows.counters(Of(1, role)).calls, 1);
        }
        assert_eq!(sum(&rows, |of| of.calls), 58 + 4940);
    }
}
