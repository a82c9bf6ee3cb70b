//! Our end of the connection to the launchpad: who serves the call, and how that ended.

use crate::error::{CallError, os};
use crate::launch::Connection;
use crate::launch::held::Held;
use crate::monitor::Record;
use crate::os::packets;
use crate::os::poller::Poller;
use launchpad_protocol::launch::{Ended, Ending, ToBackend};
use launchpad_protocol::{MAX_PACKET, decode_packet};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// How long a call that fails waits for the end of its satellite, whose usage it counts. A later end goes
/// from the launchpad to the background worker.
const LAST_WAIT: Duration = Duration::from_millis(100);

/// The connection to the launchpad.
pub struct Launch<'a> {
    fd: Option<OwnedFd>,
    /// Until the satellite has ended.
    held: Option<Held>,
    record: &'a Record,
    assigned: bool,
    ended: Option<Ended>,
}

impl<'a> Launch<'a> {
    pub fn new(connection: Connection, record: &'a Record) -> Self {
        Launch {
            fd: Some(connection.socket),
            held: Some(connection.held),
            record,
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
                    Err(CallError::LaunchpadGone)
                }
            }
            Ok(length) => self.take(decode_packet(&packet[..length]).map_err(CallError::Control)?),
            Err(Errno::AGAIN) => Ok(()),
            Err(errno) => Err(os("read from the launchpad")(errno)),
        }
    }

    /// Has the satellite ended, and notes what it used. Raises nothing: an error is on its way.
    fn hear_of_the_end(&mut self) -> Option<()> {
        let deadline = Instant::now() + LAST_WAIT;
        packets::end_sending(self.fd()?).ok()?;
        while self.ended.is_none() {
            packets::wait_until(self.fd()?, deadline).ok()?;
            let mut packet = [0; MAX_PACKET];
            let length = packets::receive(self.fd()?, &mut packet).ok()?;
            self.take(decode_packet(&packet[..length]).ok()?).ok()?;
        }
        Some(())
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
            ToBackend::Refused(refusal) => Err(CallError::Refused(refusal)),
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
            | ToBackend::EndOfList => {
                Err(CallError::Control(launchpad_protocol::WireError::Malformed))
            }
        }
    }
}

/// However a call ends that does not end with its satellite.
impl Drop for Launch<'_> {
    fn drop(&mut self) {
        if self.assigned && self.ended.is_none() {
            self.hear_of_the_end();
        }
    }
}
