//! The control group of a pool, in which those of its satellites lie.

use super::Subtree;
use super::bounds::Bounds;
use super::files::Files;
use super::leaf::HEADROOM;
use crate::load::PoolLoad;
use launchpad_protocol::pool::Pool;
use std::io;
use std::path::{Path, PathBuf};

impl<F: Files> Subtree<F> {
    /// Bounds what all satellites of the pool have together, unless that is how they are bounded.
    /// `resting`: how many satellites may be in it that serve nobody.
    pub fn define(&mut self, pool: &Pool, resting: u32) -> io::Result<()> {
        if self.pools.get(&pool.name) == Some(pool) {
            return Ok(());
        }
        self.make_pool(&pool.name)?;
        // The kernel also counts the inits, of which each satellite has one, and the script's process of
        // one that waits.
        let inits = pool.processes.min(1).saturating_mul(HEADROOM + 2 * resting);
        let bounds = Bounds {
            memory: pool.memory,
            cpu: pool.cpu,
            processes: pool.processes.saturating_add(inits),
            processors: pool.processors,
        };
        self.apply(&self.pool(&pool.name), &bounds)?;
        self.pools.insert(pool.name.clone(), pool.clone());
        Ok(())
    }

    /// Removes the folder of a pool that has no satellites any more; with some, it stays until the
    /// next start.
    pub fn forget(&mut self, pool: &str) {
        if self.files.remove(&self.pool(pool)).is_ok() {
            self.pools.remove(pool);
        }
    }

    pub fn pool_load(&self, pool: &str) -> Option<PoolLoad> {
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
            let unbounded = Pool {
                name: pool.to_owned(),
                ..Pool::default()
            };
            self.pools.insert(pool.to_owned(), unbounded);
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

/// A name as a part of a file's: what is neither letter, digit nor `_` as `-` and two digits, so that
/// different names stay different.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => plain.push(byte.into()),
            _ => plain.push_str(&format!("-{byte:02x}")),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_folder() {
        assert_eq!(plain("default"), "default");
        assert_eq!(plain("../a/b"), "-2e-2e-2fa-2fb");
        assert_eq!(plain("nächtlich"), "n-c3-a4chtlich");
        assert_ne!(plain("a-2f"), plain("a/"));
        assert!(plain(&"\u{1f680}".repeat(15)).len() < 200);
    }
}
