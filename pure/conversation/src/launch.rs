//! Our end of the connection to the launchpad: who serves the request, and how that ended.

use super::{Broken, Channel, Event, Watch, os};
use launchpad_descriptors::packets;
use launchpad_protocol::launch::{Ended, FromBackend, ToBackend};
use launchpad_protocol::{MAX_PACKET, VERSION, WireError, decode_packet, encode_packet};
use nix::errno::Errno;
use std::os::fd::OwnedFd;
use std::time::Instant;

pub struct Launch {
    /// None: the launchpad has closed its end.
    fd: Option<OwnedFd>,
    /// Then this is it, where it has said how the satellite ended: it still listens.
    over: Option<OwnedFd>,
    ended: Option<Ended>,
}

impl Launch {
    pub fn new(fd: OwnedFd) -> Self {
        Launch {
            fd: Some(fd),
            over: None,
            ended: None,
        }
    }

    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Has the satellite ended. False: the launchpad is gone.
    pub fn hang_up(&mut self) -> bool {
        let fd = self.fd.as_ref();
        fd.is_some_and(|fd| packets::end_sending(fd).is_ok())
    }

    /// Passes on what the script has imported. Whether that reaches the launchpad is of no consequence for the call.
    pub fn imported(&self, report: Vec<u8>) {
        let message = FromBackend::Imported {
            version: VERSION,
            imports: report,
        };
        let fd = self.fd.as_ref().or(self.over.as_ref());
        if let (Some(fd), Ok(packet)) = (fd, encode_packet(&message)) {
            let _ = packets::send(fd, &packet, &[]);
        }
    }

    /// Waits for the satellite's end until `deadline`.
    pub fn end(&mut self, deadline: Instant) -> Option<Ended> {
        let fd = self.fd.as_ref()?;
        loop {
            packets::wait_until(fd, deadline).ok()?;
            let mut packet = [0; MAX_PACKET];
            let length = packets::receive(fd, &mut packet).ok()?;
            if let ToBackend::Ended(ended) = decode_packet(&packet[..length]).ok()? {
                self.ended = Some(ended);
                return self.ended;
            }
        }
    }

    pub fn read(&mut self, watch: &Watch<'_>) -> Result<Option<Event>, Broken> {
        let Some(fd) = &self.fd else {
            return Ok(None);
        };
        let mut packet = [0; MAX_PACKET];
        match packets::receive(fd, &mut packet) {
            Ok(0) | Err(Errno::ECONNRESET) => {
                let _ = watch.urgent.remove(fd);
                let fd = self.fd.take();
                match self.ended {
                    Some(_) => {
                        self.over = fd;
                        Ok(Some(Event::Closed(Channel::Launch)))
                    }
                    None => Err(Broken::LaunchpadGone),
                }
            }
            Ok(length) => self.take(decode_packet(&packet[..length])?).map(Some),
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(os("read from the launchpad")(errno)),
        }
    }

    fn take(&mut self, message: ToBackend) -> Result<Event, Broken> {
        match message {
            ToBackend::Queued => Ok(Event::Queued),
            ToBackend::Assigned { warm, .. } => Ok(Event::Assigned { warm }),
            ToBackend::Refused(refusal) => Ok(Event::Refused(refusal)),
            ToBackend::Ended(ended) => {
                self.ended = Some(ended);
                Ok(Event::Ended(ended))
            }
            ToBackend::Line(_)
            | ToBackend::Finding(_)
            | ToBackend::PoolLine(_)
            | ToBackend::Environment(_)
            | ToBackend::Package { .. }
            | ToBackend::Import(_)
            | ToBackend::Cancelled(_)
            | ToBackend::EndOfList => Err(WireError::Malformed.into()),
        }
    }
}
