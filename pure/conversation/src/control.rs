//! Our end of the control channel: the script out, messages in.

use super::{Broken, CHUNK, Channel, Event, Watch, os};
use launchpad_descriptors::poller::Interest;
use launchpad_descriptors::streams::{read, write};
use launchpad_memory as memory;
use launchpad_protocol::WireError;
use launchpad_protocol::control::{FrameReader, FromScript, ToScript, encode_frame};
use launchpad_protocol::imports::MAX_REPORT;
use nix::errno::Errno;
use std::os::fd::OwnedFd;

/// The control channel, both ways.
pub struct Control {
    fd: Option<OwnedFd>,
    outbox: Vec<u8>,
    sent: usize,
    watched_for_write: bool,
    frames: FrameReader,
    /// What the script has imported has come: there must not be more of that.
    has_imported: bool,
    /// The last message has come: there must not be another.
    is_last: bool,
}

impl Control {
    pub fn new(fd: OwnedFd) -> Self {
        Control {
            fd: Some(fd),
            outbox: Vec::new(),
            sent: 0,
            watched_for_write: false,
            frames: FrameReader::default(),
            has_imported: false,
            is_last: false,
        }
    }

    pub fn is_closed(&self) -> bool {
        self.fd.is_none()
    }

    pub fn queue(&mut self, message: &ToScript) -> Result<(), Broken> {
        memory::extend(&mut self.outbox, &encode_frame(message)?)?;
        Ok(())
    }

    /// Sends what is queued as far as the channel takes it.
    pub fn flush(&mut self, watch: &Watch<'_>) -> Result<(), Broken> {
        let Some(fd) = &self.fd else {
            return Ok(());
        };
        while self.sent < self.outbox.len() {
            match write(fd, &self.outbox[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => break,
                // The satellite is gone; how, the launchpad will say.
                Err(Errno::EPIPE | Errno::ECONNRESET) => self.sent = self.outbox.len(),
                Err(errno) => return Err(os("write to the control channel")(errno)),
            }
        }
        let pending = self.sent < self.outbox.len();
        if !pending {
            // A long script is not kept for the rest of the call.
            self.outbox = Vec::new();
            self.sent = 0;
        }
        if pending != self.watched_for_write {
            let interest = if pending {
                Interest::ReadWrite
            } else {
                Interest::Read
            };
            let token = watch.token(Channel::Control);
            let changed = watch.all.change(fd, token, interest);
            changed.map_err(os("watch a descriptor"))?;
            self.watched_for_write = pending;
        }
        Ok(())
    }

    /// Takes what is there, at most one chunk; [`Control::take`] has what is whole.
    pub fn ready(&mut self, watch: &Watch<'_>) -> Result<Option<Event>, Broken> {
        self.flush(watch)?;
        let Some(fd) = &self.fd else {
            return Ok(None);
        };
        let mut chunk = [0; CHUNK];
        match read(fd, &mut chunk) {
            // A reset is the end of a satellite that left something unread.
            Ok(0) | Err(Errno::ECONNRESET) => {
                let _ = watch.all.remove(fd);
                self.fd = None;
                Ok(Some(Event::Closed(Channel::Control)))
            }
            Ok(_) if self.is_last => Err(WireError::Malformed.into()),
            Ok(count) => {
                self.frames.push(&chunk[..count])?;
                Ok(None)
            }
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
            Err(errno) => Err(os("read the control channel")(errno)),
        }
    }

    /// The next message that has come whole.
    pub fn take(&mut self) -> Result<Option<FromScript>, Broken> {
        let Some(mut message) = self.frames.take()? else {
            return Ok(None);
        };
        match &mut message {
            FromScript::Params(_) | FromScript::Row(_) => return Ok(Some(message)),
            FromScript::Imported(report) => {
                let is_first = !std::mem::replace(&mut self.has_imported, true);
                return match is_first && report.len() <= MAX_REPORT {
                    true => Ok(Some(message)),
                    false => Err(WireError::Malformed.into()),
                };
            }
            FromScript::Failed(failure) => failure.shorten(),
            FromScript::Done { .. } => {}
        }
        self.is_last = true;
        match self.frames.is_empty() {
            true => Ok(Some(message)),
            false => Err(WireError::Malformed.into()),
        }
    }
}
