//! What is ready among a call's descriptors.

use crate::packets::uninterrupted;
use nix::Result;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::os::fd::{AsFd, BorrowedFd};

/// What a descriptor is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Read,
    Write,
    ReadWrite,
    /// Only for the peer's going away.
    Hangup,
}

impl Interest {
    fn flags(self) -> EpollFlags {
        match self {
            Interest::Read => EpollFlags::EPOLLIN,
            Interest::Write => EpollFlags::EPOLLOUT,
            Interest::ReadWrite => EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT,
            Interest::Hangup => EpollFlags::EPOLLRDHUP,
        }
    }
}

/// An epoll instance. It is level-triggered: what was not handled is reported again.
pub struct Poller {
    epoll: Epoll,
    events: [EpollEvent; 8],
}

impl Poller {
    pub fn new() -> Result<Self> {
        Ok(Poller {
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            events: [EpollEvent::empty(); 8],
        })
    }

    pub fn add(&self, fd: impl AsFd, token: u64, interest: Interest) -> Result<()> {
        let event = EpollEvent::new(interest.flags(), token);
        self.epoll.add(fd, event)
    }

    pub fn change(&self, fd: impl AsFd, token: u64, interest: Interest) -> Result<()> {
        let mut event = EpollEvent::new(interest.flags(), token);
        self.epoll.modify(fd, &mut event)
    }

    pub fn remove(&self, fd: impl AsFd) -> Result<()> {
        self.epoll.delete(fd)
    }

    /// The tokens of what is ready now, without waiting.
    pub fn ready(&mut self) -> Result<Vec<u64>> {
        let (epoll, events) = (&self.epoll, &mut self.events);
        let count = uninterrupted(|| epoll.wait(events, EpollTimeout::ZERO))?;
        Ok(events[..count].iter().map(EpollEvent::data).collect())
    }
}

impl AsFd for Poller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.0.as_fd()
    }
}
