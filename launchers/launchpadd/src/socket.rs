//! The folder that launchpadd works in and the socket in it that backends connect to.

use crate::os;
use crate::packets::PacketSocket;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, getsockopt, listen, socket, sockopt,
};
use nix::sys::stat::{Mode, SFlag, stat};
use nix::unistd::{chdir, geteuid, mkdir, unlink};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
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
    #[error("cannot enter \"{folder}\": {error}")]
    Enter { folder: PathBuf, error: io::Error },
    #[error("\"{folder}\" belongs to user id {owner}, not to {own}")]
    Owner {
        folder: PathBuf,
        owner: u32,
        own: u32,
    },
    #[error("\"{folder}\" is open to others: its mode is {mode:04o}, it must be 0700 or 0750")]
    Mode { folder: PathBuf, mode: u32 },
    #[error("cannot make the subfolder \"{ROOT}\" of \"{folder}\": {error}")]
    Root { folder: PathBuf, error: io::Error },
    #[error("cannot bind \"{NAME}\" in \"{folder}\": {error}")]
    Bind { folder: PathBuf, error: io::Error },
}

/// Makes `folder` the working directory, if it is ours alone, with an empty subfolder in it whose
/// absolute path is returned.
pub fn enter(folder: &Path) -> Result<PathBuf, FolderError> {
    let errno_of = |errno: Errno| FolderError::Enter {
        folder: folder.to_owned(),
        error: errno.into(),
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
    let root = match mkdir(ROOT, Mode::S_IRWXU) {
        Err(Errno::EEXIST) => {
            stat(ROOT).and_then(|status| match os::is_a(SFlag::S_IFDIR, status.st_mode) {
                true => Ok(()),
                false => Err(Errno::ENOTDIR),
            })
        }
        made => made,
    };
    root.map_err(|errno| FolderError::Root {
        folder: folder.to_owned(),
        error: errno.into(),
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
            .async_io(Interest::READABLE, |fd| Ok(os::accept(fd)?))
            .await;
        match accepted {
            Ok(fd) => welcome(fd),
            Err(error) => {
                let errno = error.raw_os_error().map(Errno::from_raw);
                if matches!(
                    errno,
                    Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM)
                ) {
                    tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
                }
                None
            }
        }
    }
}

fn welcome(fd: OwnedFd) -> Option<(PacketSocket, u32)> {
    let peer = getsockopt(&fd, sockopt::PeerCredentials).ok()?;
    if peer.uid() != geteuid().as_raw() {
        return None;
    }
    let pid = peer.pid().cast_unsigned();
    Some((PacketSocket::new(fd).ok()?, pid))
}

fn bound() -> io::Result<Listener> {
    match unlink(NAME) {
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno.into()),
    }
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let fd = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
    bind(fd.as_raw_fd(), &UnixAddr::new(NAME)?)?;
    listen(&fd, Backlog::new(BACKLOG)?)?;
    Ok(Listener {
        fd: os::registered(fd)?,
    })
}
