//! Our end of the connection to the launchpad: who serves the call, and how that ended.

use crate::error::{CallError, os};
use crate::launch::held::Held;
use crate::launch::{Connection, LaunchError};
use crate::monitor::Record;
use crate::os::packets;
use crate::os::poller::Poller;
use launchpad_protocol::launch::{Ended, Ending, ToBackend};
use launchpad_protocol::{MAX_PACKET, decode_packet};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The connection to the launchpad.
pub struct Launch<'a> {
    fd: Option<OwnedFd>,
    /// Until the satellite has ended.
    held: Option<Held>,
    record: &'a Record,
    /// `launchpad.queue_timeout`, as the call began with it.
    queue_timeout: u32,
    assigned: bool,
    ended: Option<Ended>,
}

impl<'a> Launch<'a> {
    pub fn new(connection: Connection, record: &'a Record, queue_timeout: u32) -> Self {
        Launch {
            fd: Some(connection.socket),
            held: Some(connection.held),
            record,
            queue_timeout,
            assigned: false,
            ended: None,
        }
    }

    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().map(AsFd::as_fd)
    }

    pub fn is_assigned(&self) -> bool {
        self.assigned
    }

    pub fn ended(&self) -> Option<Ending> {
        self.ended.map(|ended| ended.how)
    }

    /// Whether the launchpad has reported the satellite's end, or is gone itself.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() || self.fd.is_none()
    }

    pub fn read(&mut self, poller: &Poller) -> Result<(), CallError> {
        let Some(fd) = &self.fd else {
            return Ok(());
        };
        let mut packet = [0; MAX_PACKET];
        match packets::receive(fd, &mut packet) {
            Ok(0) | Err(Errno::CONNRESET) => {
                if let Some(fd) = self.fd.take() {
                    let _ = poller.remove(&fd);
                }
                if self.ended.is_some() {
                    Ok(())
                } else {
                    Err(LaunchError::Gone.into())
                }
            }
            Ok(length) => self.take(decode_packet(&packet[..length])?),
            Err(Errno::AGAIN) => Ok(()),
            Err(errno) => Err(os("read from the launchpad")(errno)),
        }
    }

    fn take(&mut self, message: ToBackend) -> Result<(), CallError> {
        match message {
            ToBackend::Queued => {
                self.record.is_queued();
                Ok(())
            }
            ToBackend::Assigned { warm, .. } => {
                self.record.is_assigned(warm);
                self.assigned = true;
                Ok(())
            }
            ToBackend::Refused(refusal) => Err(LaunchError::Refused {
                refusal,
                queue_timeout: self.queue_timeout,
            }
            .into()),
            ToBackend::Ended(ended) => {
                self.record.has_used(ended.usage);
                self.ended = Some(ended);
                self.held = None;
                Ok(())
            }
            ToBackend::Line(_)
            | ToBackend::Finding(_)
            | ToBackend::PoolLine(_)
            | ToBackend::Environment(_)
            | ToBackend::Package { .. }
            | ToBackend::Cancelled(_)
            | ToBackend::EndOfList => Err(launchpad_protocol::WireError::Malformed.into()),
        }
    }
}
