//! When a zygote that works is replaced by a fresh one: all its satellites have its address layout and hash seed.
//!
//! The successor is loaded beside it, and takes over when it is, between two forks: no call waits. Satellites that the old
//! one has forked stay. A successor that does not start changes nothing; another is tried later.

use super::action::Generation;
use std::time::{Duration, Instant};

/// From exec to `Hello`, as of any zygote.
const START_UP: Duration = Duration::from_secs(180);

/// After a successor that did not start.
const PAUSE: Duration = Duration::from_secs(60);

/// `launchpad.zygote_max_age` and `launchpad.zygote_max_forks`; None: without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    pub age: Option<Duration>,
    pub forks: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    pub generation: Generation,
    pub since: Instant,
    pub loaded: bool,
}

/// Of one environment.
#[derive(Debug, Default)]
pub struct Succession {
    span: Span,
    /// Of the present zygote.
    forks: u32,
    next: Option<Successor>,
    /// No successor before.
    retry_at: Option<Instant>,
}

impl Succession {
    pub fn set_span(&mut self, span: Span) {
        self.span = span;
        self.retry_at = None;
    }

    pub fn forked(&mut self) {
        self.forks = self.forks.saturating_add(1);
    }

    /// Whether a zygote that is there since then should have a successor, and has none.
    pub fn is_due(&self, since: Instant, now: Instant) -> bool {
        let is_old = self.span.age.is_some_and(|age| since + age <= now);
        let is_used = self.span.forks.is_some_and(|most| self.forks >= most);
        let may_try = self.retry_at.is_none_or(|at| at <= now);
        self.next.is_none() && may_try && (is_old || is_used)
    }

    pub fn next(&self) -> Option<Generation> {
        self.next.map(|next| next.generation)
    }

    pub fn begin(&mut self, generation: Generation, now: Instant) {
        self.next = Some(Successor {
            generation,
            since: now,
            loaded: false,
        });
    }

    /// The successor said `Hello`.
    pub fn loaded(&mut self) {
        if let Some(next) = &mut self.next {
            next.loaded = true;
        }
    }

    /// The successor, if it can take over; it is none any more.
    pub fn take_over(&mut self) -> Option<Successor> {
        self.next.filter(|next| next.loaded)?;
        self.give_up()
    }

    /// There is no present zygote any more: the successor, loaded or not, is to be the next one.
    pub fn give_up(&mut self) -> Option<Successor> {
        self.forks = 0;
        self.next.take()
    }

    /// The successor did not start.
    pub fn failed(&mut self, now: Instant) {
        self.next = None;
        self.retry_at = Some(now + PAUSE);
    }

    /// Whether the successor should have been loaded by now.
    pub fn is_late(&self, now: Instant) -> bool {
        let late = |next: Successor| !next.loaded && next.since + START_UP <= now;
        self.next.is_some_and(late)
    }

    /// When something is to be done about a zygote that is there since then.
    pub fn next_deadline(&self, since: Instant) -> Option<Instant> {
        if let Some(next) = self.next {
            return (!next.loaded).then_some(next.since + START_UP);
        }
        let is_used = self.span.forks.is_some_and(|most| self.forks >= most);
        let of_age = self.span.age.map(|age| since + age);
        match is_used {
            // As soon as one may be tried again.
            true => self.retry_at,
            false => of_age.map(|at| self.retry_at.map_or(at, |retry| retry.max(at))),
        }
    }
}
