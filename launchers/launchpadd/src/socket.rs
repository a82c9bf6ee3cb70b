//! The folder that launchpadd works in and the socket in it that backends connect to.

use crate::os;
use crate::packets::PacketSocket;
use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Mode, mkdir, stat, unlink};
use rustix::io::Errno;
use rustix::net::sockopt::socket_peercred;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, listen, socket_with,
};
use rustix::process::{chdir, geteuid};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The socket's name in the folder. Bound and connected to by this relative path: an absolute one
/// of more than 107 bytes does not fit, and data directories have such.
const NAME: &str = "launchpad.sock";

/// The subfolder that satellites mount their private roots on.
const ROOT: &str = "root";

/// Connections that wait to be accepted. The kernel caps it at net.core.somaxconn.
const BACKLOG: i32 = 1024;

/// How long to leave connections waiting when descriptors have run out.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot enter \"{folder}\": {errno}")]
    Enter { folder: PathBuf, errno: Errno },
    #[error("\"{folder}\" belongs to user id {owner}, not to {own}")]
    Owner {
        folder: PathBuf,
        owner: u32,
        own: u32,
    },
    #[error("\"{folder}\" is open to others: its mode is {mode:04o}, it must be 0700 or 0750")]
    Mode { folder: PathBuf, mode: u32 },
    #[error("cannot make the subfolder \"{ROOT}\" of \"{folder}\": {errno}")]
    Root { folder: PathBuf, errno: Errno },
    #[error("cannot bind \"{NAME}\" in \"{folder}\": {error}")]
    Bind { folder: PathBuf, error: io::Error },
}

/// Makes `folder` the working directory, if it is ours alone, with an empty subfolder in it whose
/// absolute path is returned.
pub fn enter(folder: &Path) -> Result<PathBuf, FolderError> {
    let errno_of = |errno| FolderError::Enter {
        folder: folder.to_owned(),
        errno,
    };
    chdir(folder).map_err(errno_of)?;
    // What was entered is looked at, not what the path may lead to by now.
    let status = stat(".").map_err(errno_of)?;
    let own = geteuid().as_raw();
    if status.st_uid != own {
        return Err(FolderError::Owner {
            folder: folder.to_owned(),
            owner: status.st_uid,
            own,
        });
    }
    let mode = status.st_mode & 0o7777;
    // A group may read, as it may the data directory; the socket in there is the owner's alone.
    if mode & 0o027 != 0 {
        return Err(FolderError::Mode {
            folder: folder.to_owned(),
            mode,
        });
    }
    let root = match mkdir(ROOT, Mode::RWXU) {
        Err(Errno::EXIST) => {
            stat(ROOT).and_then(|status| match FileType::from_raw_mode(status.st_mode) {
                FileType::Directory => Ok(()),
                _ => Err(Errno::NOTDIR),
            })
        }
        made => made,
    };
    root.map_err(|errno| FolderError::Root {
        folder: folder.to_owned(),
        errno,
    })?;
    Ok(folder.join(ROOT))
}

pub struct Listener {
    fd: AsyncFd<OwnedFd>,
}

impl Listener {
    /// Binds the socket in the working directory, in the place of one that a predecessor left.
    pub fn bind(folder: &Path) -> Result<Self, FolderError> {
        bound().map_err(|error| FolderError::Bind {
            folder: folder.to_owned(),
            error,
        })
    }

    /// The next connection by our own user and the peer's pid; others are closed without a word.
    /// None if there is none now after all. Loses nothing if it is dropped while waiting.
    pub async fn accept(&self) -> Option<(PacketSocket, u32)> {
        let accepted = self
            .fd
            .async_io(Interest::READABLE, |fd| {
                let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
                Ok(accept_with(fd, flags)?)
            })
            .await;
        match accepted {
            Ok(fd) => welcome(fd),
            Err(error) => {
                let errno = Errno::from_io_error(&error);
                if matches!(
                    errno,
                    Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
                ) {
                    tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
                }
                None
            }
        }
    }
}

fn welcome(fd: OwnedFd) -> Option<(PacketSocket, u32)> {
    let peer = socket_peercred(&fd).ok()?;
    if peer.uid != geteuid() {
        return None;
    }
    let pid = peer.pid.as_raw_nonzero().get().cast_unsigned();
    Some((PacketSocket::new(fd).ok()?, pid))
}

fn bound() -> io::Result<Listener> {
    match unlink(NAME) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(errno) => return Err(errno.into()),
    }
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let fd = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
    bind(&fd, &SocketAddrUnix::new(NAME)?)?;
    listen(&fd, BACKLOG)?;
    Ok(Listener {
        fd: os::registered(fd)?,
    })
}
