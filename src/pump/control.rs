//! Our end of the control channel: the script out, variables and the last word in.

use super::{CHUNK, token};
use crate::decode::rows::Rows;
use crate::error::{CallError, os};
use crate::memory;
use crate::os::poller::{Interest, Poller};
use crate::request::RequestError;
use crate::request::read_back::{VALUE_BYTES, check_weight};
use crate::request::weight::Weight;
use launchpad_protocol::WireError;
use launchpad_protocol::control::{FrameReader, FromScript, ToScript, encode_frame};
use rustix::io::{Errno, read, write};
use std::os::fd::OwnedFd;

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
    weight: Weight,
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
            weight: Weight::default(),
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
        let frame = encode_frame(message).map_err(|error| match error {
            WireError::TooLong { .. } => RequestError::TooManyNames.into(),
            error => CallError::from(error),
        })?;
        memory::extend(&mut self.outbox, &frame)?;
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
            poller
                .change(fd, token::CONTROL, interest)
                .map_err(os("watch a descriptor"))?;
            self.watched_for_write = pending;
        }
        Ok(())
    }

    /// Takes what is there, at most one chunk. Variables that come back are a part of the result:
    /// `rows` has what they all may be.
    pub fn ready(&mut self, poller: &Poller, rows: &mut Rows<'_>) -> Result<(), CallError> {
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
            Ok(count) => self.heard(&chunk[..count], rows),
            Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            Err(errno) => Err(os("read the control channel")(errno)),
        }
    }

    fn heard(&mut self, bytes: &[u8], rows: &mut Rows<'_>) -> Result<(), CallError> {
        let malformed = || CallError::from(WireError::Malformed);
        if self.said.is_some() {
            // After the last message there is no other.
            return Err(malformed());
        }
        self.frames.push(bytes)?;
        while let Some(message) = self.frames.take()? {
            match message {
                FromScript::Params(piece) if self.asked => self.add_params(&piece, rows)?,
                FromScript::Params(_) => return Err(malformed()),
                mut last => {
                    if let FromScript::Failed(failure) = &mut last {
                        failure.shorten();
                    }
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

    fn add_params(&mut self, piece: &[u8], rows: &mut Rows<'_>) -> Result<(), CallError> {
        let before = self.weight.values();
        self.weight.add(piece);
        check_weight(&self.weight)?;
        let values = self.weight.values() - before;
        rows.charge((piece.len() + values * VALUE_BYTES) as u64)?;
        memory::extend(&mut self.params, piece)?;
        Ok(())
    }

    /// The JSON text of the variables that came back, empty if none did.
    pub fn params(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.params)
    }
}
