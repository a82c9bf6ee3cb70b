//! One satellite in the books, from its order to its reaping.

use super::action::Generation;
use super::kind::Kind;
use super::queue::Call;
use super::room::Holder;
use launchpad_protocol::launch::Ending;
use std::time::{Duration, Instant};

/// From the order of a fork to `Ready`. The exercise takes well under a second; a machine that
/// swaps may need far longer.
pub const WARM_UP: Duration = Duration::from_secs(30);

/// From the report of the script's end to the init's own. It has nothing left to do but exit.
pub const LAST_MOMENTS: Duration = Duration::from_secs(2);

/// In this order, each at most once; any may be skipped towards `Ending`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Ordered, not yet answered.
    Forking,
    /// Being sandboxed and exercised.
    Warming,
    /// Waiting for its one request.
    Warm,
    /// Serving it.
    Running,
    /// Reported its end or was killed; not yet reaped.
    Ending,
}

#[derive(Debug)]
pub struct Satellite {
    pub phase: Phase,
    /// What it was made for.
    pub kind: Kind,
    /// The zygote it came from.
    pub generation: Generation,
    /// The pid of its init, once known.
    pub init: Option<u32>,
    /// When this phase began.
    pub since: Instant,
    /// When this phase has lasted too long.
    pub deadline: Option<Instant>,
    /// The call it serves, until its end has been told.
    pub call: Option<Call>,
    /// How the call ended, whatever becomes of the script.
    pub how: Option<Ending>,
    /// For whom it counts against the limits.
    pub slot: Option<Holder>,
}

impl Satellite {
    pub fn ordered(kind: Kind, generation: Generation, now: Instant) -> Self {
        Satellite {
            phase: Phase::Forking,
            kind,
            generation,
            init: None,
            since: now,
            deadline: Some(now + WARM_UP),
            call: None,
            how: None,
            slot: None,
        }
    }

    /// Enters `phase`, which ends on its own or by an event unless a deadline is set after this.
    pub fn enter(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.since = now;
        self.deadline = None;
    }

    pub fn is(&self, kind: Kind, phase: Phase) -> bool {
        self.kind == kind && self.phase == phase
    }

    /// Ordered or being prepared, so that it may yet become warm.
    pub fn is_pending(&self) -> bool {
        matches!(self.phase, Phase::Forking | Phase::Warming)
    }

    /// Warm or pending: no request has been near it.
    pub fn is_unused(&self) -> bool {
        self.is_pending() || self.phase == Phase::Warm
    }
}
