//! What satellites and pools are held to, and what an enforcer is.

use crate::roster::Order;
use launchpad_protocol::launch::{Limits, Usage};
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

/// Whose sockets the network namespace of a satellite counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    #[default]
    Own,
    /// The host's as well.
    Shared,
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
