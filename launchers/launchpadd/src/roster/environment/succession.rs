//! When a zygote that works is replaced by a fresh one: all its satellites have its address layout and hash seed, and
//! what it has preloaded.
//!
//! The successor is loaded beside it, and takes over when it is, between two forks: no call waits. Satellites that the old
//! one has forked stay. A successor that does not start changes nothing; another is tried later.
//!
//! Successors alone preload: the first zygote has what every script needs, and calls do not wait for more. Which modules
//! those are, others know; here a *selection* of them is a number, and 0 is none.

use super::{Environment, START_UP, Zygote};
use crate::roster::action::Generation;
use crate::roster::failure::Failure;
use std::time::{Duration, Instant};

/// After a successor that did not start.
const PAUSE: Duration = Duration::from_secs(60);

/// After one that was killed.
const SHORT_PAUSE: Duration = Duration::from_secs(5);

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
    pub selection: u64,
}

/// Of one environment.
#[derive(Debug, Default)]
pub struct Succession {
    span: Span,
    /// Of the present zygote.
    forks: u32,
    next: Option<Successor>,
    /// What the present zygote has preloaded.
    selection: u64,
    /// And what the next one is to preload.
    preferred: u64,
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
        let may_try = self.retry_at.is_none_or(|at| at <= now);
        self.next.is_none() && may_try && (is_old || self.is_used())
    }

    /// Whether a successor is wanted whatever the zygote's age.
    fn is_used(&self) -> bool {
        self.span.forks.is_some_and(|most| self.forks >= most) || self.selection != self.preferred
    }

    pub fn prefer(&mut self, selection: u64) {
        self.preferred = selection;
    }

    pub fn selection(&self) -> u64 {
        self.selection
    }

    /// The present zygote is another one.
    pub fn set_selection(&mut self, selection: u64) {
        self.selection = selection;
    }

    pub fn next(&self) -> Option<Generation> {
        self.next.map(|next| next.generation)
    }

    pub fn begin(&mut self, generation: Generation, now: Instant) {
        self.next = Some(Successor {
            generation,
            since: now,
            loaded: false,
            selection: self.preferred,
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

    /// The successor was ended for what it had preloaded: another one can be tried at once.
    pub fn dropped(&mut self) {
        self.next = None;
    }

    /// The successor did not start.
    pub fn failed(&mut self, killed: bool, now: Instant) {
        self.next = None;
        self.retry_at = Some(now + if killed { SHORT_PAUSE } else { PAUSE });
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
        let of_age = self.span.age.map(|age| since + age);
        match self.is_used() {
            // As soon as one may be tried again.
            true => self.retry_at,
            false => of_age.map(|at| self.retry_at.map_or(at, |retry| retry.max(at))),
        }
    }
}

impl Environment {
    /// How long a zygote serves.
    pub fn set_span(&mut self, span: Span) {
        self.succession.set_span(span);
    }

    /// Whether the zygote has served for so long that a successor is to be loaded.
    pub fn needs_successor(&self, now: Instant) -> bool {
        match self.zygote {
            Zygote::Up {
                since,
                proven: true,
            } => self.trouble.is_none() && self.succession.is_due(since, now),
            Zygote::Absent | Zygote::Starting { .. } | Zygote::Up { .. } => false,
        }
    }

    /// A successor is being started.
    pub fn begin_successor(&mut self, generation: Generation, now: Instant) {
        self.succession.begin(generation, now);
    }

    pub fn successor(&self) -> Option<Generation> {
        self.succession.next()
    }

    /// The successor said `Hello`.
    pub fn successor_loaded(&mut self) {
        self.succession.loaded();
    }

    /// The successor did not start, which changes nothing. Returns a line for the log.
    pub fn successor_failed(&mut self, reason: &str, killed: bool, now: Instant) -> String {
        self.succession.failed(killed, now);
        let name = self.name();
        format!("the next zygote for {name} did not start, the present one goes on: {reason}")
    }

    /// What zygotes are to preload from the next one on.
    pub fn prefer(&mut self, selection: u64) {
        self.succession.prefer(selection);
    }

    /// What the present zygote has preloaded.
    pub fn selection(&self) -> u64 {
        self.succession.selection()
    }

    /// The successor was ended for what it had preloaded.
    pub fn successor_dropped(&mut self) {
        self.succession.dropped();
    }

    /// Whether what the present zygote has preloaded may be why no satellite of it has got ready.
    pub fn may_have_preloaded_trouble(&self, failure: &Failure) -> bool {
        let is_likely = match failure {
            Failure::Environment(_) | Failure::Sandbox { .. } => true,
            // One may have been an accident.
            Failure::Crash(_) => self.failures > 0,
            Failure::Descriptors(_) => false,
        };
        is_likely
            && matches!(self.zygote, Zygote::Up { proven: false, .. })
            && self.selection() != 0
    }

    /// The present zygote was ended for what it had preloaded; another one is started at once, without that.
    pub fn start_over(&mut self) {
        self.zygote = Zygote::Absent;
        self.failures = 0;
        self.trouble = None;
        self.retry_at = None;
        self.succession.give_up();
        self.succession.set_selection(0);
    }

    pub fn is_successor_late(&self, now: Instant) -> bool {
        self.succession.is_late(now)
    }

    /// A loaded successor takes the zygote's place, if that owes no answer: the old one, to be ended, and a line for
    /// the log.
    pub fn hand_over(&mut self, now: Instant) -> Option<(Generation, String)> {
        let old = self.free_zygote()?;
        let next = self.succession.take_over()?;
        self.succession.set_selection(next.selection);
        self.generation = next.generation;
        self.zygote = Zygote::Up {
            since: now,
            proven: false,
        };
        let name = self.name();
        Some((
            old,
            format!("zygote for {name} was replaced by a fresh one"),
        ))
    }
}
