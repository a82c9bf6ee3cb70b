//! Packet sockets: one message each, descriptors beside it.

use rustix::io::{Errno, IoSlice, Result};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix,
    SocketFlags, SocketType, connect, recv, sendmsg, socket_with, sockopt,
};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

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
