//! The size of a work folder that no file system of its own bounds.

use std::fs::{read_dir, symlink_metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a file or a folder counts at least, so that many small ones are not for free, and looking at
/// them is soon done.
const LEAST: u64 = 16 << 10;

/// Bytes of what is in `folder`, as far as is needed to see that it is more than `limit`.
pub fn used(folder: &Path, limit: u64) -> u64 {
    let mut bytes = 0_u64;
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // One that is gone, or closed to us, has been counted as an entry.
        for entry in read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(status) = symlink_metadata(&path) else {
                continue;
            };
            bytes = bytes.saturating_add(LEAST.max(status.blocks().saturating_mul(512)));
            if bytes > limit {
                return bytes;
            }
            if status.is_dir() {
                folders.push(path);
            }
        }
    }
    bytes
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
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(used(&folder, u64::MAX), 0);
    }
}
