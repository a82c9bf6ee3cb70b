//! A descriptor beside a packet.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::time::Duration;

/// The kernel counts the descriptors that all processes of a user have on their way, and takes no more for a moment when a
/// crowd of calls has just come.
const PATIENCE: u32 = 5000;
const PAUSE: Duration = Duration::from_millis(1);

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
            Err(Errno::TOOMANYREFS) => std::thread::sleep(PAUSE),
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
    sent()
}

fn send_once(to: BorrowedFd<'_>, packet: &[u8], descriptor: Option<&OwnedFd>) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let rights: Vec<_> = descriptor.into_iter().map(AsFd::as_fd).collect();
    if !rights.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(&rights));
    }
    sendmsg(
        to,
        &[IoSlice::new(packet)],
        &mut ancillary,
        SendFlags::NOSIGNAL,
    )
    .map(drop)
}
