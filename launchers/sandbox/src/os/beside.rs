//! Packets on our sockets, with descriptors beside them.

use super::retry_on_intr;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// The kernel counts the descriptors that all processes of a user have on their way, and takes no more for a moment when a
/// crowd of calls has just come.
const PATIENCE: u32 = 5000;
const PAUSE: Duration = Duration::from_millis(1);

/// More than any message brings: what is too many must be seen, and closed.
const MOST: usize = 16;

/// Sends one packet; a closed other end is an error, not a signal.
///
/// # Errors
/// What the kernel gives.
pub fn send(to: BorrowedFd<'_>, packet: &[u8]) -> Result<usize, Errno> {
    nix::sys::socket::send(to.as_raw_fd(), packet, MsgFlags::MSG_NOSIGNAL)
}

/// Bytes of the packet; 0: the other end is closed.
pub(crate) fn recv(from: BorrowedFd<'_>, bytes: &mut [u8]) -> Result<usize, Errno> {
    nix::sys::socket::recv(from.as_raw_fd(), bytes, MsgFlags::empty())
}

/// Sends one packet with one descriptor, or none, beside it.
///
/// # Errors
/// What the kernel gives.
pub fn send_beside(
    to: BorrowedFd<'_>,
    packet: &[u8],
    descriptor: Option<&OwnedFd>,
) -> Result<(), Errno> {
    let sent = || send_once(to, packet, descriptor);
    for _ in 0..PATIENCE {
        match sent() {
            Err(Errno::ETOOMANYREFS) => std::thread::sleep(PAUSE),
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
    sent()
}

fn send_once(to: BorrowedFd<'_>, packet: &[u8], descriptor: Option<&OwnedFd>) -> Result<(), Errno> {
    let numbers: Vec<_> = descriptor.into_iter().map(AsRawFd::as_raw_fd).collect();
    let rights = ControlMessage::ScmRights(&numbers);
    let beside = if numbers.is_empty() {
        &[][..]
    } else {
        &[rights]
    };
    let packet = [IoSlice::new(packet)];
    let flags = MsgFlags::MSG_NOSIGNAL;
    sendmsg::<()>(to.as_raw_fd(), &packet, beside, flags, None).map(drop)
}

/// One packet's length and the descriptors beside it, which a later exec closes.
///
/// # Errors
/// What the kernel gives.
pub fn receive(from: BorrowedFd<'_>, bytes: &mut [u8]) -> Result<(usize, Vec<OwnedFd>), Errno> {
    let mut space = cmsg_space!([RawFd; MOST]);
    let mut packet = [IoSliceMut::new(bytes)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let received = retry_on_intr(|| {
        let received = recvmsg::<()>(from.as_raw_fd(), &mut packet, Some(&mut space), flags)?;
        let mut numbers = Vec::new();
        for message in received.cmsgs()? {
            if let ControlMessageOwned::ScmRights(rights) = message {
                numbers.extend(rights);
            }
        }
        Ok((received.bytes, numbers))
    });
    let (length, numbers) = received?;
    // SAFETY: the kernel has just made them for this process, and nobody else knows their numbers.
    let own = |number| unsafe { OwnedFd::from_raw_fd(number) };
    Ok((length, numbers.into_iter().map(own).collect()))
}
