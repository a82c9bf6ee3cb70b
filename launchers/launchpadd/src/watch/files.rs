//! The size of a work folder that no file system of its own bounds.
//!
//! A script can put so many files there that looking at them takes seconds, in which nobody else would be
//! served. So another thread looks, at one folder one at a time, and what it finds counts at the next look.

use crate::os;
use nix::NixPath;
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, SFlag, fstatat};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

/// What a file or a folder counts at least, so that many small ones are not for free, and looking at
/// them is soon done.
const LEAST: u64 = 16 << 10;

/// Folders in folders; each is held open while those in it are looked at.
const DEPTH: usize = 100;

/// Bytes of a thread's stack: it holds a folder for each level.
pub(super) const STACK: usize = 512 << 10;

/// A work folder and its limit in bytes.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    limit: u64,
    walk: Option<JoinHandle<u64>>,
    /// By the last walk that ended.
    used: u64,
}

impl Files {
    pub fn new(folder: PathBuf, limit: u64) -> Self {
        Files {
            folder,
            limit,
            walk: None,
            used: 0,
        }
    }

    /// Bytes, by the last walk.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Bytes that may still come, by the last walk.
    pub fn room(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Some: it held more than it may when it was last looked at. Has it looked at again.
    pub fn excess(&mut self) -> Option<u64> {
        if let Some(walk) = self.walk.take_if(|walk| walk.is_finished()) {
            self.used = walk.join().unwrap_or(u64::MAX);
        }
        if self.walk.is_none() {
            let (folder, limit) = (self.folder.clone(), self.limit);
            let walk = thread::Builder::new().stack_size(STACK);
            // Without a thread the next look may have one.
            self.walk = walk.spawn(move || used(&folder, limit)).ok();
        }
        (self.used > self.limit).then_some(self.used)
    }
}

/// Bytes of what is in `folder`, as far as is needed to see that it is more than `limit`; all that there
/// can be, if some of it cannot be looked at.
pub(super) fn used(folder: &Path, limit: u64) -> u64 {
    let mut bytes = 0;
    match open(AT_FDCWD, folder).and_then(|top| add(top, 0, limit, &mut bytes)) {
        Ok(()) | Err(Errno::ENOENT) => bytes,
        Err(_) => u64::MAX,
    }
}

fn add(folder: OwnedFd, depth: usize, limit: u64, bytes: &mut u64) -> Result<(), Errno> {
    for entry in Dir::from_fd(open(&folder, c".")?)?.iter() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let status = match fstatat(&folder, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(status) => status,
            Err(Errno::ENOENT) => continue,
            Err(errno) => return Err(errno),
        };
        let blocks = u64::try_from(status.st_blocks).unwrap_or(0);
        *bytes = bytes.saturating_add(LEAST.max(blocks.saturating_mul(512)));
        if *bytes > limit {
            return Ok(());
        }
        if !os::is_a(SFlag::S_IFDIR, status.st_mode) {
            continue;
        }
        if depth == DEPTH {
            return Err(Errno::ELOOP);
        }
        match open(&folder, name) {
            Ok(inner) => add(inner, depth + 1, limit, bytes)?,
            // Gone, or something else by now, which the next look will find.
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Not by way of a link, which would lead out of the folder.
fn open<P: NixPath + ?Sized>(within: impl AsFd, name: &P) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(within, name, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_walk_that_takes_long_delays_nobody() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().to_owned();
        for file in 0..20_000 {
            std::fs::write(folder.join(file.to_string()), "").unwrap();
        }
        let begun = Instant::now();
        let all = used(&folder, u64::MAX);
        let walk = begun.elapsed();
        assert_eq!(all, 20_000 * LEAST);
        let mut files = Files::new(folder.clone(), all - 1);
        let mut longest = Duration::ZERO;
        let excess = loop {
            let begun = Instant::now();
            let excess = files.excess();
            longest = longest.max(begun.elapsed());
            if let Some(excess) = excess {
                break excess;
            }
            thread::sleep(Duration::from_millis(1));
        };
        assert_eq!(excess, all);
        assert!(longest < walk / 2, "{longest:?} of {walk:?}");
    }

    #[test]
    fn files_folders_and_links_count() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        std::fs::create_dir_all(folder.join("inner")).unwrap();
        assert_eq!(used(folder, u64::MAX), LEAST);
        std::fs::write(folder.join("inner/file"), vec![1; 1 << 20]).unwrap();
        std::os::unix::fs::symlink("/usr", folder.join("inner/link")).unwrap();
        let all = used(folder, u64::MAX);
        assert!((1 << 20..2 << 20).contains(&all), "{all}");
        assert!(used(folder, LEAST) > LEAST);
        // What is closed to us, or too deep, may hold anything.
        let inner = folder.join("inner");
        let mut deep = inner.clone();
        deep.extend(std::iter::repeat_n("d", DEPTH));
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(used(folder, u64::MAX), u64::MAX);
        std::fs::remove_dir(&deep).unwrap();
        assert!(used(folder, u64::MAX) < 4 << 20);
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(used(folder, u64::MAX), 0);
    }
}
