//! The few things that are done to files of a cgroup2 mount.

use crate::files;
use crate::os;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, stat};
use nix::unistd::mkdir;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// A mount of cgroup2, the kernel's or a test's.
pub trait Files {
    fn read(&self, path: &Path) -> io::Result<String>;
    /// To a file that is there, in one write.
    fn write(&self, path: &Path, text: &str) -> io::Result<()>;
    fn make(&self, folder: &Path) -> io::Result<()>;
    fn remove(&self, folder: &Path) -> io::Result<()>;
    /// The folders in `folder`.
    fn folders(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// The user who owns it.
    fn owner(&self, folder: &Path) -> io::Result<u32>;
    /// Whether systemd says that it is delegated.
    fn is_marked(&self, folder: &Path) -> bool;
    /// A lock on it for as long as the descriptor is open; None if another process has it.
    fn lock(&self, folder: &Path) -> io::Result<Option<OwnedFd>>;
}

pub struct Kernel;

impl Files for Kernel {
    fn read(&self, path: &Path) -> io::Result<String> {
        files::read(path)
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let file = open(path, OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty())?;
        nix::unistd::write(file, text.as_bytes())?;
        Ok(())
    }

    fn make(&self, folder: &Path) -> io::Result<()> {
        // The owner's alone, whatever the umask; its files have the kernel's own modes.
        Ok(mkdir(folder, Mode::S_IRWXU)?)
    }

    fn remove(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir(folder)
    }

    fn folders(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(folder)?.filter_map(Result::ok);
        Ok(entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect())
    }

    fn owner(&self, folder: &Path) -> io::Result<u32> {
        Ok(stat(folder)?.st_uid)
    }

    fn is_marked(&self, folder: &Path) -> bool {
        // The second one can be read by root only.
        [c"user.delegate", c"trusted.delegate"].iter().any(|name| {
            let mut value = [0; 1];
            os::getxattr(folder, name, &mut value) == Ok(1) && value == *b"1"
        })
    }

    fn lock(&self, folder: &Path) -> io::Result<Option<OwnedFd>> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = File::from(open(folder, flags, Mode::empty())?);
        match folder.try_lock() {
            Ok(()) => Ok(Some(folder.into())),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
