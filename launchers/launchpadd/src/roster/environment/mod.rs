//! An environment's zygote and its troubles: when to start one, when to wait, what to tell the
//! calls that come meanwhile.
//!
//! A failure is a zygote that ended or a satellite that did not become ready. Failures in a row are
//! counted; after the second (the first, if the zygote did not even start; the fifth, if zygotes or
//! satellites ended without saying why) the environment is *broken*: calls are refused with the reason,
//! and attempts go on with growing delays, one satellite at a time, until one becomes ready. That is of
//! satellites as they are kept ahead of need; see [`on_demand`] for others.
//!
//! A zygote that is killed is no failure: calls wait for the next one, however often that happens.

mod health;
mod on_demand;
mod succession;

pub use health::Health;
pub use succession::Span;

use super::action::{Generation, Order};
use super::failure::Failure;
use super::kind::Variant;
use crate::backoff::Backoff;
use launchpad_protocol::launch::{Language, Refusal};
use on_demand::OnDemand;
use std::time::{Duration, Instant};
use succession::Succession;

/// From exec to `Hello`: loading pandas from a cold disk takes seconds; on an emulated or crowded
/// processor it took more than a minute.
const START_UP: Duration = Duration::from_secs(180);

/// From exec to `Hello` that is worth a line in the log: a program that hangs says nothing itself.
const SLOW: Duration = Duration::from_secs(10);

/// A zygote that lived this long was sound, even if nobody asked it for a satellite.
const SOUND_AFTER: Duration = Duration::from_secs(10);

/// The longest pause because warm satellites die by themselves: whatever kills them, one a second
/// is no storm.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause because zygotes are killed: calls wait meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zygote {
    Absent,
    /// `told`: whether the log says that it takes long.
    Starting {
        since: Instant,
        told: bool,
    },
    Up {
        since: Instant,
        proven: bool,
    },
}

pub struct Environment {
    variant: Variant,
    language: Language,
    zygote: Zygote,
    /// The latest zygote's; 0 before the first.
    generation: Generation,
    /// The one order that the zygote has not answered yet.
    forking: Option<Order>,
    /// Failures in a row.
    failures: u32,
    /// Zygotes that were killed in a row before they had proved to be sound.
    kills: u32,
    /// Warm satellites that died by themselves in a row.
    warm_deaths: u32,
    /// Nothing is started or forked before.
    retry_at: Option<Instant>,
    /// Set while broken: why, and whether it was a zygote that did not start.
    trouble: Option<(Failure, bool)>,
    /// What was logged last, so that a failure that repeats is logged once.
    logged: Option<Failure>,
    /// When a call asked for it last.
    asked: Option<Instant>,
    /// The troubles of the kinds that are not kept ahead of need.
    on_demand: OnDemand,
    succession: Succession,
    backoff: Backoff,
}

impl Environment {
    pub fn new(variant: Variant, language: Language, backoff: Backoff) -> Self {
        Environment {
            variant,
            language,
            zygote: Zygote::Absent,
            generation: Generation(0),
            forking: None,
            failures: 0,
            kills: 0,
            warm_deaths: 0,
            retry_at: None,
            trouble: None,
            logged: None,
            asked: None,
            on_demand: OnDemand::default(),
            succession: Succession::default(),
            backoff,
        }
    }

    /// Forgets the past: another program is another environment.
    pub fn renew(&mut self) {
        self.zygote = Zygote::Absent;
        self.forking = None;
        self.failures = 0;
        self.kills = 0;
        self.warm_deaths = 0;
        self.retry_at = None;
        self.trouble = None;
        self.logged = None;
        self.on_demand.renew();
        self.succession.give_up();
        self.succession.set_selection(0);
    }

    /// Forgets what satellites suffered: they are made otherwise from now on.
    pub fn satellites_renewed(&mut self) {
        if matches!(self.trouble, Some((_, false))) {
            self.failures = 0;
            self.trouble = None;
            self.logged = None;
        }
    }

    /// Makes the next attempt now: somebody has just changed something.
    pub fn retry_now(&mut self) {
        self.retry_at = None;
        self.on_demand.renew();
    }

    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// As the log writes it.
    pub fn name(&self) -> String {
        self.variant.name(self.language)
    }

    pub fn language(&self) -> Language {
        self.language
    }

    pub fn zygote(&self) -> Zygote {
        self.zygote
    }

    /// The present zygote, loaded or not.
    pub fn present(&self) -> Option<Generation> {
        (self.zygote != Zygote::Absent).then_some(self.generation)
    }

    /// The zygote that can fork now: it is loaded and has answered its last order.
    pub fn free_zygote(&self) -> Option<Generation> {
        let is_up = matches!(self.zygote, Zygote::Up { .. });
        (is_up && self.forking.is_none()).then_some(self.generation)
    }

    pub fn fork(&mut self, order: Order) {
        self.forking = Some(order);
        self.succession.forked();
    }

    /// The order that the zygote has not answered yet.
    pub fn unanswered(&self) -> Option<Order> {
        self.forking
    }

    /// Nobody waits for that answer any more, it came or will not.
    pub fn drop_unanswered(&mut self) -> Option<Order> {
        self.forking.take()
    }

    /// Whether the zygote should have been loaded by now.
    pub fn is_late(&self, now: Instant) -> bool {
        self.loading(now).is_some_and(|time| time >= START_UP)
    }

    /// For how long the zygote has been loading.
    pub fn loading(&self, now: Instant) -> Option<Duration> {
        match self.zygote {
            Zygote::Starting { since, .. } => Some(now.saturating_duration_since(since)),
            Zygote::Absent | Zygote::Up { .. } => None,
        }
    }

    /// A line for the log, once, if the zygote has been loading for long.
    pub fn tell_slow(&mut self, now: Instant) -> Option<String> {
        match &mut self.zygote {
            Zygote::Starting {
                since,
                told: told @ false,
            } if *since + SLOW <= now => *told = true,
            _ => return None,
        }
        Some(format!(
            "environment for {} is not loaded after {} s: {} may name a program that hangs",
            self.name(),
            SLOW.as_secs(),
            self.language.setting()
        ))
    }

    /// A call asks for it.
    pub fn ask(&mut self, now: Instant) {
        self.asked = Some(now);
    }

    /// Until when a zygote that is not loaded in advance stays for the next call.
    pub fn kept_until(&self, keep: Duration) -> Option<Instant> {
        self.asked.map(|asked| asked + keep)
    }

    /// Nobody has asked for it for long: its zygote is ended. Its troubles are forgotten with it.
    pub fn retire(&mut self) {
        self.renew();
        self.asked = None;
    }

    /// The level of a line about its troubles: one that nobody uses need not even be installed.
    pub fn level(&self) -> &'static str {
        if self.asked.is_some() {
            "warning"
        } else {
            "log"
        }
    }

    pub fn is_broken(&self) -> bool {
        self.trouble.is_some()
    }

    /// Whether the next attempt may be made: where none is made in advance, the next call is it.
    pub fn may_try(&self, now: Instant) -> bool {
        self.retry_at.is_none_or(|at| at <= now)
    }

    /// What a call is told while the environment is broken.
    pub fn refusal(&self) -> Option<Refusal> {
        let (failure, _) = self.trouble.as_ref()?;
        Some(failure.refusal(self.language))
    }

    /// Whether nothing may be started or forked yet.
    pub fn is_waiting(&mut self, now: Instant) -> bool {
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
        }
        self.retry_at.is_some()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match self.zygote {
            Zygote::Starting { since, told } => Some(since + if told { START_UP } else { SLOW }),
            Zygote::Absent => self.retry_at,
            Zygote::Up { since, proven } => {
                let succession = match proven {
                    true => self.succession.next_deadline(since),
                    false => None,
                };
                [self.retry_at, succession].into_iter().flatten().min()
            }
        }
    }

    /// A zygote is being started, its time running from now.
    pub fn start(&mut self, generation: Generation, now: Instant) {
        self.generation = generation;
        self.zygote = Zygote::Starting {
            since: now,
            told: false,
        };
    }

    /// The zygote said `Hello`. Returns a line for the log.
    pub fn started(&mut self, now: Instant) -> Option<String> {
        self.zygote = Zygote::Up {
            since: now,
            proven: false,
        };
        // The count of failures stays: only a ready satellite shows that forking works as well.
        match self.trouble {
            Some((_, true)) => self.works_again(),
            _ => None,
        }
    }

    /// The zygote was killed: the next one is started at once if this one was sound, else after a
    /// pause. Returns a line for the log.
    pub fn killed(&mut self, failure: Failure, now: Instant) -> Option<String> {
        self.gone(now);
        if self.kills > 0 {
            let pause = self.backoff.delay(self.kills).min(LONGEST_WAIT);
            self.retry_at = self.retry_at.max(Some(now + pause));
        }
        self.kills = self.kills.saturating_add(1);
        self.line(failure)
    }

    /// There is no zygote any more; what it was.
    fn gone(&mut self, now: Instant) -> Zygote {
        self.forking = None;
        let zygote = std::mem::replace(&mut self.zygote, Zygote::Absent);
        if let Zygote::Up { since, proven } = zygote
            && (proven || now.duration_since(since) >= SOUND_AFTER)
        {
            self.failures = 0;
            self.kills = 0;
            self.logged = None;
        }
        let next = self.succession.give_up();
        self.succession
            .set_selection(next.map_or(0, |next| next.selection));
        if let Some(next) = next {
            self.generation = next.generation;
            self.zygote = match next.loaded {
                true => Zygote::Up {
                    since: now,
                    proven: false,
                },
                false => Zygote::Starting {
                    since: next.since,
                    told: false,
                },
            };
        }
        zygote
    }

    /// The zygote ended by itself or could not be started, because of `failure`. Returns a line for the log.
    pub fn ended(&mut self, failure: Failure, now: Instant) -> Option<String> {
        match self.gone(now) {
            Zygote::Up { .. } => self.failed(failure.of_one_that_ran(), now),
            Zygote::Absent | Zygote::Starting { .. } => {
                self.failures = self.failures.saturating_add(1);
                self.retry_at = Some(now + self.backoff.delay(self.failures));
                self.trouble = Some((failure.clone(), true));
                self.line(failure)
            }
        }
    }

    /// No satellite came of an attempt. Returns a line for the log.
    pub fn failed(&mut self, failure: Failure, now: Instant) -> Option<String> {
        self.failures = self.failures.saturating_add(1);
        if self.failures > 1 {
            self.retry_at = Some(now + self.backoff.delay(self.failures - 1));
        }
        if self.failures > failure.accidents() {
            self.trouble = Some((failure.clone(), false));
        }
        self.line(failure)
    }

    /// A satellite of `generation` became ready. Returns a line for the log.
    pub fn succeeded(&mut self, generation: Generation) -> Option<String> {
        self.failures = 0;
        self.kills = 0;
        self.prove(generation);
        if self.trouble.is_some() {
            self.retry_at = None;
            return self.works_again();
        }
        self.logged = None;
        None
    }

    /// A warm satellite died by itself: replaced at once the first time, with pauses after that, so
    /// that whatever kills them does not make a fork loop.
    pub fn warm_one_died(&mut self, now: Instant) {
        if self.warm_deaths > 0 {
            let pause = self.backoff.delay(self.warm_deaths).min(LONGEST_PAUSE);
            self.retry_at = self.retry_at.max(Some(now + pause));
        }
        self.warm_deaths = self.warm_deaths.saturating_add(1);
    }

    /// A warm satellite was given a request: they live long enough.
    pub fn warm_one_used(&mut self) {
        self.warm_deaths = 0;
    }

    fn prove(&mut self, generation: Generation) {
        if let Zygote::Up { proven, .. } = &mut self.zygote
            && generation == self.generation
        {
            *proven = true;
        }
    }

    fn works_again(&mut self) -> Option<String> {
        self.trouble = None;
        self.logged = None;
        Some(format!("environment for {} works again", self.name()))
    }

    fn line(&mut self, failure: Failure) -> Option<String> {
        if self.logged.as_ref() == Some(&failure) {
            return None;
        }
        let line = failure.line(&self.name());
        self.logged = Some(failure);
        Some(line)
    }
}
