//! Our ends of a call's channels: what each does when it is ready, and when it is over.

use super::token;
use crate::decode::rows::Rows;
use crate::error::{CallError, os};
use crate::os::packets;
use crate::os::poller::{Interest, Poller};
use launchpad_protocol::control::{FrameReader, FromScript, ToScript, encode_frame};
use launchpad_protocol::launch::{Ended, Ending, ToBackend};
use launchpad_protocol::{MAX_PACKET, decode_packet};
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, IoSlice, read, write, writev};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Slices per system call; the kernel takes at most 1024.
const SLICES: usize = 64;

/// Bytes of variables read back at most: jsonb's own limit for one string is near it.
const MAX_PARAMS: usize = 256 << 20;

/// Bytes read at once from stdout, stderr and control.
const CHUNK: usize = 16 << 10;

/// The input pipe.
pub struct Input {
    fd: Option<OwnedFd>,
    watched: bool,
    /// The slice being written and how far.
    slice: usize,
    offset: usize,
}

pub enum Written {
    All,
    Blocked,
    /// Nobody reads any more.
    Closed,
}

impl Input {
    pub fn new(fd: OwnedFd) -> Self {
        Input {
            fd: Some(fd),
            watched: false,
            slice: 0,
            offset: 0,
        }
    }

    pub fn start(&mut self, slices: &[&[u8]]) {
        debug_assert!(slices.iter().all(|slice| !slice.is_empty()));
        self.slice = 0;
        self.offset = 0;
    }

    /// Writes as much of the rest of `slices` as the pipe takes.
    pub fn write(&mut self, slices: &[&[u8]], poller: &Poller) -> Result<Written, CallError> {
        loop {
            let Some(fd) = &self.fd else {
                return Ok(Written::Closed);
            };
            let Some(first) = slices.get(self.slice) else {
                return Ok(Written::All);
            };
            let mut parts = Vec::with_capacity(SLICES);
            parts.push(IoSlice::new(&first[self.offset..]));
            let following = slices[self.slice + 1..].iter().take(SLICES - 1);
            parts.extend(following.map(|slice| IoSlice::new(slice)));
            match writev(fd, &parts) {
                Ok(count) => self.advance(slices, count),
                Err(Errno::AGAIN) => {
                    if !self.watched {
                        poller
                            .add(fd, token::INPUT, Interest::Write)
                            .map_err(os("watch a descriptor"))?;
                        self.watched = true;
                    }
                    return Ok(Written::Blocked);
                }
                Err(Errno::INTR) => {}
                Err(Errno::PIPE) => {
                    self.close(poller);
                    return Ok(Written::Closed);
                }
                Err(errno) => return Err(os("write to the script's input")(errno)),
            }
        }
    }

    fn advance(&mut self, slices: &[&[u8]], mut count: usize) {
        while let Some(slice) = slices.get(self.slice) {
            let left = slice.len() - self.offset;
            if count < left {
                self.offset += count;
                return;
            }
            count -= left;
            self.slice += 1;
            self.offset = 0;
        }
    }

    /// There is room again: no need to be told until it is full.
    pub fn writable(&mut self, poller: &Poller) {
        if let (Some(fd), true) = (&self.fd, self.watched) {
            // Only an epoll instance without this descriptor can refuse.
            let _ = poller.remove(fd);
            self.watched = false;
        }
    }

    pub fn close(&mut self, poller: &Poller) {
        self.writable(poller);
        self.fd = None;
    }
}

/// A pipe that is read to its end.
pub struct Reading {
    fd: Option<OwnedFd>,
}

impl Reading {
    pub fn new(fd: OwnedFd) -> Self {
        Reading { fd: Some(fd) }
    }

    pub fn is_closed(&self) -> bool {
        self.fd.is_none()
    }

    fn close(&mut self, poller: &Poller) {
        if let Some(fd) = self.fd.take() {
            let _ = poller.remove(&fd);
        }
    }

    /// Takes what is there, at most one chunk; true at the end of the stream.
    pub fn read_text(
        &mut self,
        poller: &Poller,
        mut heard: impl FnMut(&[u8]),
    ) -> Result<bool, CallError> {
        let Some(fd) = &self.fd else {
            return Ok(false);
        };
        let mut chunk = [0; CHUNK];
        match read(fd, &mut chunk) {
            Ok(0) => {
                self.close(poller);
                Ok(true)
            }
            Ok(count) => {
                heard(&chunk[..count]);
                Ok(false)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(false),
            Err(errno) => Err(os("read the script's output")(errno)),
        }
    }

    /// Takes what is there, at most what the present message needs, and hands it to `rows`.
    pub fn read_rows(&mut self, poller: &Poller, rows: &mut Rows<'_>) -> Result<(), CallError> {
        let Some(fd) = &self.fd else {
            return Ok(());
        };
        let (buffer, wanted) = rows.room()?;
        let before = buffer.len();
        let result = if wanted < buffer.capacity() - before {
            // Not beyond the message: the next one starts a buffer of its own.
            read_exactly_up_to(fd, buffer, wanted)
        } else {
            read(fd, spare_capacity(buffer))
        };
        match result {
            Ok(0) => {
                self.close(poller);
                Ok(())
            }
            Ok(_) => rows.arrived(),
            Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            Err(errno) => Err(os("read the script's result")(errno)),
        }
    }
}

fn read_exactly_up_to(
    fd: &OwnedFd,
    buffer: &mut Vec<u8>,
    wanted: usize,
) -> rustix::io::Result<usize> {
    let before = buffer.len();
    buffer.resize(before + wanted, 0);
    let result = read(fd, &mut buffer[before..]);
    buffer.truncate(before + result.unwrap_or(0));
    result
}

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
        let malformed = || CallError::Control(launchpad_protocol::WireError::Malformed);
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
            return Err(CallError::Control(launchpad_protocol::WireError::TooLong {
                length: self.params.len() + piece.len(),
                limit: MAX_PARAMS,
            }));
        }
        self.params.extend_from_slice(piece);
        Ok(())
    }

    /// The JSON text of the variables that came back, empty if none did.
    #[allow(dead_code)]
    pub fn params(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.params)
    }
}

/// The connection to the launchpad.
pub struct Launch {
    fd: Option<OwnedFd>,
    assigned: bool,
    ended: Option<Ended>,
}

impl Launch {
    pub fn new(fd: OwnedFd) -> Self {
        Launch {
            fd: Some(fd),
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

    fn take(&mut self, message: ToBackend) -> Result<(), CallError> {
        match message {
            ToBackend::Queued => Ok(()),
            ToBackend::Assigned { .. } => {
                self.assigned = true;
                Ok(())
            }
            ToBackend::Refused(refusal) => Err(CallError::Refused(refusal)),
            ToBackend::Ended(ended) => {
                self.ended = Some(ended);
                Ok(())
            }
            ToBackend::Line(_) | ToBackend::EndOfList => {
                Err(CallError::Control(launchpad_protocol::WireError::Malformed))
            }
        }
    }
}
