//! The book of pools and limits: what each pool's definitions say, who holds a slot, what has been
//! counted, and who is admitted.
//!
//! A satellite holds a *slot* from its assignment until its init is reaped: the limits of all satellites,
//! of a role and of a pool bound processes, not intentions.
//!
//! A call is served as soon as there is a warm satellite of its kind and it [fits](Capacity::fits). Until then it
//! queues, with one exception: a session that holds a satellite never does. An input query may call again, and so may
//! everything that it runs. If such a call stood in the queue, as many sessions as there are satellites
//! could each hold one and wait for another, for ever. So it gets a satellite that is free, or is refused
//! at once. A warm one is free, and so is a slot that is left when all that queue have theirs: the slot is
//! *promised* to the call while its satellite is being made, after loading a zygote if need be. A slot
//! whose satellite is being ended, or is an idle *lease* (kept for one owner between its calls, and taken
//! back as soon as anybody queues), is as good as free. All these waits end by themselves, whatever other
//! calls do.
//!
//! A pool is known by its name to the cluster, and by a small number in here. Numbers are not used
//! again. Anybody may name new pools all the time, so those that nobody uses are forgotten.

mod capacity;

use super::action::{Order, Ticket};
use super::queue::{Call, Queue};
use launchpad_protocol::launch::{Usage, Wait};
use launchpad_protocol::pool::{self, Pool, PoolLine};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

/// A pool; the default one, of which satellites are kept warm in advance, is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolId(pub u32);

impl PoolId {
    pub const DEFAULT: PoolId = PoolId(0);
}

/// How many pools are remembered although nobody uses them.
pub const MOST_POOLS: usize = 256;

/// For whom a satellite holds its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pub role: u32,
    pub pool: PoolId,
    /// Whose definition of the pool came with its call.
    pub database: u32,
}

/// The limit that keeps a call from a slot, and how many satellites it allows.
pub type Lack = (Wait, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Held,
    /// A lease between two calls, since then.
    Idle(Instant),
    Ending,
}

#[derive(Debug)]
struct Slot {
    holder: Holder,
    state: State,
}

/// What is known of a pool.
#[derive(Debug)]
struct Account {
    /// What all of its definitions allow that are in use.
    pool: Pool,
    /// Each database's latest one.
    definitions: BTreeMap<u32, Pool>,
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
pub struct Book {
    /// `launchpad.max_satellites`
    most: u32,
    accounts: BTreeMap<PoolId, Account>,
    ids: HashMap<String, PoolId>,
    last_pool: u32,
    slots: BTreeMap<Order, Slot>,
    /// Calls that wait for a satellite for which there is a slot already.
    promises: BTreeMap<Ticket, Holder>,
}

/// The pools.
impl Book {
    /// A request of the database brings `pool`: its definition holds from now on, and with it those of other
    /// databases whose calls run or wait in the pool.
    pub fn define(&mut self, pool: &Pool, database: u32, queue: &Queue, now: Instant) -> PoolId {
        let strictest = self.strictest(pool, database, queue);
        let id = self.ids.get(&pool.name).copied().unwrap_or_else(|| {
            let id = self.next_id(&pool.name);
            self.ids.insert(pool.name.clone(), id);
            id
        });
        let account = self.accounts.entry(id).or_insert_with(|| Account {
            pool: Pool::default(),
            definitions: BTreeMap::new(),
            peak_running: 0,
            peak_queued: 0,
            calls: 0,
            cpu: Usage::default(),
            since: now,
            named: now,
        });
        account.pool = strictest;
        account.definitions.insert(database, pool.clone());
        account.named = now;
        id
    }

    /// What that definition and all others that are in use allow together.
    pub fn strictest(&self, pool: &Pool, database: u32, queue: &Queue) -> Pool {
        let id = self.ids.get(&pool.name);
        let Some((id, account)) = id.and_then(|id| Some((*id, self.accounts.get(id)?))) else {
            return pool.clone();
        };
        let mut others = account.definitions.iter();
        if others.all(|(of, _)| *of == database) {
            return pool.clone();
        }
        let users = self.users(id, queue);
        let others = account.definitions.iter();
        let others = others.filter(|(of, _)| **of != database && users.contains(of));
        others.fold(pool.clone(), |strictest, (_, other)| strictest.and(other))
    }

    /// Of several definitions those that nobody uses any more do not count.
    pub fn loosen(&mut self, queue: &Queue) {
        let several =
            |(id, account): (&PoolId, &Account)| (account.definitions.len() > 1).then_some(*id);
        let contested: Vec<_> = self.accounts.iter().filter_map(several).collect();
        for id in contested {
            let users = self.users(id, queue);
            let Some(account) = self.accounts.get_mut(&id) else {
                continue;
            };
            if !account.definitions.keys().any(|of| users.contains(of)) {
                continue;
            }
            account.definitions.retain(|of, _| users.contains(of));
            let mut all = account.definitions.values();
            if let Some(first) = all.next().cloned() {
                account.pool = all.fold(first, |strictest, other| strictest.and(other));
            }
        }
    }

    /// The databases whose calls run or wait in the pool.
    fn users(&self, id: PoolId, queue: &Queue) -> BTreeSet<u32> {
        let slots = self.slots.values().map(|slot| slot.holder);
        let promised = self.promises.values().copied();
        let waiting = queue.iter().map(Call::holder);
        let all = slots.chain(promised).chain(waiting);
        all.filter(|holder| holder.pool == id)
            .map(|holder| holder.database)
            .collect()
    }

    fn next_id(&mut self, name: &str) -> PoolId {
        if name == pool::DEFAULT {
            return PoolId::DEFAULT;
        }
        self.last_pool += 1;
        PoolId(self.last_pool)
    }

    /// A pool's limits as they hold. The default one is known before anybody has named it.
    pub fn pool(&self, id: PoolId) -> Pool {
        let account = self.accounts.get(&id);
        account.map_or_else(
            || Pool {
                name: pool::DEFAULT.to_owned(),
                ..Pool::default()
            },
            |account| account.pool.clone(),
        )
    }

    /// Whether the pool limits what its satellites use in total.
    pub fn is_bounded(&self, id: PoolId) -> bool {
        let pool = self.accounts.get(&id).map(|account| &account.pool);
        pool.is_some_and(|pool| {
            let numbers = pool.memory > 0 || pool.cpu > 0 || pool.processes > 0;
            numbers || !pool.processors.is_empty()
        })
    }

    /// A call of the pool has ended, having used this.
    pub fn count_usage(&mut self, id: PoolId, usage: Usage) {
        if let Some(account) = self.accounts.get_mut(&id) {
            account.cpu.user = account.cpu.user.saturating_add(usage.user);
            account.cpu.system = account.cpu.system.saturating_add(usage.system);
        }
    }

    /// A call of the pool has joined the queue.
    pub fn count_queued(&mut self, id: PoolId, queue: &Queue) {
        if let Some(account) = self.accounts.get_mut(&id) {
            account.peak_queued = account.peak_queued.max(queued(queue, id));
        }
    }

    /// Forgets, of more pools than are to be remembered, those that hold no slots and are not
    /// `in_use`, beginning with the one that was not named for the longest time; their names.
    pub fn forget(&mut self, in_use: impl FnOnce() -> BTreeSet<PoolId>) -> Vec<String> {
        let surplus = self.accounts.len().saturating_sub(MOST_POOLS);
        if surplus == 0 {
            return Vec::new();
        }
        let mut in_use = in_use();
        in_use.insert(PoolId::DEFAULT);
        in_use.extend(self.slots.values().map(|slot| slot.holder.pool));
        let unused = self.accounts.iter().filter(|(id, _)| !in_use.contains(id));
        let mut unused: Vec<_> = unused.map(|(id, account)| (account.named, *id)).collect();
        unused.sort();
        let mut names = Vec::new();
        for (_, id) in unused.into_iter().take(surplus) {
            if let Some(account) = self.accounts.remove(&id) {
                self.ids.remove(&account.pool.name);
                names.push(account.pool.name);
            }
        }
        names
    }

    /// One line for each pool that has been used. `wall` tells what the wall clock shows at a time,
    /// microseconds since 1970-01-01 UTC. Memory and processes are not the roster's to know.
    pub fn lines(&self, queue: &Queue, wall: impl Fn(Instant) -> i64) -> Vec<PoolLine> {
        let line = |(id, account): (&PoolId, &Account)| PoolLine {
            pool: account.pool.clone(),
            running: self.running(*id),
            queued: queued(queue, *id),
            peak_running: account.peak_running,
            peak_queued: account.peak_queued,
            cpu_user: account.cpu.user,
            cpu_system: account.cpu.system,
            calls: account.calls,
            since: wall(account.since),
            ..PoolLine::default()
        };
        self.accounts.iter().map(line).collect()
    }
}

/// The slots.
impl Book {
    /// `most`: how many satellites may serve calls at once.
    pub fn limit(&mut self, most: u32) {
        self.most = most;
    }

    pub fn most(&self) -> u32 {
        self.most
    }

    /// The satellite serves `call` from now on.
    pub fn give(&mut self, order: Order, call: &Call) {
        self.promises.remove(&call.ticket);
        let (holder, state) = (call.holder(), State::Held);
        self.slots.insert(order, Slot { holder, state });
        let running = self.running(call.pool);
        if let Some(account) = self.accounts.get_mut(&call.pool) {
            account.calls += 1;
            account.peak_running = account.peak_running.max(running);
        }
    }

    /// It could not be given to `call` after all. One whose session holds a satellite keeps the slot.
    pub fn take_back(&mut self, order: Order, call: &Call) {
        self.slots.remove(&order);
        if let Some(account) = self.accounts.get_mut(&call.pool) {
            account.calls = account.calls.saturating_sub(1);
        }
        if call.launch.holds {
            self.promise(call);
        }
    }

    /// The call has ended, and the satellite is kept for its owner's next one: a lease, which is idle.
    pub fn park(&mut self, order: Order, now: Instant) {
        self.change(order, |state| *state == State::Held, State::Idle(now));
    }

    /// The lease's next call has come. False if it has been taken back.
    pub fn resume(&mut self, order: Order) -> bool {
        self.change(order, |state| matches!(state, State::Idle(_)), State::Held)
    }

    /// Of the leases that a waiting call could have the slot of, and needs, the one that has been idle
    /// for the longest time.
    pub fn to_take_back(&self, queue: &Queue) -> Option<Order> {
        let idle = || {
            self.slots
                .iter()
                .filter_map(|(order, slot)| match slot.state {
                    State::Idle(since) => Some((since, *order, slot.holder)),
                    State::Held | State::Ending => None,
                })
        };
        idle().next()?;
        let lasting = self
            .slots
            .values()
            .filter(|slot| slot.state != State::Ending);
        let mut taken: Vec<Holder> = lasting.map(|slot| slot.holder).collect();
        queue
            .iter()
            .find_map(|call| {
                let Some((wait, _)) = self.lack(&taken, call) else {
                    taken.push(call.holder());
                    return None;
                };
                let of_use = idle().filter(|(.., holder)| match wait {
                    Wait::Pool => holder.pool == call.pool,
                    Wait::Role => holder.role == call.launch.role,
                    Wait::Slots | Wait::Satellite => true,
                });
                of_use.map(|(since, order, _)| (since, order)).min()
            })
            .map(|(_, order)| order)
    }

    /// The satellite is being ended: its slot will be free.
    pub fn ending(&mut self, order: Order) {
        self.change(order, |_| true, State::Ending);
    }

    fn change(&mut self, order: Order, from: impl Fn(&State) -> bool, to: State) -> bool {
        let slot = self.slots.get_mut(&order).filter(|slot| from(&slot.state));
        slot.map(|slot| slot.state = to).is_some()
    }

    /// The satellite is gone.
    pub fn free(&mut self, order: Order) {
        self.slots.remove(&order);
    }

    /// Keeps a slot for `call` until its satellite is there. Whether it had none.
    pub fn promise(&mut self, call: &Call) -> bool {
        let before = self.promises.insert(call.ticket, call.holder());
        before.is_none()
    }

    pub fn is_promised(&self, ticket: Ticket) -> bool {
        self.promises.contains_key(&ticket)
    }

    /// Its call does not wait any more. Whether it had been promised a slot.
    pub fn withdraw(&mut self, ticket: Ticket) -> bool {
        self.promises.remove(&ticket).is_some()
    }
}

/// Sessions that hold a satellite.
impl Book {
    /// Why the call of such a session, which could not be served at once, is refused: what keeps it from a
    /// slot when all satellites that are being ended are gone, and all others that wait, and could have a
    /// slot, have one. None: it is to be promised a slot.
    pub fn lack_inside(&self, call: &Call, queue: &Queue) -> Option<Lack> {
        let lasting = self.slots.values().filter(|slot| slot.state == State::Held);
        let mut taken: Vec<Holder> = lasting.map(|slot| slot.holder).collect();
        let promises = self.promises.iter();
        let others = promises.filter(|(ticket, _)| **ticket != call.ticket);
        taken.extend(others.map(|(_, holder)| *holder));
        if !self.is_promised(call.ticket) {
            for other in queue.iter().filter(|other| other.ticket != call.ticket) {
                if !self.is_promised(other.ticket) && self.lack(&taken, other).is_none() {
                    taken.push(other.holder());
                }
            }
        }
        self.lack(&taken, call)
    }

    /// How many slots the pool's calls hold.
    fn running(&self, pool: PoolId) -> u32 {
        let slots = self.slots.values();
        as_u32(slots.filter(|slot| slot.holder.pool == pool).count())
    }
}

fn as_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn queued(queue: &Queue, pool: PoolId) -> u32 {
    as_u32(queue.iter().filter(|call| call.pool == pool).count())
}
