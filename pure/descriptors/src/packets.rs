//! Packet sockets: one message each, descriptors beside it.

use nix::Result;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, Shutdown, SockFlag, SockType, UnixAddr, connect,
    getsockopt, recv, sendmsg, shutdown, socket, sockopt,
};
use nix::unistd::geteuid;
use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Instant;

/// The most descriptors that any packet carries: a launch's five.
const MOST: usize = 5;

/// Connects to the packet socket at `path`, which must be listened to by a process of this same
/// user; EACCES if it is not. `path` is short because it is relative to the data directory, where
/// every server process stays: a socket's address holds 107 bytes.
pub fn connect_to(path: &str) -> Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Unix,
        SockType::SeqPacket,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        None,
    )?;
    connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    if getsockopt(&socket, sockopt::PeerCredentials)?.uid() != geteuid().as_raw() {
        return Err(Errno::EACCES);
    }
    Ok(socket)
}

/// Sends one packet with `fds`. The kernel takes a packet whole or not at all.
pub fn send(socket: impl AsFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> Result<()> {
    let mut numbers: [RawFd; MOST] = [-1; MOST];
    let numbers = numbers.get_mut(..fds.len()).ok_or(Errno::EINVAL)?;
    for (number, fd) in numbers.iter_mut().zip(fds) {
        *number = fd.as_raw_fd();
    }
    let rights = [ControlMessage::ScmRights(numbers)];
    let beside = if fds.is_empty() { &[] } else { &rights[..] };
    let (socket, parts) = (socket.as_fd().as_raw_fd(), [IoSlice::new(bytes)]);
    let flags = MsgFlags::MSG_NOSIGNAL;
    uninterrupted(|| sendmsg::<()>(socket, &parts, beside, flags, None)).map(drop)
}

/// One packet into `buffer`; its length, 0 for the end of the connection.
pub fn receive(socket: impl AsFd, buffer: &mut [u8]) -> Result<usize> {
    let socket = socket.as_fd().as_raw_fd();
    uninterrupted(|| recv(socket, buffer, MsgFlags::empty()))
}

/// The peer reads the end of the connection; what it sends can still be received.
pub fn end_sending(socket: impl AsFd) -> Result<()> {
    shutdown(socket.as_fd().as_raw_fd(), Shutdown::Write)
}

/// Waits until `deadline` for a packet, or for the end of the connection. Signals do not end it.
pub fn wait_until(socket: impl AsFd, deadline: Instant) -> Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut fds, Some(left.into()), None) {
            Err(Errno::EINTR) => {}
            Ok(0) => return Err(Errno::ETIMEDOUT),
            other => return other.map(drop),
        }
    }
}

/// Calls again whenever a signal has interrupted it.
pub(crate) fn uninterrupted<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}
