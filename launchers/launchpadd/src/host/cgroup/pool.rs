//! The cgroup of a pool, in which those of its satellites lie.

use super::Subtree;
use super::files::Files;
use super::leaf::Leaf;
use crate::enforce::{Bounds, PoolLoad};
use std::io;
use std::path::{Path, PathBuf};

/// Of each satellite the kernel also counts its init, and for a moment at its end whoever lingers; of one
/// that waits, its script's process.
const BESIDE: u32 = 2;

/// A pool that has a folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// How it was last bounded.
    bounds: Bounds,
    /// Satellites in it.
    leaves: u32,
}

impl<F: Files> Subtree<F> {
    /// Bounds what all satellites of the pool have together, unless that is how they are bounded.
    pub(super) fn bound_pool(&mut self, pool: &str, bounds: &Bounds) -> io::Result<()> {
        let folder = self.make_pool(pool)?;
        let known = self.pools.get(pool);
        if known.is_some_and(|known| known.bounds == *bounds) {
            return Ok(());
        }
        self.apply(&folder, bounds)?;
        if let Some(known) = self.pools.get_mut(pool) {
            known.bounds = *bounds;
        }
        self.bound_processes(pool)
    }

    /// Counts a leaf that has been made in the pool, unless that fails.
    pub(super) fn entered(&mut self, pool: &str) -> io::Result<()> {
        if let Some(known) = self.pools.get_mut(pool) {
            known.leaves = known.leaves.saturating_add(1);
        }
        let bounded = self.bound_processes(pool);
        if bounded.is_err()
            && let Some(known) = self.pools.get_mut(pool)
        {
            known.leaves = known.leaves.saturating_sub(1);
        }
        bounded
    }

    /// Counts one that will be removed.
    pub(super) fn left(&mut self, leaf: &Leaf) {
        if let Some(known) = self.pools.get_mut(leaf.pool()) {
            known.leaves = known.leaves.saturating_sub(1);
        }
        // It is only too much.
        let _ = self.bound_processes(leaf.pool());
    }

    fn bound_processes(&self, pool: &str) -> io::Result<()> {
        let known = self.pools.get(pool);
        let Some((known, processes)) =
            known.and_then(|known| Some((known, known.bounds.processes?)))
        else {
            return Ok(());
        };
        let beside = known.leaves.saturating_mul(BESIDE);
        let most = processes.saturating_add(beside);
        let file = self.pool(pool).join("pids.max");
        self.files.write(&file, &most.to_string())
    }

    /// Removes the folder of a pool that has no satellites any more; with some, it stays until the
    /// next start.
    pub(super) fn remove_pool(&mut self, pool: &str) {
        if self.files.remove(&self.pool(pool)).is_ok() {
            self.pools.remove(pool);
        }
    }

    pub(super) fn load_of_pool(&self, pool: &str) -> Option<PoolLoad> {
        let folder = self.pool(pool);
        Some(PoolLoad {
            now: self.seen(&folder)?,
            peak: self.peak(&folder),
        })
    }

    /// The folder for the pool's leaves, which may have them at once.
    pub(super) fn make_pool(&mut self, pool: &str) -> io::Result<PathBuf> {
        let folder = self.pool(pool);
        if !self.pools.contains_key(pool) {
            match self.files.make(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
            self.give(&folder).inspect_err(|_| {
                let _ = self.files.remove(&folder);
            })?;
            self.pools.insert(pool.to_owned(), Folder::default());
        }
        Ok(folder)
    }

    pub(super) fn pool(&self, pool: &str) -> PathBuf {
        self.folder.join(format!("pool-{}", plain(pool)))
    }

    /// Lets the leaves in it have the controllers.
    fn give(&self, folder: &Path) -> io::Result<()> {
        let names = super::WANTED.into_iter();
        let time = self.processors.time.then_some("cpu");
        let choice = self.processors.choice.then_some("cpuset");
        let all: Vec<_> = names
            .chain(time)
            .chain(choice)
            .map(|name| format!("+{name}"))
            .collect();
        let path = folder.join("cgroup.subtree_control");
        self.files.write(&path, &all.join(" "))
    }
}

/// A name as a part of a file's: ASCII that is neither letter, digit nor `_`, and control characters, as `-` and two
/// digits, so that different names stay different. The longest name stays shorter than a file's may be.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '_' | '0'..='9' | 'A'..='Z' | 'a'..='z' => plain.push(character),
            _ if character.is_ascii() || character.is_control() => {
                plain.push_str(&format!("-{:02x}", u32::from(character)));
            }
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use launchpad_protocol::pool::{MAX_NAME, MAX_NAME_IN_UTF8};

    #[test]
    fn names_cannot_leave_their_folder() {
        assert_eq!(plain("default"), "default");
        assert_eq!(plain("../a/b"), "-2e-2e-2fa-2fb");
        assert_eq!(plain("nächtlich"), "nächtlich");
        assert_ne!(plain("a-2f"), plain("a/"));
        assert_eq!(plain("a\u{85}b"), "a-85b");
        let each = ["€", "/", "\u{9f}"];
        for longest in each.map(|character| character.repeat(MAX_NAME)) {
            assert!(longest.len() <= MAX_NAME_IN_UTF8);
            assert!(plain(&longest).len() < 200);
        }
    }
}
