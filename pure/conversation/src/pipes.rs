//! Our ends of a satellite's pipes: what each does when it is ready, and when it is over.

use super::{Broken, CHUNK, Channel, Event, Voice, Watch, os};
use launchpad_descriptors::poller::Interest;
use launchpad_descriptors::streams::writev;
use launchpad_descriptors::{read_up_to, waiting};
use launchpad_memory as memory;
use launchpad_streams::decode::stream::Stream;
use nix::errno::Errno;
use std::io::IoSlice;
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
    pub fn write(&mut self, slices: &[&[u8]], watch: &Watch<'_>) -> Result<Written, Broken> {
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
                Err(Errno::EAGAIN) => {
                    if !self.watched {
                        let token = watch.token(Channel::Input);
                        let added = watch.all.add(fd, token, Interest::Write);
                        added.map_err(os("watch a descriptor"))?;
                        self.watched = true;
                    }
                    return Ok(Written::Blocked);
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EPIPE) => {
                    self.close(watch);
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
    pub fn unwatch(&mut self, watch: &Watch<'_>) {
        if let (Some(fd), true) = (&self.fd, self.watched) {
            // Only an epoll instance without this descriptor can refuse.
            let _ = watch.all.remove(fd);
            self.watched = false;
        }
    }

    pub fn close(&mut self, watch: &Watch<'_>) {
        self.unwatch(watch);
        self.fd = None;
    }
}

/// A pipe that is read to its end.
struct Reading(Option<OwnedFd>);

impl Reading {
    fn close(&mut self, watch: &Watch<'_>) {
        if let Some(fd) = self.0.take() {
            let _ = watch.all.remove(&fd);
        }
    }
}

/// Stdout or stderr.
pub struct Text {
    pipe: Reading,
    heard: Vec<u8>,
}

impl Text {
    pub fn new(fd: OwnedFd) -> Self {
        Text {
            pipe: Reading(Some(fd)),
            heard: Vec::new(),
        }
    }

    pub fn is_closed(&self) -> bool {
        self.pipe.0.is_none()
    }

    /// Bytes that have been written and not been read.
    pub fn waiting(&self) -> Result<usize, Broken> {
        let waiting = self.pipe.0.as_ref().map_or(Ok(0), waiting);
        waiting.map_err(os("ask how much of the script's output waits"))
    }

    /// What was read last.
    pub fn heard(&self) -> &[u8] {
        &self.heard
    }

    /// Takes what is there, at most one chunk.
    pub fn read(&mut self, voice: Voice, watch: &Watch<'_>) -> Result<Option<Event>, Broken> {
        let Some(fd) = &self.pipe.0 else {
            return Ok(None);
        };
        self.heard.clear();
        memory::reserve(&mut self.heard, CHUNK)?;
        match read_up_to(fd, &mut self.heard, CHUNK) {
            Ok(0) => {
                self.pipe.close(watch);
                Ok(Some(Event::Silent(voice)))
            }
            Ok(_) => Ok(Some(Event::Text(voice))),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
            Err(errno) => Err(os("read the script's output")(errno)),
        }
    }
}

/// The pipe that the result comes by.
pub struct Output {
    pipe: Reading,
    pub stream: Stream,
}

impl Output {
    pub fn new(fd: OwnedFd, budget: u64) -> Self {
        Output {
            pipe: Reading(Some(fd)),
            stream: Stream::new(budget),
        }
    }

    pub fn is_closed(&self) -> bool {
        self.pipe.0.is_none()
    }

    /// Takes what is there, at most what the present message needs.
    pub fn read(&mut self, watch: &Watch<'_>) -> Result<Option<Event>, Broken> {
        let Some(fd) = &self.pipe.0 else {
            return Ok(None);
        };
        let (buffer, wanted) = self.stream.room()?;
        // Not beyond the message: the next one starts a buffer of its own.
        match read_up_to(fd, buffer, wanted) {
            Ok(0) => {
                self.pipe.close(watch);
                Ok(Some(Event::Closed(Channel::Output)))
            }
            Ok(count) => Ok(Some(Event::Rows(count))),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
            Err(errno) => Err(os("read the script's result")(errno)),
        }
    }
}
