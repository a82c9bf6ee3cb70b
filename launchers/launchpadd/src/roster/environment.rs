//! An environment's zygote and its troubles: when to start one, when to wait, what to tell the
//! calls that come meanwhile.
//!
//! A failure is a zygote that ended or a satellite that did not become ready. Failures in a row are
//! counted; after the second (the first, if the zygote did not even start; the fifth, if zygotes or
//! satellites ended without saying why) the environment is *broken*: calls are refused with the reason,
//! and attempts go on with growing delays, one satellite at a time, until one becomes ready. That is of
//! satellites as they are kept ahead of need; see [`super::on_demand`] for others.
//!
//! A zygote that is killed is no failure: calls wait for the next one, however often that happens.

use super::action::{Generation, Order};
use super::kind::Kind;
use super::on_demand::OnDemand;
use crate::backoff::Backoff;
use launchpad_protocol::cut;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Language, Refusal};
use std::time::{Duration, Instant};

/// From exec to `Hello`: loading pandas from a cold disk takes seconds; on an emulated or crowded
/// processor it took more than a minute.
const START_UP: Duration = Duration::from_secs(180);

/// A zygote that lived this long was sound, even if nobody asked it for a satellite.
const SOUND_AFTER: Duration = Duration::from_secs(10);

/// The longest pause because warm satellites die by themselves: whatever kills them, one a second
/// is no storm.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause because zygotes are killed: calls wait meanwhile.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Crashes in a row that may have been accidents.
const ACCIDENTS: u32 = 4;

/// Bytes of a reason that are kept and sent on: it must fit a packet with room to spare.
const MAX_REASON: usize = 4096;

/// Why no satellite came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The zygote, the exercise or launchpadd's own means; the text is the evidence.
    Environment(String),
    /// A zygote that had started, or a satellite, ended by itself without saying why. The text is what
    /// is known.
    Crash(String),
    /// The kernel refused a step of the sandbox.
    Sandbox { step: String, reason: String },
}

impl Failure {
    /// As a zygote or a satellite names it: the exercise is no step of the sandbox.
    pub fn of_step(step: &str, reason: &str) -> Self {
        let reason = cut(reason, MAX_REASON).to_owned();
        if step == "exercise" {
            Failure::Environment(reason)
        } else {
            let step = cut(step, 256).to_owned();
            Failure::Sandbox { step, reason }
        }
    }

    pub fn environment(reason: &str) -> Self {
        Failure::Environment(cut(reason, MAX_REASON).to_owned())
    }

    pub fn crash(reason: &str) -> Self {
        Failure::Crash(cut(reason, MAX_REASON).to_owned())
    }

    /// How many in a row may have been accidents (the kernel's out-of-memory killer, an operator): calls
    /// wait for the next attempt.
    pub fn accidents(&self) -> u32 {
        match self {
            Failure::Environment(_) | Failure::Sandbox { .. } => 1,
            Failure::Crash(_) => ACCIDENTS,
        }
    }

    pub fn refusal(&self, language: Language) -> Refusal {
        match self.clone() {
            Failure::Environment(reason) | Failure::Crash(reason) => {
                Refusal::EnvironmentBroken { language, reason }
            }
            Failure::Sandbox { step, reason } => Refusal::SandboxRefused { step, reason },
        }
    }

    /// `name`: of the language or kind that has it.
    pub fn line(&self, name: &str) -> String {
        match self {
            Failure::Environment(reason) | Failure::Crash(reason) => {
                format!("environment for {name} failed: {reason}")
            }
            Failure::Sandbox { step, reason } => {
                format!("sandbox for {name} was refused at step \"{step}\": {reason}")
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zygote {
    Absent,
    Starting { until: Instant },
    Up { since: Instant, proven: bool },
}

pub struct Environment {
    pub id: EnvironmentId,
    pub language: Language,
    pub zygote: Zygote,
    /// The latest zygote's; 0 before the first.
    pub generation: Generation,
    /// The one order that the zygote has not answered yet.
    pub forking: Option<Order>,
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
    /// Whether a call has ever asked for it.
    asked: bool,
    /// The troubles of the kinds that are not kept ahead of need.
    on_demand: OnDemand,
    backoff: Backoff,
}

impl Environment {
    pub fn new(id: EnvironmentId, language: Language, backoff: Backoff) -> Self {
        Environment {
            id,
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
            asked: false,
            on_demand: OnDemand::default(),
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

    /// A call asks for it.
    pub fn ask(&mut self) {
        self.asked = true;
    }

    /// The level of a line about its troubles: one that nobody uses need not even be
    /// installed.
    pub fn level(&self) -> &'static str {
        if self.asked { "warning" } else { "log" }
    }

    pub fn is_broken(&self) -> bool {
        self.trouble.is_some()
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
            Zygote::Starting { until } => Some(until),
            Zygote::Absent | Zygote::Up { .. } => self.retry_at,
        }
    }

    /// A zygote is being started, its time running from now.
    pub fn start(&mut self, generation: Generation, now: Instant) {
        self.generation = generation;
        self.zygote = Zygote::Starting {
            until: now + START_UP,
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
        zygote
    }

    /// The zygote ended by itself or could not be started. Returns a line for the log.
    pub fn ended(&mut self, reason: &str, now: Instant) -> Option<String> {
        match self.gone(now) {
            Zygote::Up { .. } => self.failed(Failure::crash(reason), now),
            Zygote::Absent | Zygote::Starting { .. } => {
                let failure = Failure::environment(reason);
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

    /// No satellite came of an attempt for a kind that is not kept ahead of need. Returns a line
    /// for the log.
    pub fn failed_on_demand(
        &mut self,
        kind: Kind,
        name: &str,
        failure: Failure,
        now: Instant,
    ) -> Option<String> {
        self.on_demand
            .failed(kind, name, failure, &mut self.backoff, now)
    }

    /// A satellite of such a kind became ready. Returns a line for the log.
    pub fn succeeded_on_demand(
        &mut self,
        kind: Kind,
        name: &str,
        generation: Generation,
    ) -> Option<String> {
        self.prove(generation);
        self.on_demand.succeeded(kind, name)
    }

    /// What a call of such a kind is told instead of a satellite.
    pub fn refusal_on_demand(&self, kind: Kind, now: Instant) -> Option<Refusal> {
        self.on_demand.refusal(kind, self.language, now)
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
        Some(format!(
            "environment for {} works again",
            self.language.name()
        ))
    }

    fn line(&mut self, failure: Failure) -> Option<String> {
        if self.logged.as_ref() == Some(&failure) {
            return None;
        }
        let line = failure.line(self.language.name());
        self.logged = Some(failure);
        Some(line)
    }
}
