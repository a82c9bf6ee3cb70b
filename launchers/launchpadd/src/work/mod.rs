//! Work folders for satellites that have no file system of their own (`launchpad.sandbox` = container):
//! made before the fork in `launchpad.work_directory`, removed when the satellite is gone.

mod site;
#[cfg(test)]
mod tests;
mod trusted;

pub use site::{Name, Site};

use crate::{log, os};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// The name by which a refused work directory is a step of the sandbox.
pub const STEP: &str = "work directory";

/// It follows no link, whatever is put in its way.
const RM: &str = "/bin/rm";

/// A script's process may be on its way out when its folder is removed, with a write under way.
const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Why no work folders can be made in `launchpad.work_directory`.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("launchpad.work_directory is empty")]
    Empty,
    #[error("cannot look at \"{path}\": {error}")]
    Look { path: PathBuf, error: String },
    #[error("\"{0}\" is not a directory")]
    NoDirectory(PathBuf),
    #[error("\"{path}\" belongs to user id {owner}, who could put something else in its place")]
    Owner { path: PathBuf, owner: u32 },
    #[error(
        "\"{path}\" has mode {mode:04o}: others can rename what is in it (chmod +t keeps them from it)"
    )]
    Open { path: PathBuf, mode: u32 },
    #[error("\"{path}\" is in the {what}")]
    Within { path: PathBuf, what: &'static str },
    #[error("\"{path}\" is on the file system of the {what}, which scripts could fill")]
    SameFileSystem { path: PathBuf, what: &'static str },
    #[error("\"{0}\" is gone")]
    Gone(PathBuf),
    #[error("cannot make \"{path}\": {error}")]
    Make { path: PathBuf, error: String },
}

impl Unfit {
    fn look(path: &Path, errno: Errno) -> Self {
        Unfit::Look {
            path: path.to_owned(),
            error: errno.to_string(),
        }
    }
}

pub struct Work {
    folder: PathBuf,
    /// Stays for as long as there is a folder in it.
    _site: Arc<Site>,
}

impl Work {
    pub fn make(site: &Arc<Site>, order: u64) -> Result<Self, Unfit> {
        let folder = site.folder().join(format!("work-{order}"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => Ok(Work {
                folder,
                _site: Arc::clone(site),
            }),
            Err(error) => Err(Unfit::Make {
                path: folder,
                error: error.to_string(),
            }),
        }
    }

    /// Nobody has removed it.
    pub fn is_there(&self) -> bool {
        self.folder.is_dir()
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
            let started = start_to_remove(program, &self.folder, Stdio::null());
            if let Ok(end) = started.and_then(os::registered) {
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

/// Starts to remove it; what becomes readable at the end of that. The process is reaped as any child.
/// `input`: what it is to hold open until then.
fn start_to_remove(program: &str, folder: &Path, input: Stdio) -> io::Result<OwnedFd> {
    let started = Command::new(program)
        .env_clear()
        .args(["-rf", "--"])
        .arg(folder)
        .stdin(input)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let pid = i32::try_from(started.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    // Only this thread reaps, so that the number is still its own.
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}
