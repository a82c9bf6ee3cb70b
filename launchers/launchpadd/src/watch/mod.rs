//! What nothing in the kernel bounds, measured: where no cgroup does it, the memory, the
//! processes and the processor time of a satellite's processes together, and of all satellites of a pool.
//! (Resource limits bound the memory of each process, and of one alone not what it maps to share.) And
//! what is in a work folder, where that is no file system of its own, with what has lost its name there ([`nameless`]).
//!
//! What a process has is its anonymous and its shared memory, so that what several share (pages from
//! before a fork, shared memory) counts for each of them; of a pool, what the interpreters had before
//! their scripts counts once for all. That errs on the safe side for the processes of a script, and a
//! little on the other for pools: the kernel tells the true sum only to those who may look into the
//! processes. To it comes what the kernel keeps for them in pipes and sockets, see [`kernel`].
//!
//! Who has too much is ended; who only works too much is stopped for a while (see [`budget`]).
//!
//! There is no timer while nothing runs. Nothing here waits or fails: a process that cannot be read
//! has ended, or is hidden by how /proc is mounted (hidepid), and then is not measured.

mod budget;
mod family;
mod files;
mod kernel;
mod nameless;
mod pools;
mod proc;
mod work;

use crate::enforce::{Bounds, Enforcer, Load, Network, PoolLoad, Subject};
use crate::host::processors;
use crate::roster::Order;
use budget::{Budget, ThrottleViolation};
use files::Files;
use nameless::{Nameless, Shown};
use pools::Pools;
use proc::{Kernel, Processes};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two measurements: a process gets hold of a few hundred MB in that time.
const INTERVAL: Duration = Duration::from_millis(200);

/// Looks in a row that show more nameless blocks than may be: what changes during one can look like some.
const LOOKS: u32 = 5;

/// What a satellite has too much of: bytes, or a number, or a percentage of one processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    Memory(u64),
    Files(u64),
    Processes(u32),
    Processor(u32),
    /// Its pool together, in which it has the most.
    PoolMemory {
        used: u64,
        limit: u64,
    },
    PoolProcesses {
        used: u32,
        limit: u32,
    },
}

/// A satellite to be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    pub order: Order,
    pub excess: Excess,
    /// What it had.
    pub load: Load,
}

#[derive(Debug)]
struct Running {
    subject: Subject,
    files: Option<Files>,
    /// Bytes of files without a name that may be its own: what came while it ran, and is still there.
    nameless: u64,
    /// At the last look.
    load: Load,
    /// Microseconds of processor time at the last look that was for that.
    used: Option<u64>,
    budget: Option<Budget>,
    violation: ThrottleViolation,
    stopped: bool,
}

#[derive(Debug, Default)]
pub struct Watch {
    running: BTreeMap<Order, Running>,
    pools: Pools,
    /// When to look at all that is had.
    next: Option<Instant>,
    /// When to look at the work that is done.
    next_work: Option<Instant>,
    blind: bool,
    /// Of the latest folder of work folders.
    nameless: Option<Nameless>,
    /// Who alone may have too many nameless blocks, and for how many looks.
    suspect: Option<(Order, u32)>,
}

impl Enforcer for Watch {
    fn define(&mut self, pool: &str, bounds: Bounds, now: Instant) -> io::Result<Bounds> {
        self.pools.define(pool, bounds);
        self.schedule(now);
        Ok(Bounds::default())
    }

    fn forget(&mut self, pool: &str) {
        self.pools.forget(pool);
    }

    fn begin(&mut self, order: Order, subject: &Subject, now: Instant) -> io::Result<Bounds> {
        let Subject { init, bounds, .. } = subject;
        if !bounds.processors.is_empty() {
            // From outside, as scripts must not be able to do it.
            processors::keep(&family::with_init(&Kernel, *init), &bounds.processors)?;
        }
        let top = subject.folder.as_deref().and_then(Path::parent);
        if let Some(top) = top
            && !self.nameless.as_ref().is_some_and(|it| it.is_of(top))
        {
            self.nameless = Some(Nameless::new(top));
        }
        let running = Running {
            budget: bounds.cpu.map(|percent| Budget::new(percent, now)),
            subject: subject.clone(),
            files: subject
                .folder
                .clone()
                .map(|folder| Files::new(folder, subject.tmp_limit)),
            nameless: 0,
            load: Load::default(),
            used: None,
            violation: ThrottleViolation::new(now),
            stopped: false,
        };
        self.running.insert(order, running);
        self.schedule(now);
        Ok(Bounds::default())
    }

    fn end(&mut self, order: Order) {
        self.running.remove(&order);
        let (measured, slowed) = self.needs();
        self.next = self.next.filter(|_| measured);
        self.next_work = self.next_work.filter(|_| slowed);
    }

    fn load(&self, order: Order) -> Option<Load> {
        let Subject { init, network, .. } = self.running.get(&order)?.subject;
        family::load(&Kernel, init, network)
    }

    /// As far as it was measured.
    fn pool_load(&self, pool: &str) -> Option<PoolLoad> {
        let all = self.running.values();
        let of_pool = all.filter(|running| running.subject.pool == pool);
        Some(PoolLoad {
            now: together(of_pool),
            peak: self.pools.peak(pool),
        })
    }
}

impl Watch {
    /// When to call [`Watch::measure`].
    pub fn deadline(&self) -> Option<Instant> {
        self.next.into_iter().chain(self.next_work).min()
    }

    /// Whether the last look at a running satellite showed nothing.
    pub fn is_blind(&self) -> bool {
        self.blind
    }

    /// Whether a pool has a limit that is only measured.
    pub fn limits_pools(&self) -> bool {
        self.pools.are_limited()
    }

    /// Those that have more than they may; they are not watched any more.
    pub fn measure(&mut self, now: Instant) -> Vec<Over> {
        self.measure_by(&Kernel, now)
    }

    fn measure_by(&mut self, processes: &impl Processes, now: Instant) -> Vec<Over> {
        let mut over = Vec::new();
        if self.next_work.is_some_and(|at| at <= now) {
            self.next_work = None;
            self.look_at_work(processes, now, &mut over);
        }
        if self.next.is_some_and(|at| at <= now) {
            self.next = None;
            self.look(processes, &mut over);
        }
        for Over { order, .. } in &over {
            self.end(*order);
        }
        // Counted from now: measuring takes time itself.
        self.schedule(now);
        over
    }

    fn look(&mut self, processes: &impl Processes, over: &mut Vec<Over>) {
        self.blind = false;
        for (order, running) in &mut self.running {
            let subject = &running.subject;
            match family::load(processes, subject.init, subject.network) {
                Some(load) => running.load = load,
                None => self.blind |= subject.bounds.memory.is_some(),
            }
            let is_over = over.iter().any(|over| over.order == *order);
            if let Some(excess) = running.excess().filter(|_| !is_over) {
                let (order, load) = (*order, running.load);
                over.push(Over {
                    order,
                    excess,
                    load,
                });
            }
        }
        if let Some(shown) = self.nameless.as_mut().and_then(Nameless::shown) {
            self.charge(shown, over);
        }
        self.look_at_pools(over);
    }

    /// Blocks without a name count for all that ran when they came, as nobody can see whose they are; but only one who
    /// alone can have them is ended.
    fn charge(&mut self, shown: Shown, over: &mut Vec<Over>) {
        let mut beyond = Vec::new();
        for (order, running) in &mut self.running {
            let Some(files) = &running.files else {
                continue;
            };
            let all = running.nameless.saturating_add(shown.grown);
            running.nameless = all.min(shown.total);
            if running.nameless > files.room() {
                let bytes = files.used().saturating_add(running.nameless);
                beyond.push((*order, bytes, running.load));
            }
        }
        let [(order, bytes, load)] = beyond[..] else {
            self.suspect = None;
            return;
        };
        let looks = match self.suspect {
            Some((suspect, looks)) if suspect == order => looks + 1,
            _ => 1,
        };
        self.suspect = Some((order, looks));
        if looks >= LOOKS && !over.iter().any(|over| over.order == order) {
            let excess = Excess::Files(bytes);
            over.push(Over {
                order,
                excess,
                load,
            });
        }
    }

    /// Of a pool that has too much, whoever has the most; not if one is ended anyway.
    fn look_at_pools(&mut self, over: &mut Vec<Over>) {
        for (name, pool) in self.pools.iter_mut() {
            let of_pool = || {
                let all = self.running.iter();
                all.filter(|(_, running)| running.subject.pool == *name)
            };
            let sum = together(of_pool().map(|(_, running)| running));
            pool.peak = pool.peak.max(Some(sum.memory));
            let too_many = pool.bounds.processes.filter(|limit| sum.processes > *limit);
            let found = if let Some(limit) = pool.bounds.memory.filter(|limit| sum.memory > *limit)
            {
                let used = sum.memory;
                let most = of_pool().max_by_key(|(_, one)| one.load.memory);
                most.map(|one| (one, Excess::PoolMemory { used, limit }))
            } else if let Some(limit) = too_many {
                let used = sum.processes;
                let most = of_pool().max_by_key(|(_, one)| one.load.processes);
                most.map(|one| (one, Excess::PoolProcesses { used, limit }))
            } else {
                None
            };
            let Some(((order, running), excess)) = found else {
                continue;
            };
            let is_ended = |over: &Over| {
                let running = self.running.get(&over.order);
                running.is_some_and(|running| running.subject.pool == *name)
            };
            if !over.iter().any(is_ended) {
                over.push(Over {
                    order: *order,
                    excess,
                    load: running.load,
                });
            }
        }
    }

    /// Sets the timers that are needed and not set.
    fn schedule(&mut self, now: Instant) {
        let (measured, slowed) = self.needs();
        self.next = measured.then(|| self.next.unwrap_or(now + INTERVAL));
        self.next_work = slowed.then(|| self.next_work.unwrap_or(now + work::INTERVAL));
    }

    /// Whether anybody is to be measured, and slowed down.
    fn needs(&self) -> (bool, bool) {
        let all = self.running.values();
        all.fold((false, false), |(measured, slowed), one| {
            let pool = self.pools.bounds(&one.subject.pool);
            (
                measured || one.is_measured(&pool),
                slowed || one.is_slowed(&pool),
            )
        })
    }
}

impl Running {
    fn is_measured(&self, pool: &Bounds) -> bool {
        let own = self.subject.bounds;
        let own = own.memory.is_some() || own.processes.is_some() || self.files.is_some();
        own || pool.memory.is_some() || pool.processes.is_some()
    }

    fn excess(&mut self) -> Option<Excess> {
        let Bounds {
            memory, processes, ..
        } = self.subject.bounds;
        let Load {
            memory: bytes,
            processes: number,
            ..
        } = self.load;
        if memory.is_some_and(|limit| bytes > limit) {
            return Some(Excess::Memory(bytes));
        }
        if processes.is_some_and(|limit| number > limit) {
            return Some(Excess::Processes(number));
        }
        self.files.as_mut()?.excess().map(Excess::Files)
    }
}

/// What all of a pool have. Satellites come from the same zygotes and share most of what they have
/// before their request: for all together that counts once, or a small machine would be full of
/// satellites that do nothing.
fn together<'a>(all: impl Iterator<Item = &'a Running>) -> Load {
    let mut sum = Load::default();
    let mut common = 0;
    for one in all {
        let shared = one.subject.shared.min(one.load.memory);
        common = common.max(shared);
        let own = Load {
            memory: one.load.memory - shared,
            ..one.load
        };
        sum = sum.and(&own);
    }
    sum.memory = sum.memory.saturating_add(common);
    sum
}

/// Bytes of the one process of a satellite that has no request yet; 0 if it cannot be seen.
pub fn resting(init: u32, network: Network) -> u64 {
    family::load(&Kernel, init, network).map_or(0, |load| load.memory)
}

#[cfg(test)]
mod tests;
