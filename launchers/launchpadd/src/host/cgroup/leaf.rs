//! The cgroup of one satellite.

use super::files::{Files, Kernel};
use super::{PAUSE, Subtree};
use crate::enforce::{Bounds, Load};
use launchpad_protocol::launch::Ending;
use std::io;
use std::path::{Path, PathBuf};

/// Processes and threads beyond those that a request may have: the limit inside (RLIMIT_NPROC) counts
/// for each user, this one also if that one can be evaded, with room for what it does not count.
const HEADROOM: u32 = 32;

/// For a satellite that has no request yet.
const MOST_PROCESSES: u32 = 64 + HEADROOM;

/// How often it is tried to remove a leaf whose satellite has just ended.
const ATTEMPTS: u32 = 200;

#[derive(Debug)]
pub(super) struct Leaf {
    folder: PathBuf,
    pool: String,
    /// How often the pool itself had run out of memory when the satellite got its request.
    shortages: u64,
}

impl<F: Files> Subtree<F> {
    /// Makes the leaf of the satellite number `order`, which has no limit of memory yet.
    pub(super) fn leaf(&mut self, order: u64, pool: &str) -> io::Result<Leaf> {
        let leaf = Leaf {
            folder: self.make_pool(pool)?.join(format!("satellite-{order}")),
            pool: pool.to_owned(),
            shortages: 0,
        };
        self.files.make(&leaf.folder)?;
        leaf.prepare(self)
            .and_then(|()| self.entered(pool))
            .inspect_err(|_| {
                let _ = self.files.remove(&leaf.folder);
            })?;
        Ok(leaf)
    }

    /// Bounds what all processes in the leaf have together, as a request demands, with `files`
    /// bytes of files in memory besides.
    pub(super) fn limit(&self, leaf: &mut Leaf, bounds: &Bounds, files: u64) -> io::Result<()> {
        leaf.shortages = self.shortages(&leaf.pool);
        let bounds = Bounds {
            memory: bounds.memory.map(|bytes| bytes.saturating_add(files)),
            processes: bounds
                .processes
                .map(|number| number.saturating_add(HEADROOM)),
            ..*bounds
        };
        self.apply(&leaf.folder, &bounds)
    }

    /// Why the kernel ended the leaf's processes for want of memory; None if that has not happened.
    ///
    /// The kernel counts a shortage in the group that has reached its limit (`oom`) and those above it,
    /// a kill in the group of whom it killed: a leaf with kills and no shortage was in the way of another's.
    pub(super) fn ran_out(&self, leaf: &Leaf) -> Option<Ending> {
        let count = |event| self.count(&leaf.folder, "memory.events", event);
        if count("oom_kill")? == 0 {
            return None;
        }
        let by_pool = count("oom") == Some(0) && self.shortages(&leaf.pool) > leaf.shortages;
        let pool = self.pool(&leaf.pool);
        let limit = self.number(&pool, "memory.max").filter(|_| by_pool);
        Some(match limit {
            Some(limit) => Ending::PoolOutOfMemory {
                used: self.peak(&pool).unwrap_or(limit),
                limit,
            },
            None => Ending::OutOfMemory {
                used: self
                    .peak(&leaf.folder)
                    .or_else(|| self.number(&leaf.folder, "memory.max"))
                    .unwrap_or(0),
            },
        })
    }

    /// What the satellite has.
    pub(super) fn leaf_load(&self, leaf: &Leaf) -> Option<Load> {
        self.seen(&leaf.folder)
    }

    fn shortages(&self, pool: &str) -> u64 {
        // Not those of the leaves in it.
        let count = self.count(&self.pool(pool), "memory.events.local", "oom");
        count.unwrap_or(0)
    }
}

impl Leaf {
    /// What the satellite's policy names.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn pool(&self) -> &str {
        &self.pool
    }

    /// Removes the leaf, whose satellite is gone or will be: the last of its processes may still
    /// be on their way out.
    pub async fn remove(self) {
        for _ in 0..ATTEMPTS {
            match end(&Kernel, &self.folder) {
                Ok(()) => return,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        // It costs the kernel a little memory, and the next launchpadd removes it.
        let line = format!("cannot remove {}", self.folder.display());
        crate::log::write("warning", &line);
    }

    fn prepare<F: Files>(&self, subtree: &Subtree<F>) -> io::Result<()> {
        let write = |name, text: &str| subtree.files.write(&self.file(name), text);
        write("pids.max", &MOST_PROCESSES.to_string())?;
        // Without its other processes a script could only go wrong.
        write("memory.oom.group", "1")?;
        // Kernels without swap do not have it.
        match write("memory.swap.max", "0") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            written => written,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Kills all in the leaf and removes it, unless somebody is still on the way out.
pub(super) fn end(files: &impl Files, folder: &Path) -> io::Result<()> {
    match files.remove(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            // Linux 5.14; before, the end of the init does it.
            let _ = files.write(&folder.join("cgroup.kill"), "1");
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}
