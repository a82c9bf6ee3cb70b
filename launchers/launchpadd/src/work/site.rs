//! Where work folders are made: a folder in `launchpad.work_directory` that is this launchpadd's alone.
//!
//! Several clusters may name the same directory. Each run of each launchpadd makes a folder there by a name that nobody can
//! know before, and holds a lock on it for as long as it lives. So one that can be locked is a dead run's, and whoever of
//! the same user finds it removes it.

use super::{Unfit, trusted};
use crate::sweeper::Sweeper;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{FileStat, Mode, fstat, lstat, stat};
use nix::sys::statvfs::statvfs;
use nix::unistd::geteuid;
use std::fs::{File, TryLockError, read_dir};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PREFIX: &str = "pg_launchpad-";

/// One launchpadd's folder. Its end is the folder's: another process removes it then.
pub struct Site {
    /// As `launchpad.work_directory` names it.
    directory: String,
    folder: TempDir,
    /// Of the folder.
    device: u64,
    inode: u64,
    /// Locked.
    _lock: OwnedFd,
    sweeper: Sweeper,
}

impl Site {
    /// `data`: the data directory. `name`: not given to another before, by whichever run.
    pub fn make(directory: &str, data: &Path, name: &Name) -> Result<Self, Unfit> {
        let real = fit(directory, data)?;
        clear(&real);
        let name = name.to_string();
        let failed = |error: io::Error| Unfit::make(real.join(&name), &error);
        let folder = super::private(&name).tempdir_in(&real).map_err(failed)?;
        let lock = locked(folder.path()).map_err(failed)?;
        let status = fstat(&lock).map_err(|errno| failed(errno.into()))?;
        let sweeper = Sweeper::start(folder.path()).map_err(failed)?;
        let site = Site {
            directory: directory.to_owned(),
            device: status.st_dev,
            inode: status.st_ino,
            folder,
            _lock: lock,
            sweeper,
        };
        match site.is_there() {
            true => Ok(site),
            // Another launchpadd was faster than our lock.
            false => Err(failed(io::ErrorKind::NotFound.into())),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether it is the one of that setting, and in its place.
    pub fn serves(&self, directory: &str) -> bool {
        self.directory == directory && self.is_there()
    }

    /// Nobody has removed it, or mounted something over it.
    pub fn is_there(&self) -> bool {
        let found = lstat(self.folder());
        found.is_ok_and(|found| (found.st_dev, found.st_ino) == (self.device, self.inode))
    }

    /// Bytes that its file system could still give; None where it does not say.
    pub fn available(&self) -> Option<u64> {
        let found = statvfs(self.folder()).ok()?;
        Some(
            found
                .blocks_available()
                .saturating_mul(found.fragment_size()),
        )
    }

    /// The process that removes it.
    pub fn sweeper(&self) -> u32 {
        self.sweeper.process()
    }
}

/// A folder's.
pub struct Name {
    pub run: u64,
    pub count: u64,
}

impl std::fmt::Display for Name {
    fn fmt(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(text, "{PREFIX}{:016x}-{}", self.run, self.count)
    }
}

/// Whether a file's name is one.
fn is_name(name: &str) -> bool {
    let parts = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('-'));
    let digits = |text: &str, radix| text.chars().all(|digit| digit.is_digit(radix));
    parts.is_some_and(|(run, count)| {
        run.len() == 16 && digits(run, 16) && !count.is_empty() && digits(count, 10)
    })
}

/// The directory's real path, if it may be used.
fn fit(directory: &str, data: &Path) -> Result<PathBuf, Unfit> {
    if directory.is_empty() {
        return Err(Unfit::Empty);
    }
    let path = Path::new(directory);
    if !path.is_absolute() {
        return Err(Unfit::NoDirectory(path.to_owned()));
    }
    let real = trusted::real(path)?;
    let device = look(&real)?.st_dev;
    let wal = data.join("pg_wal");
    for (what, holder) in [("data directory", data), ("WAL", &wal)] {
        let Some(holder) = resolved(holder)? else {
            continue;
        };
        if real.starts_with(&holder) {
            return Err(Unfit::Within { path: real, what });
        }
        if look(&holder)?.st_dev == device {
            return Err(Unfit::SameFileSystem { path: real, what });
        }
    }
    for entry in read_dir(data.join("pg_tblspc"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let tablespace = resolved(&entry.path())?;
        if tablespace.is_some_and(|tablespace| real.starts_with(tablespace)) {
            let what = "directory of a tablespace";
            return Err(Unfit::Within { path: real, what });
        }
    }
    Ok(real)
}

fn look(path: &Path) -> Result<FileStat, Unfit> {
    stat(path).map_err(|errno| Unfit::look(path, errno))
}

/// None: it is not there.
fn resolved(path: &Path) -> Result<Option<PathBuf>, Unfit> {
    match path.canonicalize() {
        Ok(path) => Ok(Some(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Unfit::Look {
            path: path.to_owned(),
            error: error.to_string(),
        }),
    }
}

/// Removes what dead runs have left; in other processes, which hold the locks until they are done.
fn clear(directory: &Path) {
    for entry in read_dir(directory).into_iter().flatten().flatten() {
        let is_ours = |status: std::fs::Metadata| status.uid() == geteuid().as_raw();
        if is_name(&entry.file_name().to_string_lossy())
            && entry.metadata().is_ok_and(is_ours)
            && let Ok(lock) = locked(&entry.path())
        {
            // What stays is removed at the next start.
            let _ = super::start_to_remove(super::RM, &entry.path(), lock.into());
        }
    }
}

/// The folder, not by way of a link; an error if somebody else has locked it.
fn locked(folder: &Path) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let opened = File::from(open(folder, flags, Mode::empty())?);
    opened.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Errno::EWOULDBLOCK.into(),
        TryLockError::Error(error) => error,
    })?;
    Ok(opened.into())
}
