//! How satellites and pools are held to their limits: by control groups where there are any, and in what
//! those do not bound, by measuring.

use crate::host::cgroup::{Lack, Subtree};
use crate::log;
use crate::roster::Order;
use crate::watch::{Network, Over, Watch};
use launchpad_protocol::launch::{Ending, Limits, Usage};
use launchpad_protocol::pool::Pool;
use launchpad_protocol::processors::Processors;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

/// What processes may use together; None: as much as they like, or somebody else sees to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes.
    pub memory: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u32>,
    /// Percent of one processor.
    pub cpu: Option<u32>,
    /// Empty: all.
    pub processors: Processors,
}

impl From<&Pool> for Bounds {
    fn from(pool: &Pool) -> Self {
        Bounds {
            memory: (pool.memory > 0).then_some(pool.memory),
            processes: (pool.processes > 0).then_some(pool.processes),
            cpu: (pool.cpu > 0).then_some(pool.cpu),
            processors: pool.processors,
        }
    }
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Bounds {
            memory: Some(limits.memory),
            processes: Some(limits.processes),
            cpu: (limits.cpu > 0).then_some(limits.cpu),
            processors: limits.processors,
        }
    }
}

/// A satellite that serves a request.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// Of its init, the ancestor of all.
    pub init: u32,
    /// What its one process had before the request, which all satellites of the zygote share: of a
    /// pool it counts once. Bytes.
    pub shared: u64,
    pub network: Network,
    pub bounds: Bounds,
    /// Bytes of files.
    pub tmp_limit: u64,
    /// Its work folder, if that is no file system of its own.
    pub folder: Option<PathBuf>,
    /// Whose limits it shares.
    pub pool: String,
}

/// Holds satellites and pools to their limits. What one cannot bound, the next one has to.
pub trait Enforcer {
    /// The satellites of `pool` may have that together from now on. What is left to bound.
    fn define(&mut self, pool: &str, bounds: Bounds, now: Instant) -> io::Result<Bounds>;

    /// Nobody uses the pool.
    fn forget(&mut self, pool: &str);

    /// The satellite is about to be given a request. What is left to bound.
    fn begin(&mut self, order: Order, subject: &Subject, now: Instant) -> io::Result<Bounds>;

    /// It has ended, or is about to.
    fn end(&mut self, order: Order);

    /// What a satellite has now, if it can be seen.
    fn load(&self, order: Order) -> Option<Load>;

    /// What the satellites of a pool have, if they can be seen.
    fn pool_load(&self, pool: &str) -> Option<PoolLoad>;
}

/// All that there are on this host.
pub struct Enforcers {
    groups: Result<Subtree, Lack>,
    watch: Watch,
}

impl Enforcers {
    /// To be called once, at the start, before any satellite.
    pub fn set_up() -> Self {
        Enforcers {
            groups: Subtree::set_up(),
            watch: Watch::default(),
        }
    }

    /// For the log.
    pub fn introduce(&self) {
        match &self.groups {
            Ok(tree) => {
                let folder = tree.folder().display();
                log::write(
                    "log",
                    &format!("satellites have control groups in {folder}"),
                );
            }
            Err(lack) => log::write(
                "warning",
                &format!(
                    "satellites have no control groups: launchpad.memory_limit for all of a script's \
                     processes together is measured, and not enforced by the kernel ({lack})"
                ),
            ),
        }
    }

    pub fn groups(&self) -> Result<&Subtree, &Lack> {
        self.groups.as_ref()
    }

    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The control group in which the satellite has to be made, if any.
    pub fn enter(&mut self, order: Order, pool: &str) -> io::Result<Option<PathBuf>> {
        let groups = self.groups.as_mut().ok();
        groups.map(|tree| tree.enter(order, pool)).transpose()
    }

    /// The satellite is gone, or nothing came of it.
    pub fn leave(&mut self, order: Order) {
        self.end(order);
        if let Ok(tree) = &mut self.groups {
            tree.leave(order);
        }
    }

    pub fn define(&mut self, pool: &str, mut bounds: Bounds, now: Instant) -> io::Result<()> {
        for enforcer in self.all_mut() {
            bounds = enforcer.define(pool, bounds, now)?;
        }
        Ok(())
    }

    pub fn forget(&mut self, pool: &str) {
        self.all_mut().for_each(|enforcer| enforcer.forget(pool));
    }

    pub fn begin(&mut self, order: Order, mut subject: Subject, now: Instant) -> io::Result<()> {
        for enforcer in self.all_mut() {
            subject.bounds = enforcer.begin(order, &subject, now)?;
        }
        Ok(())
    }

    pub fn end(&mut self, order: Order) {
        self.all_mut().for_each(|enforcer| enforcer.end(order));
    }

    /// What the satellite has, by the first that sees it.
    pub fn load(&self, order: Order) -> Option<Load> {
        self.all().find_map(|enforcer| enforcer.load(order))
    }

    pub fn pool_load(&self, pool: &str) -> Option<PoolLoad> {
        self.all().find_map(|enforcer| enforcer.pool_load(pool))
    }

    /// How the satellite ended if the kernel killed its processes for want of memory.
    pub fn ran_out(&self, order: Order) -> Option<Ending> {
        self.groups.as_ref().ok()?.ran_out_of_memory(order)
    }

    /// When to call [`Enforcers::measure`].
    pub fn deadline(&self) -> Option<Instant> {
        self.watch.deadline()
    }

    /// The satellites that have more than they may of what is measured.
    pub fn measure(&mut self, now: Instant) -> Vec<Over> {
        self.watch.measure(now)
    }

    /// The kernel's comes first.
    fn all_mut(&mut self) -> impl Iterator<Item = &mut dyn Enforcer> {
        let groups = self.groups.as_mut().ok();
        let groups = groups.map(|tree| tree as &mut dyn Enforcer);
        groups.into_iter().chain([&mut self.watch as _])
    }

    fn all(&self) -> impl Iterator<Item = &dyn Enforcer> {
        let groups = self.groups.as_ref().ok();
        let groups = groups.map(|tree| tree as &dyn Enforcer);
        groups.into_iter().chain([&self.watch as _])
    }
}

/// What processes together use, whoever has measured it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Processor time so far, microseconds.
    pub user: u64,
    pub system: u64,
    /// Bytes.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u32,
    /// Largest resident set of one process, KiB; 0 where it is not known.
    pub max_rss: u64,
}

impl Load {
    /// Microseconds.
    pub fn processor(&self) -> u64 {
        self.user.saturating_add(self.system)
    }

    /// As the report of an end has it.
    pub fn usage(&self) -> Usage {
        Usage {
            user: self.user,
            system: self.system,
            max_rss: self.max_rss,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Load) -> Load {
        Load {
            user: self.user.saturating_add(other.user),
            system: self.system.saturating_add(other.system),
            memory: self.memory.saturating_add(other.memory),
            processes: self.processes.saturating_add(other.processes),
            max_rss: self.max_rss.max(other.max_rss),
        }
    }
}

/// What a pool's satellites have together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolLoad {
    pub now: Load,
    /// The most memory that was seen, bytes.
    pub peak: Option<u64>,
}
