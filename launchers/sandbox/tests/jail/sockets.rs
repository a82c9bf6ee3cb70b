//! Sockets between a test and the processes it forks.

use crate::os::{receive, send as send_packet, send_beside};
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, socketpair};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Two ends, which an exec closes.
pub fn pair(kind: SockType) -> (OwnedFd, OwnedFd) {
    socketpair(AddressFamily::Unix, kind, None, SockFlag::SOCK_CLOEXEC).unwrap()
}

pub fn send(to: impl AsFd, packet: &[u8]) -> nix::Result<usize> {
    send_packet(to.as_fd(), packet)
}

/// Bytes of a packet; 0: the other end is closed.
pub fn recv(from: impl AsFd, bytes: &mut [u8]) -> nix::Result<usize> {
    let from = from.as_fd().as_raw_fd();
    nix::sys::socket::recv(from, bytes, MsgFlags::empty())
}

/// All bytes of a stream up to as many as there is room for.
pub fn recv_all(from: impl AsFd, bytes: &mut [u8]) -> nix::Result<usize> {
    let from = from.as_fd().as_raw_fd();
    nix::sys::socket::recv(from, bytes, MsgFlags::MSG_WAITALL)
}

/// Hands a descriptor over, which [`taken`] takes at the other end.
pub fn hand_over(to: &OwnedFd, descriptor: &OwnedFd) {
    send_beside(to.as_fd(), b"l", Some(descriptor)).unwrap();
}

pub fn taken(from: &OwnedFd) -> OwnedFd {
    let (_, descriptors) = receive(from.as_fd(), &mut [0]).unwrap();
    descriptors.into_iter().next().expect("a descriptor comes")
}

/// What has happened on each of these, within so many milliseconds; of none, nothing does.
pub fn happened<const N: usize>(sources: [&Option<OwnedFd>; N], within: u16) -> [PollFlags; N] {
    let open = sources.iter().filter_map(|source| source.as_ref());
    let mut open: Vec<_> = open
        .map(|source| PollFd::new(source.as_fd(), PollFlags::POLLIN))
        .collect();
    poll(&mut open, within).unwrap();
    let mut events = open.iter().map(|source| source.revents().unwrap());
    sources.map(|source| match source {
        Some(_) => events.next().unwrap(),
        None => PollFlags::empty(),
    })
}
