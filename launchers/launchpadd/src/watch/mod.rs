//! What nothing in the kernel bounds, measured. The memory of a satellite's processes together, where no
//! control group bounds it: resource limits bound each process, and of one alone not what it maps to
//! share. And what is in its work folder, where that is no file system of its own.
//!
//! What a process has is its anonymous and its shared memory, so that what several share (pages from
//! before a fork, shared memory) counts for each of them, but for what the interpreter had before the
//! script. That errs on the safe side: the kernel tells the true sum only to those who may look into
//! the processes.
//!
//! There is no timer while nothing runs. Nothing here waits or fails: a process that cannot be read
//! has ended, or is hidden by how /proc is mounted (hidepid), and then is not measured.

mod files;
mod proc;

use crate::roster::Order;
use proc::{Kernel, Processes};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Between two measurements: a process gets hold of a few hundred MB in that time.
const INTERVAL: Duration = Duration::from_millis(200);

/// More processes than a satellite can have; if one has them after all, the rest is not counted.
const MOST_PROCESSES: usize = 256;

#[derive(Debug, Clone)]
pub struct Watched {
    /// Of its init, the ancestor of all.
    pub init: u32,
    /// What its one process had before the request, which all that it forks share: counted once.
    pub shared: u64,
    /// Bytes of memory; None if the kernel bounds it.
    pub memory: Option<u64>,
    /// The work folder and its limit in bytes, if nothing bounds it.
    pub files: Option<(PathBuf, u64)>,
}

/// What a satellite has too much of, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    Memory(u64),
    Files(u64),
}

#[derive(Debug, Default)]
pub struct Watch {
    running: BTreeMap<Order, Watched>,
    next: Option<Instant>,
    blind: bool,
}

impl Watch {
    /// The satellite begins to serve a request.
    pub fn begin(&mut self, order: Order, watched: Watched, now: Instant) {
        if watched.memory.is_none() && watched.files.is_none() {
            return;
        }
        self.running.insert(order, watched);
        self.next.get_or_insert(now + INTERVAL);
    }

    /// It has ended, or is about to.
    pub fn end(&mut self, order: Order) {
        self.running.remove(&order);
        if self.running.is_empty() {
            self.next = None;
        }
    }

    /// When to call [`Watch::measure`].
    pub fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Whether the last look at a running satellite showed nothing.
    pub fn is_blind(&self) -> bool {
        self.blind
    }

    /// Those that have more than they may, with how much; they are not watched any more.
    pub fn measure(&mut self, now: Instant) -> Vec<(Order, Excess)> {
        self.measure_by(&Kernel, now)
    }

    fn measure_by(&mut self, processes: &impl Processes, now: Instant) -> Vec<(Order, Excess)> {
        let mut over = Vec::new();
        let mut blind = false;
        for (order, watched) in &self.running {
            if let Some(limit) = watched.memory {
                match used(processes, watched) {
                    Some(bytes) if bytes > limit => {
                        over.push((*order, Excess::Memory(bytes)));
                        continue;
                    }
                    Some(_) => {}
                    None => blind = true,
                }
            }
            if let Some((folder, limit)) = &watched.files {
                let bytes = files::used(folder, *limit);
                if bytes > *limit {
                    over.push((*order, Excess::Files(bytes)));
                }
            }
        }
        self.blind = blind;
        for (order, _) in &over {
            self.end(*order);
        }
        // Counted from now: measuring takes time itself.
        self.next = (!self.running.is_empty()).then(|| now + INTERVAL);
        over
    }
}

/// Bytes of the one process of a satellite that has no request yet; 0 if it cannot be seen.
pub fn resting(init: u32) -> u64 {
    let children = Kernel.children(init).unwrap_or_default();
    let memory = children.first().and_then(|process| Kernel.memory(*process));
    memory.unwrap_or(0)
}

/// Bytes of all below the init together; None if they cannot be seen.
fn used(processes: &impl Processes, watched: &Watched) -> Option<u64> {
    let mut all = processes.children(watched.init)?;
    let mut looked_at = 0;
    while let Some(&process) = all.get(looked_at) {
        if all.len() >= MOST_PROCESSES {
            break;
        }
        all.extend(processes.children(process).unwrap_or_default());
        looked_at += 1;
    }
    all.truncate(MOST_PROCESSES);
    let seen: Vec<u64> = all
        .iter()
        .filter_map(|process| processes.memory(*process))
        .collect();
    // One that has just ended is missing; if all are, they are hidden.
    if seen.is_empty() && !all.is_empty() {
        return None;
    }
    let own = seen
        .iter()
        .map(|bytes| bytes.saturating_sub(watched.shared));
    let common = seen
        .iter()
        .max()
        .map_or(0, |most| watched.shared.min(*most));
    Some(own.fold(common, u64::saturating_add))
}

#[cfg(test)]
mod tests;
