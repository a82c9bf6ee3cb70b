//! Decisions, on families of processes that are made up.

use super::proc::{Memory, Stat};
use super::*;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

mod nameless;
mod work;

const MB: u64 = 1 << 20;

#[derive(Default)]
struct Family {
    /// Parent, process, memory.
    members: Vec<(u32, u32, Option<u64>)>,
    /// Of those that have more than one.
    threads: HashMap<u32, u32>,
    descriptors: HashMap<u32, u64>,
    /// By the init.
    sockets: HashMap<u32, u64>,
    /// Microseconds.
    work: RefCell<HashMap<u32, u64>>,
    stopped: RefCell<BTreeSet<u32>>,
}

impl Family {
    fn new(members: Vec<(u32, u32, Option<u64>)>) -> Self {
        Family {
            members,
            ..Family::default()
        }
    }

    fn works(&self, process: u32, micros: u64) {
        *self.work.borrow_mut().entry(process).or_default() += micros;
    }

    fn stopped(&self) -> Vec<u32> {
        self.stopped.borrow().iter().copied().collect()
    }
}

impl Processes for Family {
    fn children(&self, process: u32) -> Option<Vec<u32>> {
        let known = self.members.iter().any(|(_, child, _)| *child == process);
        let of = |(parent, child, _): &(u32, u32, _)| (*parent == process).then_some(*child);
        known.then(|| self.members.iter().filter_map(of).collect())
    }

    fn stat(&self, process: u32) -> Option<Stat> {
        let one = self
            .members
            .iter()
            .find(|(_, child, _)| *child == process)?;
        Some(Stat {
            parent: one.0,
            is_stopped: self.stopped.borrow().contains(&process),
            threads: self.threads.get(&process).copied().unwrap_or(1),
            user: self.work.borrow().get(&process).copied().unwrap_or(0),
            system: 0,
        })
    }

    fn memory(&self, process: u32) -> Option<Memory> {
        let one = self
            .members
            .iter()
            .find(|(_, child, _)| *child == process)?;
        let now = one.2?;
        Some(Memory { now, peak: now })
    }

    fn descriptors(&self, process: u32) -> Option<u64> {
        self.descriptors.get(&process).copied()
    }

    fn sockets(&self, process: u32) -> Option<u64> {
        self.sockets.get(&process).copied()
    }

    fn hold(&self, _: u32, process: u32, stop: bool) {
        let mut stopped = self.stopped.borrow_mut();
        match stop {
            true => stopped.insert(process),
            false => stopped.remove(&process),
        };
    }
}

fn memory(init: u32, limit: u64) -> Subject {
    Subject {
        init,
        bounds: Bounds {
            memory: Some(limit),
            ..Bounds::default()
        },
        ..Subject::default()
    }
}

/// What is found to be too much at the next look.
fn found(watch: &mut Watch, family: &Family, now: Instant) -> Vec<(Order, Excess)> {
    let over = watch.measure_by(family, now + INTERVAL);
    over.iter().map(|over| (over.order, over.excess)).collect()
}

fn watching(inits: &[u32], limit: u64, now: Instant) -> Watch {
    let mut watch = Watch::default();
    for init in inits {
        watch
            .begin(Order((*init).into()), &memory(*init, limit), now)
            .unwrap();
    }
    watch
}

#[test]
fn the_sum_of_all_generations_counts() {
    let now = Instant::now();
    let family = Family::new(vec![
        (0, 1, Some(MB)),
        (1, 2, Some(40 * MB)),
        (2, 3, Some(40 * MB)),
        (3, 4, Some(40 * MB)),
        // Its parent has ended: the init's now.
        (1, 5, Some(10 * MB)),
        // Ended.
        (2, 6, None),
    ]);
    let over = found(&mut watching(&[1], 130 * MB - 1, now), &family, now);
    assert_eq!(over, [(Order(1), Excess::Memory(130 * MB))]);
    let mut enough = watching(&[1], 130 * MB, now);
    assert!(found(&mut enough, &family, now).is_empty());
    assert_eq!(enough.deadline(), Some(now + 2 * INTERVAL));
}

#[test]
fn one_alone_counts_the_init_does_not() {
    let now = Instant::now();
    let family = Family::new(vec![(0, 1, Some(900 * MB)), (1, 2, Some(100 * MB))]);
    assert!(found(&mut watching(&[1], 100 * MB, now), &family, now).is_empty());
    let over = found(&mut watching(&[1], 100 * MB - 1, now), &family, now);
    assert_eq!(over, [(Order(1), Excess::Memory(100 * MB))]);
}

#[test]
fn only_the_one_over_its_limit() {
    let now = Instant::now();
    let family = Family::new(vec![
        (0, 1, Some(0)),
        (1, 2, Some(60 * MB)),
        (2, 3, Some(60 * MB)),
        (0, 11, Some(0)),
        (11, 12, Some(60 * MB)),
        (12, 13, Some(30 * MB)),
    ]);
    let mut watch = watching(&[1, 11], 100 * MB, now);
    assert_eq!(
        found(&mut watch, &family, now),
        [(Order(1), Excess::Memory(120 * MB))]
    );
    // It is told once.
    assert!(found(&mut watch, &family, now + INTERVAL).is_empty());
    watch.end(Order(11));
    assert_eq!(watch.deadline(), None);
}

#[test]
fn what_cannot_be_seen_is_not_measured() {
    let now = Instant::now();
    let mut watch = watching(&[1], 1, now);
    assert!(found(&mut watch, &Family::default(), now).is_empty());
    assert!(watch.is_blind());
    let hidden = Family::new(vec![(0, 1, None), (1, 2, None), (2, 3, None)]);
    assert!(found(&mut watch, &hidden, now + INTERVAL).is_empty());
    assert!(watch.is_blind());
}

/// Nobody can tell whether a child has written to what it was forked with.
#[test]
fn what_the_interpreter_had_counts_for_each_process() {
    let now = Instant::now();
    let family = Family::new(vec![
        (0, 1, Some(MB)),
        (1, 2, Some(100 * MB)),
        (2, 3, Some(75 * MB)),
        (2, 4, Some(40 * MB)),
    ]);
    let mut watch = Watch::default();
    let watched = Subject {
        shared: 70 * MB,
        ..memory(1, 214 * MB)
    };
    watch.begin(Order(1), &watched, now).unwrap();
    let over = found(&mut watch, &family, now);
    assert!(
        matches!(over[..], [(Order(1), Excess::Memory(used))] if used >= 215 * MB),
        "{over:?}"
    );
}

#[test]
fn what_the_kernel_keeps_counts() {
    let now = Instant::now();
    let mut family = Family::new(vec![(0, 1, Some(0)), (1, 2, Some(0)), (2, 3, Some(0))]);
    let used = |family: &Family, network| {
        let mut watch = Watch::default();
        let watched = Subject {
            network,
            ..memory(1, 1)
        };
        watch.begin(Order(1), &watched, now).unwrap();
        match found(&mut watch, family, now)[..] {
            [(_, Excess::Memory(used))] => used,
            _ => 0,
        }
    };
    let least = used(&family, Network::Own);
    family.descriptors = HashMap::from([(2, 200), (3, 200)]);
    let with_pipes = used(&family, Network::Own);
    assert!(with_pipes - least >= 400 * (64 << 10));
    family.sockets.insert(1, 1000);
    assert!(used(&family, Network::Own) - with_pipes >= 1000 * (200 << 10));
    // The host's are not the satellite's; its own are among the descriptors.
    let with_sockets = used(&family, Network::Shared);
    assert!(with_sockets - with_pipes >= 400 * (200 << 10));
    assert!(with_sockets < 1000 * (200 << 10));
}

#[test]
fn no_timer_when_nothing_runs() {
    let now = Instant::now();
    let mut watch = Watch::default();
    assert_eq!(watch.deadline(), None);
    watch.begin(Order(1), &memory(1, MB), now).unwrap();
    watch
        .begin(Order(2), &memory(2, MB), now + INTERVAL / 2)
        .unwrap();
    assert_eq!(watch.deadline(), Some(now + INTERVAL));
    watch.end(Order(1));
    watch.end(Order(2));
    assert_eq!(watch.deadline(), None);
}

#[test]
fn more_processes_than_there_can_be_are_not_all_looked_at() {
    let now = Instant::now();
    let many = (2..3002).map(|child| (1, child, Some(MB)));
    let family = Family::new(std::iter::once((0, 1, Some(0))).chain(many).collect());
    let over = found(&mut watching(&[1], 1, now), &family, now);
    let all = family::MOST_PROCESSES as u64;
    assert_eq!(over, [(Order(1), Excess::Memory(all * MB))]);
}

#[test]
fn processes_and_threads_count_together() {
    let now = Instant::now();
    let mut family = Family::new(vec![
        (0, 1, Some(0)),
        (1, 2, Some(5 * MB)),
        (2, 3, Some(7 * MB)),
    ]);
    family.threads.insert(3, 6);
    family.works(2, 30);
    let limited = |processes| Subject {
        init: 1,
        bounds: Bounds {
            processes: Some(processes),
            ..Bounds::default()
        },
        ..Subject::default()
    };
    let mut watch = Watch::default();
    watch.begin(Order(1), &limited(7), now).unwrap();
    assert!(found(&mut watch, &family, now).is_empty());
    watch.begin(Order(1), &limited(6), now).unwrap();
    let load = Load {
        user: 30,
        system: 0,
        memory: 12 * MB,
        processes: 7,
        max_rss: 7 << 10,
    };
    let over = Over {
        order: Order(1),
        excess: Excess::Processes(7),
        load,
    };
    assert_eq!(watch.measure_by(&family, now + 2 * INTERVAL), [over]);
}

fn in_pool(init: u32) -> Subject {
    Subject {
        pool: "p".to_owned(),
        ..memory(init, u64::MAX)
    }
}

/// Two satellites of a pool, 1 with less and 11 with more, and 21 of another.
fn pool(limits: Bounds, now: Instant) -> (Watch, Family) {
    let family = Family::new(vec![
        (0, 1, Some(0)),
        (1, 2, Some(40 * MB)),
        (2, 3, Some(0)),
        (0, 11, Some(0)),
        (11, 12, Some(60 * MB)),
        (0, 21, Some(0)),
        (21, 22, Some(500 * MB)),
    ]);
    let mut watch = Watch::default();
    watch.define("p", limits, now).unwrap();
    watch.begin(Order(1), &in_pool(1), now).unwrap();
    watch.begin(Order(11), &in_pool(11), now).unwrap();
    watch.begin(Order(21), &memory(21, u64::MAX), now).unwrap();
    (watch, family)
}

#[test]
fn of_a_pool_with_too_much_who_has_most_is_ended() {
    let now = Instant::now();
    let limits = |memory, processes| Bounds {
        memory,
        processes,
        ..Bounds::default()
    };
    let (mut watch, family) = pool(limits(Some(100 * MB - 1), None), now);
    let (used, limit) = (100 * MB, 100 * MB - 1);
    let excess = Excess::PoolMemory { used, limit };
    assert_eq!(found(&mut watch, &family, now), [(Order(11), excess)]);
    // The rest is less.
    assert!(found(&mut watch, &family, now + INTERVAL).is_empty());
    let load = watch.pool_load("p").unwrap();
    assert_eq!((load.now.memory, load.peak), (40 * MB, Some(100 * MB)));
    watch.end(Order(1));
    assert_eq!(watch.pool_load("p").unwrap().now, Load::default());
    let (mut watch, family) = pool(limits(Some(100 * MB), Some(3)), now);
    assert!(found(&mut watch, &family, now).is_empty());
    watch.define("p", limits(None, Some(2)), now).unwrap();
    let (used, limit) = (3, 2);
    let excess = Excess::PoolProcesses { used, limit };
    let over = found(&mut watch, &family, now + INTERVAL);
    assert_eq!(over, [(Order(1), excess)]);
}

#[test]
fn what_satellites_of_a_pool_had_before_their_requests_counts_once() {
    let now = Instant::now();
    let limits = Bounds {
        memory: Some(70 * MB),
        ..Bounds::default()
    };
    let (mut watch, family) = pool(limits, now);
    for (order, init) in [(1, 1), (11, 11)] {
        let shared = Subject {
            shared: 30 * MB,
            ..in_pool(init)
        };
        watch.begin(Order(order), &shared, now).unwrap();
    }
    assert!(found(&mut watch, &family, now).is_empty());
    assert_eq!(
        watch.pool_load("p").unwrap().now.memory,
        (30 + 10 + 30) * MB
    );
}

#[test]
fn one_that_is_ended_for_its_own_sake_is_enough() {
    let now = Instant::now();
    let limits = Bounds {
        memory: Some(MB),
        ..Bounds::default()
    };
    let (mut watch, family) = pool(limits, now);
    let own = Subject {
        pool: "p".to_owned(),
        ..memory(1, MB)
    };
    watch.begin(Order(1), &own, now).unwrap();
    let over = found(&mut watch, &family, now);
    assert_eq!(over, [(Order(1), Excess::Memory(40 * MB))]);
}
