//! Work folders for satellites that have no file system of their own (`launchpad.sandbox` = container):
//! made before the fork, removed when the satellite is gone.

use std::fs::{DirBuilder, read_dir};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Beside the folder that satellites mount their roots on.
const PREFIX: &str = "work-";

/// A script's process may be on its way out when its folder is removed, with a write under way.
const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub struct Work {
    folder: PathBuf,
}

impl Work {
    /// `launchpad`: our own folder, an absolute path. Another `run` of launchpadd has other names: it may
    /// still be removing those of the one before.
    pub fn make(launchpad: &Path, run: u64, order: u64) -> io::Result<Self> {
        let folder = launchpad.join(format!("{PREFIX}{run:016x}-{order}"));
        DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Work { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is in it may be so much that removing it takes a while: another process does it.
    pub async fn remove(self) {
        for _ in 0..ATTEMPTS {
            remove(&self.folder);
            tokio::time::sleep(PAUSE).await;
            if !self.folder.exists() {
                return;
            }
        }
    }
}

/// Removes what a predecessor that was killed has left. Before the first is made.
pub fn clear(launchpad: &Path) {
    let left = read_dir(launchpad).into_iter().flatten().flatten();
    left.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .for_each(|entry| remove(&entry.path()));
}

/// `rm` follows no link, whatever is put in its way; it is reaped as any child.
fn remove(folder: &Path) {
    let started = Command::new("/bin/rm")
        .env_clear()
        .args(["-rf", "--"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    // Without it the folder stays until the next attempt or start.
    drop(started);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_script_left_is_removed_and_nothing_else() {
        let place = std::env::temp_dir().join(format!("launchpad-work-{}", std::process::id()));
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("secret"), "").unwrap();
        let work = Work::make(&place, 1, 7).unwrap();
        let deep = work.folder().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::os::unix::fs::symlink(&place, deep.join("link")).unwrap();
        assert!(Work::make(&place, 1, 7).is_err());
        let folder = work.folder().to_owned();
        work.remove().await;
        assert!(!folder.exists());
        assert!(place.join("secret").exists());

        let left = Work::make(&place, 1, 8).unwrap();
        clear(&place);
        // The next run's first folders do not wait for that.
        let next = Work::make(&place, 2, 8).unwrap();
        assert_ne!(next.folder(), left.folder());
        let gone = || !left.folder().exists();
        for _ in 0..100 {
            if gone() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(gone() && place.join("secret").exists() && next.folder().exists());
        std::fs::remove_dir_all(&place).unwrap();
    }
}
