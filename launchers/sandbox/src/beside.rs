//! A descriptor beside a packet.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::io::IoSlice;
use std::mem::MaybeUninit;

/// Sends one packet with one descriptor, or none, beside it.
///
/// # Errors
/// What the kernel gives.
pub fn send_beside(
    to: BorrowedFd<'_>,
    packet: &[u8],
    descriptor: Option<&OwnedFd>,
) -> Result<(), Errno> {
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
