//! Packets on a SOCK_SEQPACKET socket, descriptors beside them, without ever blocking the thread.

use crate::os;
use launchpad_protocol::MAX_PACKET;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, Shutdown, SockFlag, SockType, sendmsg, shutdown,
    socketpair,
};
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The most descriptors that any packet carries: a launch's five.
const MAX_FDS: usize = 5;

#[derive(Debug)]
pub struct Packet {
    pub bytes: Vec<u8>,
    /// Close-on-exec; closed with the packet unless taken.
    pub fds: Vec<OwnedFd>,
    /// Bytes or descriptors did not fit.
    pub truncated: bool,
}

#[derive(Debug)]
pub struct PacketSocket {
    fd: AsyncFd<OwnedFd>,
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl PacketSocket {
    /// Takes over a connected socket and makes this end non-blocking.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
        fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        Ok(PacketSocket {
            fd: os::registered(fd)?,
        })
    }

    /// The next packet; descriptors beside it are refused. None: the peer closed, or the socket
    /// broke, which comes to the same. Loses nothing if it is dropped while waiting.
    pub async fn recv(&self) -> Option<Packet> {
        self.wait_for(false).await
    }

    /// Likewise, with the descriptors beside it.
    pub async fn recv_with_fds(&self) -> Option<Packet> {
        self.wait_for(true).await
    }

    /// The next packet if it has already arrived.
    pub fn try_recv(&self) -> Option<Packet> {
        receive(self.fd.as_fd(), false).ok().flatten()
    }

    /// Likewise, with the descriptors beside it.
    pub fn try_recv_with_fds(&self) -> Option<Packet> {
        receive(self.fd.as_fd(), true).ok().flatten()
    }

    /// Sends `bytes` as one packet with `fds` beside it, or fails: also if the peer does not read
    /// and its buffer is full.
    pub fn try_send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        Ok(transmit(self.fd.as_fd(), bytes, fds)?)
    }

    /// Sends `bytes` as one packet, waiting for room.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.fd
            .async_io(Interest::WRITABLE, |fd| {
                Ok(transmit(fd.as_fd(), bytes, &[])?)
            })
            .await
    }

    /// Says nothing more; what the peer says still arrives.
    pub fn end_sending(&self) {
        let _ = shutdown(self.fd.as_raw_fd(), Shutdown::Write);
    }

    /// Ends the conversation; what has been sent still arrives, and a pending `recv` returns None.
    pub fn close(&self) {
        let _ = shutdown(self.fd.as_raw_fd(), Shutdown::Both);
    }

    async fn wait_for(&self, with_fds: bool) -> Option<Packet> {
        self.fd
            .async_io(Interest::READABLE, |fd| Ok(receive(fd.as_fd(), with_fds)?))
            .await
            .ok()
            .flatten()
    }
}

/// A connected pair: (our end, the end to give away, which blocks). Both are close-on-exec.
pub fn packet_pair() -> io::Result<(PacketSocket, OwnedFd)> {
    let (ours, theirs) = pair(SockType::SeqPacket)?;
    Ok((PacketSocket::new(ours)?, theirs))
}

/// A connected pair of blocking, close-on-exec Unix sockets.
pub fn pair(kind: SockType) -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(
        AddressFamily::Unix,
        kind,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?)
}

fn receive(fd: BorrowedFd<'_>, with_fds: bool) -> Result<Option<Packet>, Errno> {
    let mut bytes = [0; MAX_PACKET];
    let most = if with_fds { MAX_FDS } else { 0 };
    let received = os::retry_on_intr(|| os::receive(fd, &mut bytes, most))?;
    // No message of the protocol is empty, so nothing is taken for the end that is not.
    Ok((received.bytes > 0).then(|| Packet {
        bytes: bytes[..received.bytes].to_vec(),
        fds: received.fds,
        truncated: received.truncated,
    }))
}

fn transmit(fd: BorrowedFd<'_>, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> Result<(), Errno> {
    if fds.len() > MAX_FDS {
        return Err(Errno::ETOOMANYREFS);
    }
    let numbers: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&numbers)];
    let beside = if fds.is_empty() { &[] } else { &rights[..] };
    let (number, parts) = (fd.as_raw_fd(), [IoSlice::new(bytes)]);
    let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
    os::retry_on_intr(|| sendmsg::<()>(number, &parts, beside, flags, None)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    #[test]
    fn descriptors_arrive_beside_their_packet() {
        runtime().block_on(async {
            let (ours, theirs) = packet_pair().unwrap();
            let theirs = PacketSocket::new(theirs).unwrap();
            let (one, other) = pair(SockType::Stream).unwrap();
            ours.try_send(b"x", &[one.as_fd(), other.as_fd()]).unwrap();
            let packet = theirs.recv_with_fds().await.unwrap();
            assert_eq!((packet.bytes.as_slice(), packet.fds.len()), (&b"x"[..], 2));
            assert!(!packet.truncated);
        });
    }

    #[test]
    fn unwanted_descriptors_are_noticed() {
        runtime().block_on(async {
            let (ours, theirs) = packet_pair().unwrap();
            let theirs = PacketSocket::new(theirs).unwrap();
            let (one, _other) = pair(SockType::Stream).unwrap();
            ours.try_send(b"x", &[one.as_fd()]).unwrap();
            let packet = theirs.recv().await.unwrap();
            assert!(packet.fds.is_empty() && packet.truncated);
        });
    }

    #[test]
    fn what_was_sent_before_the_close_arrives() {
        runtime().block_on(async {
            let (ours, theirs) = packet_pair().unwrap();
            let theirs = PacketSocket::new(theirs).unwrap();
            ours.try_send(b"last", &[]).unwrap();
            ours.close();
            assert_eq!(theirs.recv().await.unwrap().bytes, b"last");
            assert!(theirs.recv().await.is_none());
        });
    }

    #[test]
    fn a_peer_that_does_not_read_makes_sending_fail() {
        runtime().block_on(async {
            let (ours, _theirs) = packet_pair().unwrap();
            let full = (0..100_000).find_map(|_| ours.try_send(&[1; 1000], &[]).err());
            assert_eq!(full.unwrap().kind(), io::ErrorKind::WouldBlock);
        });
    }
}
