//! Packet sockets: one message each, descriptors beside it.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, IoSlice, Result};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, Shutdown,
    SocketAddrUnix, SocketFlags, SocketType, connect, recv, sendmsg, shutdown, socket_with,
    sockopt,
};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

/// Connects to the packet socket at `path`, which must be listened to by a process of this same
/// user; EACCES if it is not. `path` is short because it is relative to the data directory, where
/// every server process stays: a socket's address holds 107 bytes.
pub fn connect_to(path: &str) -> Result<OwnedFd> {
    let socket = socket_with(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        None,
    )?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    if sockopt::socket_peercred(&socket)?.uid != rustix::process::geteuid() {
        return Err(Errno::ACCESS);
    }
    Ok(socket)
}

/// Sends one packet with `fds`. The kernel takes a packet whole or not at all.
pub fn send(socket: impl AsFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(5))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(Errno::INVAL);
    }
    let parts = [IoSlice::new(bytes)];
    rustix::io::retry_on_intr(|| sendmsg(&socket, &parts, &mut ancillary, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// One packet into `buffer`; its length, 0 for the end of the connection.
pub fn receive(socket: impl AsFd, buffer: &mut [u8]) -> Result<usize> {
    rustix::io::retry_on_intr(|| recv(&socket, &mut *buffer, RecvFlags::empty()))
        .map(|(length, _)| length)
}

/// The peer reads the end of the connection; what it sends can still be received.
pub fn end_sending(socket: impl AsFd) -> Result<()> {
    shutdown(socket, Shutdown::Write)
}

/// Waits until `deadline` for a packet, or for the end of the connection. Signals do not end it.
pub fn wait_until(socket: impl AsFd, deadline: Instant) -> Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|_| Errno::INVAL)?;
        let mut fds = [PollFd::new(&socket, PollFlags::IN)];
        match poll(&mut fds, Some(&left)) {
            Err(Errno::INTR) => {}
            Ok(0) => return Err(Errno::TIMEDOUT),
            other => return other.map(drop),
        }
    }
}
