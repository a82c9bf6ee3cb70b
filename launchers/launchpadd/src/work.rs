//! Work folders for satellites that have no file system of their own (`launchpad.sandbox` = container):
//! made before the fork, removed when the satellite is gone.

use crate::{log, os};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::fs::{DirBuilder, read_dir};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// It follows no link, whatever is put in its way.
const RM: &str = "/bin/rm";

/// Beside the folder that satellites mount their roots on; zygotes can write in it, and nowhere else.
const FOLDER: &str = launchpad_sandbox::WORK;

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
        let mut folder = prefix(launchpad, run).into_os_string();
        folder.push(order.to_string());
        let folder = PathBuf::from(folder);
        DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Work { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is in it may be so much that removing it takes a while: another process does it.
    pub async fn remove(self) {
        if !self.is_removed_by(RM).await {
            let line = format!("cannot remove {}", self.folder.display());
            log::write("warning", &line);
        }
    }

    /// Each attempt has ended before the next one begins.
    async fn is_removed_by(&self, program: &str) -> bool {
        for _ in 0..ATTEMPTS {
            if let Ok(end) = remove(program, &self.folder).and_then(os::registered) {
                let _ = end.readable().await;
            }
            if !self.folder.exists() {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }
}

/// What the paths of a run's folders begin with.
pub fn prefix(launchpad: &Path, run: u64) -> PathBuf {
    launchpad.join(FOLDER).join(format!("{PREFIX}{run:016x}-"))
}

/// Makes the folder for all of them, before there is any zygote.
pub fn prepare(launchpad: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(launchpad.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Removes what a predecessor that was killed has left. Before the first is made.
pub fn clear(launchpad: &Path) {
    let left = read_dir(launchpad.join(FOLDER))
        .into_iter()
        .flatten()
        .flatten();
    left.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        // What stays is removed at the next start.
        .for_each(|entry| drop(remove(RM, &entry.path())));
}

/// Starts to remove it; what becomes readable at the end of that. The process is reaped as any child.
fn remove(program: &str, folder: &Path) -> io::Result<OwnedFd> {
    let started = Command::new(program)
        .env_clear()
        .args(["-rf", "--"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let pid = i32::try_from(started.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    // Only this thread reaps, so that the number is still its own.
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn what_a_script_left_is_removed_and_nothing_else() {
        let place = std::env::temp_dir().join(format!("launchpad-work-{}", std::process::id()));
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("secret"), "").unwrap();
        prepare(&place).unwrap();
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

    /// A work folder in a new place, and a program that removes it at the third attempt if it `succeeds`,
    /// slowly; each attempt leaves two lines in `log`.
    fn slow(name: &str, succeeds: bool) -> (PathBuf, Work, String) {
        let place = std::env::temp_dir().join(format!("launchpad-{name}-{}", std::process::id()));
        std::fs::create_dir(&place).unwrap();
        let (program, log) = (place.join("slow"), place.join("log"));
        let log = log.display();
        let third = format!("[ $(grep -c begun {log}) -lt 3 ] || rm -r \"$3\"");
        let last = if succeeds { &third } else { "" };
        let text =
            format!("#!/bin/sh\necho begun >>{log}\nsleep 0.2\n{last}\necho ended >>{log}\n");
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
        prepare(&place).unwrap();
        let work = Work::make(&place, 1, 1).unwrap();
        (place, work, program.display().to_string())
    }

    #[tokio::test]
    async fn an_attempt_ends_before_the_next_one_begins() {
        let (place, work, program) = slow("attempts", true);
        assert!(work.is_removed_by(&program).await);
        let log = std::fs::read_to_string(place.join("log")).unwrap();
        assert_eq!(log, "begun\nended\n".repeat(3));
        std::fs::remove_dir_all(&place).unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_removed_is_given_up() {
        let (place, work, program) = slow("given-up", false);
        assert!(!work.is_removed_by(&program).await);
        assert!(work.folder().exists());
        std::fs::remove_dir_all(&place).unwrap();
    }
}
