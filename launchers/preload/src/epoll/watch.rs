//! One watched descriptor.
//!
//! poll(2) knows levels alone. Where edges are asked for (EPOLLET), what was told is not told again
//! until it was seen not to be ready, or some milliseconds have passed: then it may be another edge that
//! nobody has seen. Who asks for edges must bear to be told too often, and is never told too seldom.
//! An eventfd is emptied when it is told, so that every write of it is seen at once: whoever watches one
//! for edges is woken by it and does not want its count.

use libc::{c_int, c_short, epoll_event};
use std::time::{Duration, Instant};

/// Bits that epoll and poll(2) share.
const SHARED: u32 = (libc::EPOLLIN
    | libc::EPOLLPRI
    | libc::EPOLLOUT
    | libc::EPOLLRDNORM
    | libc::EPOLLRDBAND
    | libc::EPOLLWRNORM
    | libc::EPOLLWRBAND
    | libc::EPOLLMSG
    | libc::EPOLLRDHUP)
    .cast_unsigned();

/// Told whether asked for or not.
const ALWAYS: u32 = (libc::EPOLLERR | libc::EPOLLHUP).cast_unsigned();

const EDGES: u32 = libc::EPOLLET.cast_unsigned();
const ONCE: u32 = libc::EPOLLONESHOT.cast_unsigned();

/// After which what is still ready is told again, at first and at most.
pub const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_millis(64);

#[derive(Debug, Clone, Copy)]
pub struct Watch {
    pub fd: c_int,
    events: u32,
    data: u64,
    is_counter: bool,
    /// The instance's generation from which on it is so.
    since: u64,
    /// What was told, and has not been seen to be gone.
    told: u32,
    again: Option<(Instant, Duration)>,
}

impl Watch {
    pub fn new(fd: c_int, event: epoll_event, is_counter: bool, since: u64) -> Self {
        Watch {
            fd,
            events: event.events,
            data: event.u64,
            is_counter,
            since,
            told: 0,
            again: None,
        }
    }

    pub fn wants_edges(event: &epoll_event) -> bool {
        event.events & EDGES != 0
    }

    /// Keeps what is known of the descriptor.
    pub fn change(&mut self, event: epoll_event, since: u64) {
        *self = Watch::new(self.fd, event, self.is_counter, since);
    }

    /// Whether who has looked in that generation has seen this, and not what had the descriptor before.
    pub fn was_there_in(&self, generation: u64) -> bool {
        self.since <= generation
    }

    fn interest(&self) -> u32 {
        // EPOLLONESHOT leaves nothing behind.
        match self.events & !(EDGES | ONCE) {
            0 if self.events & ONCE != 0 => 0,
            events => (events & SHARED) | ALWAYS,
        }
    }

    /// When to look whether what was told is still ready.
    pub fn again(&self) -> Option<Instant> {
        self.again.map(|(at, _)| at)
    }

    /// What to wait for; None if there is nothing to wait for.
    pub fn awaited(&self, also_told: bool) -> Option<c_short> {
        let interest = self.interest();
        let left = if also_told {
            interest
        } else {
            interest & !self.told
        };
        // poll(2) tells errors always, again and again.
        let is_told = left & !ALWAYS == 0 || self.told & ALWAYS != 0;
        if interest == 0 || (!also_told && self.told != 0 && is_told) {
            return None;
        }
        // Each of these bits is one of poll(2)'s, too.
        c_short::try_from(left & SHARED).ok()
    }

    /// Takes in what poll(2) says of `looked_for`; the event to tell, if there is one.
    pub fn saw(
        &mut self,
        looked_for: c_short,
        ready: c_short,
        now: Instant,
    ) -> Option<epoll_event> {
        let looked_for = u32::from(looked_for.cast_unsigned()) | ALWAYS;
        let ready = u32::from(ready.cast_unsigned()) & self.interest() & looked_for;
        if self.events & EDGES != 0 {
            self.told &= ready | !looked_for;
            if self.told == 0 {
                self.again = None;
            }
            let is_due = self.again.is_some_and(|(at, _)| at <= now);
            if ready & !self.told == 0 && !(is_due && ready != 0) {
                return None;
            }
            let pause = match self.again {
                Some((_, pause)) if ready & !self.told == 0 => (pause * 2).min(LATE),
                _ => SOON,
            };
            if self.is_counter {
                super::sys::drain(self.fd);
            } else {
                self.told |= ready;
                self.again = Some((now + pause, pause));
            }
        }
        if ready == 0 {
            return None;
        }
        if self.events & ONCE != 0 {
            self.events = ONCE;
        }
        Some(epoll_event {
            events: ready,
            u64: self.data,
        })
    }
}
