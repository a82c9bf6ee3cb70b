//! The kernel as an enforcer of limits.

use super::Subtree;
use super::files::Files;
use crate::enforce::{Bounds, Enforcer, Load, PoolLoad, Subject};
use crate::roster::Order;
use launchpad_protocol::launch::Ending;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

impl<F: Files> Subtree<F> {
    /// Makes the cgroup of a satellite, which it has until it leaves.
    pub fn enter(&mut self, order: Order, pool: &str) -> io::Result<PathBuf> {
        let leaf = self.leaf(order.0, pool)?;
        let folder = leaf.folder().to_owned();
        self.leaves.insert(order, leaf);
        Ok(folder)
    }

    /// Puts the satellite's init there, before there is any other process of it.
    pub fn place(&self, order: Order, init: u32) -> io::Result<()> {
        let Some(leaf) = self.leaves.get(&order) else {
            return Ok(());
        };
        let processes = leaf.folder().join("cgroup.procs");
        self.files.write(&processes, &init.to_string())
    }

    pub fn leave(&mut self, order: Order) {
        if let Some(leaf) = self.leaves.remove(&order) {
            self.left(&leaf);
            tokio::spawn(leaf.remove());
        }
    }

    /// How the satellite ended if the kernel killed its processes for want of memory.
    pub fn ran_out_of_memory(&self, order: Order) -> Option<Ending> {
        self.ran_out(self.leaves.get(&order)?)
    }

    /// What is left of `bounds` where these controllers do the rest. The set of processors can be kept to
    /// in more than one way at once.
    fn rest(&self, bounds: Bounds) -> Bounds {
        Bounds {
            memory: None,
            processes: None,
            cpu: bounds.cpu.filter(|_| !self.processors.time),
            processors: bounds.processors,
        }
    }
}

impl<F: Files> Enforcer for Subtree<F> {
    fn define(&mut self, pool: &str, bounds: Bounds, _: Instant) -> io::Result<Bounds> {
        self.bound_pool(pool, &bounds)?;
        Ok(self.rest(bounds))
    }

    fn forget(&mut self, pool: &str) {
        self.remove_pool(pool);
    }

    fn begin(&mut self, order: Order, subject: &Subject, _: Instant) -> io::Result<Bounds> {
        let Some(mut leaf) = self.leaves.remove(&order) else {
            return Ok(subject.bounds);
        };
        // Files in memory count there.
        let limited = self.limit(&mut leaf, &subject.bounds, subject.tmp_limit);
        self.leaves.insert(order, leaf);
        limited.map(|()| self.rest(subject.bounds))
    }

    fn end(&mut self, _: Order) {}

    fn load(&self, order: Order) -> Option<Load> {
        self.leaf_load(self.leaves.get(&order)?)
    }

    fn pool_load(&self, pool: &str) -> Option<PoolLoad> {
        self.load_of_pool(pool)
    }
}
