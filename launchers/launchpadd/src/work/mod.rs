//! Work folders for satellites that have no file system of their own (`launchpad.sandbox` = container):
//! made before the fork in `launchpad.work_directory`, removed when the satellite is gone.

mod site;
#[cfg(test)]
mod tests;
mod trusted;

pub use site::{Name, Site};

use crate::{log, os};
use nix::errno::Errno;
use std::fs::Permissions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::{Builder, TempDir};

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
            error: io::Error::from(errno).to_string(),
        }
    }

    fn make(path: PathBuf, error: &io::Error) -> Self {
        let error = error.to_string();
        // tempfile appends the path.
        let error = error.split(" at path ").next().unwrap_or_default();
        Unfit::Make {
            path,
            error: error.to_owned(),
        }
    }
}

/// Of a folder by exactly that name, which no other has had, and closed to others. Whatever is there already, a link as
/// well, is in its way. Another process removes it: it may be large.
fn private(name: &str) -> Builder<'_, 'static> {
    let mut builder = Builder::new();
    builder
        .prefix(name)
        .rand_bytes(0)
        .permissions(Permissions::from_mode(0o700))
        .disable_cleanup(true);
    builder
}

pub struct Work {
    folder: TempDir,
    /// Stays for as long as there is a folder in it.
    _site: Arc<Site>,
}

impl Work {
    pub fn make(site: &Arc<Site>, order: u64) -> Result<Self, Unfit> {
        let name = format!("work-{order}");
        match private(&name).tempdir_in(site.folder()) {
            Ok(folder) => Ok(Work {
                folder,
                _site: Arc::clone(site),
            }),
            Err(error) => Err(Unfit::make(site.folder().join(name), &error)),
        }
    }

    /// Nobody has removed it.
    pub fn is_there(&self) -> bool {
        self.folder().is_dir()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What is in it may be so much that removing it takes a while: another process does it.
    pub async fn remove(self) {
        if !self.is_removed_by(RM).await {
            let line = format!("cannot remove {}", self.folder().display());
            log::write("warning", &line);
        }
    }

    /// Each attempt has ended before the next one begins.
    async fn is_removed_by(&self, program: &str) -> bool {
        for _ in 0..ATTEMPTS {
            let started = start_to_remove(program, self.folder(), Stdio::null());
            if let Ok(end) = started.and_then(os::registered) {
                let _ = end.readable().await;
            }
            if !self.folder().exists() {
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
    // Only this thread reaps, so that the number is still its own.
    Ok(os::pidfd_open(started.id())?)
}
