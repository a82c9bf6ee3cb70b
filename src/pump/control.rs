//! Our end of the control channel: the script out, variables and the last word in.

use super::{CHUNK, token};
use crate::error::{CallError, os};
use crate::os::poller::{Interest, Poller};
use launchpad_protocol::WireError;
use launchpad_protocol::control::{FrameReader, FromScript, ToScript, encode_frame};
use rustix::io::{Errno, read, write};
use std::os::fd::OwnedFd;

/// Bytes of variables read back at most: jsonb's own limit for one string is near it.
const MAX_PARAMS: usize = 256 << 20;

/// The control channel, both ways.
pub struct Control {
    fd: Option<OwnedFd>,
    outbox: Vec<u8>,
    sent: usize,
    watched_for_write: bool,
    frames: FrameReader,
    /// Whether variables are to come back.
    asked: bool,
    /// Pieces of the variables that came back.
    params: Vec<u8>,
    said: Option<FromScript>,
}

impl Control {
    pub fn new(fd: OwnedFd) -> Self {
        Control {
            fd: Some(fd),
            outbox: Vec::new(),
            sent: 0,
            watched_for_write: false,
            frames: FrameReader::default(),
            asked: false,
            params: Vec::new(),
            said: None,
        }
    }

    pub fn said(&self) -> Option<&FromScript> {
        self.said.as_ref()
    }

    pub fn take_said(&mut self) -> Option<FromScript> {
        self.said.take()
    }

    pub fn is_closed(&self) -> bool {
        self.fd.is_none()
    }

    pub fn queue(&mut self, message: &ToScript) -> Result<(), CallError> {
        if let ToScript::Run(run) = message {
            self.asked = !run.read_back.is_empty();
        }
        let frame = encode_frame(message).map_err(CallError::Control)?;
        self.outbox.extend_from_slice(&frame);
        Ok(())
    }

    /// Sends what is queued as far as the channel takes it.
    pub fn flush(&mut self, poller: &Poller) -> Result<(), CallError> {
        let Some(fd) = &self.fd else {
            return Ok(());
        };
        while self.sent < self.outbox.len() {
            match write(fd, &self.outbox[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                // The satellite is gone; how, the launchpad will say.
                Err(Errno::PIPE | Errno::CONNRESET) => self.sent = self.outbox.len(),
                Err(errno) => return Err(os("write to the control channel")(errno)),
            }
        }
        let pending = self.sent < self.outbox.len();
        if !pending {
            self.outbox.clear();
            self.sent = 0;
        }
        if pending != self.watched_for_write {
            let interest = if pending {
                Interest::ReadWrite
            } else {
                Interest::Read
            };
            poller
                .change(fd, token::CONTROL, interest)
                .map_err(os("watch a descriptor"))?;
            self.watched_for_write = pending;
        }
        Ok(())
    }

    pub fn ready(&mut self, poller: &Poller) -> Result<(), CallError> {
        self.flush(poller)?;
        let Some(fd) = &self.fd else {
            return Ok(());
        };
        let mut chunk = [0; CHUNK];
        match read(fd, &mut chunk) {
            // A reset is the end of a satellite that left something unread.
            Ok(0) | Err(Errno::CONNRESET) => {
                if let Some(fd) = self.fd.take() {
                    let _ = poller.remove(&fd);
                }
                Ok(())
            }
            Ok(count) => self.heard(&chunk[..count]),
            Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            Err(errno) => Err(os("read the control channel")(errno)),
        }
    }

    fn heard(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        let malformed = || CallError::Control(WireError::Malformed);
        if self.said.is_some() {
            // After the last message there is no other.
            return Err(malformed());
        }
        self.frames.push(bytes);
        while let Some(message) = self.frames.take().map_err(CallError::Control)? {
            match message {
                FromScript::Params(piece) if self.asked => self.add_params(&piece)?,
                FromScript::Params(_) => return Err(malformed()),
                last => {
                    self.said = Some(last);
                    break;
                }
            }
        }
        if self.said.is_some() && !self.frames.is_empty() {
            return Err(malformed());
        }
        Ok(())
    }

    fn add_params(&mut self, piece: &[u8]) -> Result<(), CallError> {
        if self.params.len() + piece.len() > MAX_PARAMS {
            return Err(CallError::Control(WireError::TooLong {
                length: self.params.len() + piece.len(),
                limit: MAX_PARAMS,
            }));
        }
        self.params.extend_from_slice(piece);
        Ok(())
    }

    /// The JSON text of the variables that came back, empty if none did.
    pub fn params(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.params)
    }
}
