//! The size of a work folder that no file system of its own bounds.

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;
use std::path::Path;

/// What a file or a folder counts at least, so that many small ones are not for free, and looking at
/// them is soon done.
const LEAST: u64 = 16 << 10;

/// Folders in folders; each is held open while those in it are looked at.
const DEPTH: usize = 100;

/// Bytes of what is in `folder`, as far as is needed to see that it is more than `limit`; all that there
/// can be, if some of it cannot be looked at.
pub fn used(folder: &Path, limit: u64) -> u64 {
    let mut bytes = 0;
    match open(CWD, folder).and_then(|top| add(top, 0, limit, &mut bytes)) {
        Ok(()) | Err(Errno::NOENT) => bytes,
        Err(_) => u64::MAX,
    }
}

fn add(folder: OwnedFd, depth: usize, limit: u64, bytes: &mut u64) -> Result<(), Errno> {
    let mut entries = Dir::read_from(&folder)?;
    while let Some(entry) = entries.read() {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let status = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(status) => status,
            Err(Errno::NOENT) => continue,
            Err(errno) => return Err(errno),
        };
        let blocks = u64::try_from(status.st_blocks).unwrap_or(0);
        *bytes = bytes.saturating_add(LEAST.max(blocks.saturating_mul(512)));
        if *bytes > limit {
            return Ok(());
        }
        if FileType::from_raw_mode(status.st_mode) != FileType::Directory {
            continue;
        }
        if depth == DEPTH {
            return Err(Errno::LOOP);
        }
        match open(&folder, name) {
            Ok(inner) => add(inner, depth + 1, limit, bytes)?,
            // Gone, or something else by now, which the next look will find.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Not by way of a link, which would lead out of the folder.
fn open<P: rustix::path::Arg>(within: impl rustix::fd::AsFd, name: P) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(within, name, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_links_count() {
        let folder = std::env::temp_dir().join(format!("launchpad-files-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("inner")).unwrap();
        assert_eq!(used(&folder, u64::MAX), LEAST);
        std::fs::write(folder.join("inner/file"), vec![1; 1 << 20]).unwrap();
        std::os::unix::fs::symlink("/usr", folder.join("inner/link")).unwrap();
        let all = used(&folder, u64::MAX);
        assert!((1 << 20..2 << 20).contains(&all), "{all}");
        assert!(used(&folder, LEAST) > LEAST);
        // What is closed to us, or too deep, may hold anything.
        let inner = folder.join("inner");
        let mut deep = inner.clone();
        deep.extend(std::iter::repeat_n("d", DEPTH));
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(used(&folder, u64::MAX), u64::MAX);
        std::fs::remove_dir(&deep).unwrap();
        assert!(used(&folder, u64::MAX) < 4 << 20);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(used(&folder, u64::MAX), 0);
    }
}
