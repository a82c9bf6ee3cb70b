//! The pools' books: what each pool's latest definition says, and what has been counted of it.
//!
//! A pool is known by its name to the cluster, and by a small number in here. Numbers are not used
//! again. Anybody may name new pools all the time, so those that nobody uses are forgotten.

use super::Roster;
use super::action::Action;
use launchpad_protocol::launch::Usage;
use launchpad_protocol::pool::{self, Pool, PoolLine};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

/// A pool; the default one, of which satellites are kept ahead of need, is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolId(pub u32);

impl PoolId {
    pub const DEFAULT: PoolId = PoolId(0);
}

/// How many pools are remembered although nobody uses them.
pub const MOST_POOLS: usize = 256;

#[derive(Debug)]
struct Book {
    /// As the latest request defined it.
    pool: Pool,
    peak_running: u32,
    peak_queued: u32,
    calls: u64,
    cpu: Usage,
    /// When it was named first.
    since: Instant,
    /// When it was named last.
    named: Instant,
}

#[derive(Debug, Default)]
pub struct Pools {
    books: BTreeMap<PoolId, Book>,
    ids: HashMap<String, PoolId>,
    last: u32,
}

impl Pools {
    /// A request brings `pool`: its definition holds from now on.
    pub fn define(&mut self, pool: &Pool, now: Instant) -> PoolId {
        let id = self.ids.get(&pool.name).copied().unwrap_or_else(|| {
            let id = self.next_id(&pool.name);
            self.ids.insert(pool.name.clone(), id);
            id
        });
        let book = self.books.entry(id).or_insert_with(|| Book {
            pool: Pool::default(),
            peak_running: 0,
            peak_queued: 0,
            calls: 0,
            cpu: Usage::default(),
            since: now,
            named: now,
        });
        book.pool.clone_from(pool);
        book.named = now;
        id
    }

    fn next_id(&mut self, name: &str) -> PoolId {
        if name == pool::DEFAULT {
            return PoolId::DEFAULT;
        }
        self.last += 1;
        PoolId(self.last)
    }

    pub fn get(&self, id: PoolId) -> Option<&Pool> {
        Some(&self.books.get(&id)?.pool)
    }

    /// How many of its calls may run at once; 0: as many as there are.
    pub fn most(&self, id: PoolId) -> u32 {
        self.get(id).map_or(0, |pool| pool.max_satellites)
    }

    /// A satellite was given to a call of the pool, of which `running` have one now.
    pub fn count_call(&mut self, id: PoolId, running: u32) {
        if let Some(book) = self.books.get_mut(&id) {
            book.calls += 1;
            book.peak_running = book.peak_running.max(running);
        }
    }

    /// It could not be given after all.
    pub fn take_back_call(&mut self, id: PoolId) {
        if let Some(book) = self.books.get_mut(&id) {
            book.calls = book.calls.saturating_sub(1);
        }
    }

    /// `queued` calls of the pool wait now.
    pub fn count_queued(&mut self, id: PoolId, queued: u32) {
        if let Some(book) = self.books.get_mut(&id) {
            book.peak_queued = book.peak_queued.max(queued);
        }
    }

    /// A call of the pool has ended, having used this.
    pub fn count_usage(&mut self, id: PoolId, usage: Usage) {
        if let Some(book) = self.books.get_mut(&id) {
            book.cpu.user = book.cpu.user.saturating_add(usage.user);
            book.cpu.system = book.cpu.system.saturating_add(usage.system);
        }
    }

    /// Forgets, of more pools than are to be remembered, those that are not `in_use`, beginning with
    /// the one that was not named for the longest time; their names.
    fn forget(&mut self, in_use: impl FnOnce() -> BTreeSet<PoolId>) -> Vec<String> {
        let surplus = self.books.len().saturating_sub(MOST_POOLS);
        if surplus == 0 {
            return Vec::new();
        }
        let in_use = in_use();
        let mut unused: Vec<(Instant, PoolId)> = self
            .books
            .iter()
            .filter(|(id, _)| **id != PoolId::DEFAULT && !in_use.contains(id))
            .map(|(id, book)| (book.named, *id))
            .collect();
        unused.sort();
        let mut names = Vec::new();
        for (_, id) in unused.into_iter().take(surplus) {
            if let Some(book) = self.books.remove(&id) {
                self.ids.remove(&book.pool.name);
                names.push(book.pool.name);
            }
        }
        names
    }
}

impl Roster {
    /// A pool's latest definition. The default one is known before anybody has named it.
    pub fn pool(&self, id: PoolId) -> Pool {
        self.pools.get(id).cloned().unwrap_or_else(|| Pool {
            name: pool::DEFAULT.to_owned(),
            ..Pool::default()
        })
    }

    /// One line for each pool that has been used. `wall` is what the wall clock shows at `now`,
    /// microseconds since 1970-01-01 UTC. Memory and processes are not the roster's to know.
    pub fn pool_lines(&self, now: Instant, wall: i64) -> Vec<PoolLine> {
        let room = self.taken();
        let books = self.pools.books.iter();
        let line = |(id, book): (&PoolId, &Book)| PoolLine {
            pool: book.pool.clone(),
            running: room.taken_of_pool(*id),
            queued: self.queued_of(*id),
            peak_running: book.peak_running,
            peak_queued: book.peak_queued,
            cpu_user: book.cpu.user,
            cpu_system: book.cpu.system,
            calls: book.calls,
            since: super::lines::on_wall(book.since, now, wall),
            ..PoolLine::default()
        };
        books.map(line).collect()
    }

    pub(super) fn queued_of(&self, id: PoolId) -> u32 {
        self.queue.iter().filter(|call| call.pool == id).count() as u32
    }

    pub(super) fn forget_pools(&mut self) {
        let (queue, satellites, lately) = (&self.queue, &self.satellites, &self.lately);
        let forgotten = self.pools.forget(|| {
            let held = satellites.values().flat_map(|satellite| {
                let slot = satellite.slot.map(|holder| holder.pool);
                [Some(satellite.kind.pool), slot].into_iter().flatten()
            });
            let waiting = queue.iter().map(|call| call.pool);
            waiting.chain(held).chain(lately.pools()).collect()
        });
        self.actions
            .extend(forgotten.into_iter().map(Action::ForgetPool));
    }
}
