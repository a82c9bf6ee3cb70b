//! Decisions, on families of processes that are made up.

use super::*;
use std::collections::HashMap;

const MB: u64 = 1 << 20;

/// Parent, process, memory.
struct Family(Vec<(u32, u32, Option<u64>)>);

impl Processes for Family {
    fn children(&self, process: u32) -> Option<Vec<u32>> {
        let known = self.0.iter().any(|(_, child, _)| *child == process);
        let of = |(parent, child, _): &(u32, u32, _)| (*parent == process).then_some(*child);
        known.then(|| self.0.iter().filter_map(of).collect())
    }

    fn memory(&self, process: u32) -> Option<u64> {
        let memory: HashMap<_, _> = self.0.iter().map(|(_, child, m)| (*child, *m)).collect();
        *memory.get(&process)?
    }
}

fn memory(init: u32, limit: u64) -> Watched {
    Watched {
        init,
        shared: 0,
        memory: Some(limit),
        files: None,
    }
}

fn watching(inits: &[u32], limit: u64, now: Instant) -> Watch {
    let mut watch = Watch::default();
    for init in inits {
        watch.begin(Order((*init).into()), memory(*init, limit), now);
    }
    watch
}

#[test]
fn the_sum_of_all_generations_counts() {
    let now = Instant::now();
    let family = Family(vec![
        (0, 1, Some(MB)),
        (1, 2, Some(40 * MB)),
        (2, 3, Some(40 * MB)),
        (3, 4, Some(40 * MB)),
        // Its parent has ended: the init's now.
        (1, 5, Some(10 * MB)),
        // Ended.
        (2, 6, None),
    ]);
    let over = watching(&[1], 130 * MB - 1, now).measure_by(&family, now);
    assert_eq!(over, [(Order(1), Excess::Memory(130 * MB))]);
    let mut enough = watching(&[1], 130 * MB, now);
    assert!(enough.measure_by(&family, now).is_empty());
    assert_eq!(enough.deadline(), Some(now + INTERVAL));
}

#[test]
fn one_alone_counts_the_init_does_not() {
    let now = Instant::now();
    let family = Family(vec![(0, 1, Some(900 * MB)), (1, 2, Some(100 * MB))]);
    assert!(
        watching(&[1], 100 * MB, now)
            .measure_by(&family, now)
            .is_empty()
    );
    let over = watching(&[1], 100 * MB - 1, now).measure_by(&family, now);
    assert_eq!(over, [(Order(1), Excess::Memory(100 * MB))]);
}

#[test]
fn only_the_one_over_its_limit() {
    let now = Instant::now();
    let family = Family(vec![
        (0, 1, Some(0)),
        (1, 2, Some(60 * MB)),
        (2, 3, Some(60 * MB)),
        (0, 11, Some(0)),
        (11, 12, Some(60 * MB)),
        (12, 13, Some(30 * MB)),
    ]);
    let mut watch = watching(&[1, 11], 100 * MB, now);
    assert_eq!(
        watch.measure_by(&family, now),
        [(Order(1), Excess::Memory(120 * MB))]
    );
    // It is told once.
    assert!(watch.measure_by(&family, now).is_empty());
    watch.end(Order(11));
    assert_eq!(watch.deadline(), None);
}

#[test]
fn what_cannot_be_seen_is_not_measured() {
    let now = Instant::now();
    let mut watch = watching(&[1], 1, now);
    assert!(watch.measure_by(&Family(vec![]), now).is_empty());
    assert!(watch.is_blind());
    let hidden = Family(vec![(0, 1, None), (1, 2, None), (2, 3, None)]);
    assert!(watch.measure_by(&hidden, now).is_empty());
    assert!(watch.is_blind());
}

#[test]
fn what_the_interpreter_had_counts_once() {
    let now = Instant::now();
    let family = Family(vec![
        (0, 1, Some(MB)),
        (1, 2, Some(100 * MB)),
        (2, 3, Some(75 * MB)),
        (2, 4, Some(70 * MB)),
        // It gave some back.
        (2, 5, Some(40 * MB)),
    ]);
    let mut watch = Watch::default();
    let shared = 70 * MB;
    let watched = Watched {
        shared,
        ..memory(1, 105 * MB)
    };
    watch.begin(Order(1), watched.clone(), now);
    assert!(watch.measure_by(&family, now).is_empty());
    let less = Watched {
        memory: Some(105 * MB - 1),
        ..watched
    };
    watch.begin(Order(1), less, now);
    let over = watch.measure_by(&family, now);
    assert_eq!(over, [(Order(1), Excess::Memory(105 * MB))]);
}

#[test]
fn no_timer_when_nothing_runs() {
    let now = Instant::now();
    let mut watch = Watch::default();
    assert_eq!(watch.deadline(), None);
    watch.begin(Order(1), memory(1, MB), now);
    watch.begin(Order(2), memory(2, MB), now + INTERVAL / 2);
    assert_eq!(watch.deadline(), Some(now + INTERVAL));
    watch.end(Order(1));
    watch.end(Order(2));
    assert_eq!(watch.deadline(), None);
}

#[test]
fn more_processes_than_there_can_be_are_not_all_looked_at() {
    let now = Instant::now();
    let many = (2..1002).map(|child| (1, child, Some(MB)));
    let family = Family(std::iter::once((0, 1, Some(0))).chain(many).collect());
    let over = watching(&[1], 1, now).measure_by(&family, now);
    assert_eq!(
        over,
        [(Order(1), Excess::Memory(MOST_PROCESSES as u64 * MB))]
    );
}
