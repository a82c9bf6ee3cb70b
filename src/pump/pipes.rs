//! Our ends of a call's pipes: what each does when it is ready, and when it is over.

use super::{CHUNK, token};
use crate::decode::rows::Rows;
use crate::error::{CallError, os};
use crate::os::poller::{Interest, Poller};
use crate::os::read_up_to;
use rustix::io::{Errno, IoSlice, ioctl_fionread, read, writev};
use std::os::fd::OwnedFd;

/// Slices per system call; the kernel takes at most 1024.
const SLICES: usize = 64;

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
            let mut parts: [IoSlice<'_>; SLICES] = std::array::from_fn(|_| IoSlice::new(&[]));
            parts[0] = IoSlice::new(&first[self.offset..]);
            let following = slices[self.slice + 1..].iter().take(SLICES - 1);
            let count = 1 + following.len();
            for (part, slice) in parts[1..].iter_mut().zip(following) {
                *part = IoSlice::new(slice);
            }
            match writev(fd, &parts[..count]) {
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

/// What a pipe had to read.
pub enum Text {
    /// So many bytes.
    Some(usize),
    None,
    End,
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

    /// Bytes that have been written and not been read.
    pub fn waiting(&self) -> Result<usize, CallError> {
        let waiting = self.fd.as_ref().map_or(Ok(0), ioctl_fionread);
        let waiting = waiting.map_err(os("ask how much of the script's output waits"))?;
        Ok(usize::try_from(waiting).unwrap_or(usize::MAX))
    }

    /// Takes what is there, at most one chunk.
    pub fn read_text(
        &mut self,
        poller: &Poller,
        mut heard: impl FnMut(&[u8]),
    ) -> Result<Text, CallError> {
        let Some(fd) = &self.fd else {
            return Ok(Text::None);
        };
        let mut chunk = [0; CHUNK];
        match read(fd, &mut chunk) {
            Ok(0) => {
                self.close(poller);
                Ok(Text::End)
            }
            Ok(count) => {
                heard(&chunk[..count]);
                Ok(Text::Some(count))
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(Text::None),
            Err(errno) => Err(os("read the script's output")(errno)),
        }
    }

    /// Takes what is there, at most what the present message needs, and hands it to `rows`; how many
    /// bytes that were.
    pub fn read_rows(&mut self, poller: &Poller, rows: &mut Rows<'_>) -> Result<usize, CallError> {
        let Some(fd) = &self.fd else {
            return Ok(0);
        };
        let (buffer, wanted) = rows.room()?;
        // Not beyond the message: the next one starts a buffer of its own.
        let result = read_up_to(fd, buffer, wanted);
        match result {
            Ok(0) => {
                self.close(poller);
                Ok(0)
            }
            Ok(count) => rows.arrived().map(|()| count),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(errno) => Err(os("read the script's result")(errno)),
        }
    }
}
