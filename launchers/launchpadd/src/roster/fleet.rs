//! The satellites, each from its order to its reaping.

use super::action::{Generation, Order};
use super::kind::Kind;
use super::lines;
use super::queue::Call;
use launchpad_protocol::launch::{Ending, Language, Line, State};
use std::collections::BTreeMap;
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

impl Phase {
    /// Ordered or being prepared, so that it may yet become warm.
    pub fn is_pending(self) -> bool {
        matches!(self, Phase::Forking | Phase::Warming)
    }

    /// Warm or pending: no request has been near it.
    pub fn is_unused(self) -> bool {
        self.is_pending() || self == Phase::Warm
    }
}

/// How long satellites are not replaced after a script began, as long as there is another warm one.
pub const SCRIPT_FIRST: Duration = Duration::from_millis(10);

/// The same after its end: its backend has the result to return.
pub const RESULT_FIRST: Duration = Duration::from_millis(1);

#[derive(Debug)]
struct Satellite {
    phase: Phase,
    /// What it was made for.
    kind: Kind,
    /// The zygote it came from.
    generation: Generation,
    /// Whether its zygote's successor has preloaded something else, so that it is to be replaced.
    is_outdated: bool,
    /// The pid of its init, once known.
    init: Option<u32>,
    /// When this phase began.
    since: Instant,
    /// When this phase has lasted too long.
    deadline: Option<Instant>,
    /// The call it serves, until its end has been told.
    call: Option<Call>,
    /// How the call ended, whatever becomes of the script.
    how: Option<Ending>,
}

impl Satellite {
    /// Enters `phase`, which ends on its own or by an event unless a deadline is set after this.
    fn enter(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.since = now;
        self.deadline = None;
    }
}

/// A satellite that begins to serve a call.
pub struct Begun {
    /// Its init.
    pub init: u32,
    /// Whether it was ready before the request came.
    pub was_warm: bool,
}

#[derive(Debug, Default)]
pub struct Fleet {
    satellites: BTreeMap<Order, Satellite>,
    last: u64,
}

/// From phase to phase.
impl Fleet {
    /// A fork is being ordered.
    pub fn order(&mut self, kind: Kind, generation: Generation, now: Instant) -> Order {
        self.last += 1;
        let satellite = Satellite {
            phase: Phase::Forking,
            kind,
            generation,
            is_outdated: false,
            init: None,
            since: now,
            deadline: Some(now + WARM_UP),
            call: None,
            how: None,
        };
        self.satellites.insert(Order(self.last), satellite);
        Order(self.last)
    }

    /// Its init is known from now on. False if it is not wanted any more.
    pub fn forked(&mut self, order: Order, init: u32) -> bool {
        let Some(satellite) = self.satellites.get_mut(&order) else {
            return true;
        };
        satellite.init = Some(init);
        let is_wanted = satellite.phase == Phase::Forking;
        if is_wanted {
            satellite.phase = Phase::Warming;
        }
        is_wanted
    }

    /// It is warm, if it was on the way: what it is for, and the zygote it came from.
    pub fn ready(&mut self, order: Order, now: Instant) -> Option<(Kind, Generation)> {
        let satellite = self.satellites.get_mut(&order)?;
        (satellite.phase == Phase::Warming).then(|| {
            satellite.enter(Phase::Warm, now);
            (satellite.kind, satellite.generation)
        })
    }

    /// It serves `call` from now on.
    pub fn begin(&mut self, order: Order, call: Call, now: Instant) -> Option<Begun> {
        let satellite = self.satellites.get_mut(&order)?;
        let begun = Begun {
            init: satellite.init.unwrap_or(0),
            // Of a warm satellite: when it became ready.
            was_warm: satellite.since <= call.since,
        };
        satellite.enter(Phase::Running, now);
        satellite.call = Some(call);
        Some(begun)
    }

    /// Its script has ended; its init is about to.
    pub fn reported(&mut self, order: Order, now: Instant) {
        if let Some(satellite) = self.satellites.get_mut(&order) {
            satellite.enter(Phase::Ending, now);
            satellite.deadline = Some(now + LAST_MOMENTS);
        }
    }

    /// Whatever it does, it is to end. Whether there is an init to kill.
    pub fn end(&mut self, order: Order, now: Instant) -> bool {
        let Some(satellite) = self.satellites.get_mut(&order) else {
            return false;
        };
        let deadline = satellite.deadline;
        satellite.enter(Phase::Ending, now);
        if satellite.init.is_none() {
            // `forked` will see the phase. The zygote's time for its answer still runs.
            satellite.deadline = deadline;
        }
        satellite.init.is_some()
    }

    /// It is gone, or nothing came of the order.
    pub fn remove(&mut self, order: Order) -> Option<(Kind, Phase)> {
        let satellite = self.satellites.remove(&order)?;
        Some((satellite.kind, satellite.phase))
    }

    /// Its call's end is being told; how that ended, if it is known.
    pub fn end_call(&mut self, order: Order) -> Option<(Call, Option<Ending>)> {
        let satellite = self.satellites.get_mut(&order)?;
        Some((satellite.call.take()?, satellite.how))
    }

    /// Such a call has ended so, if it is being served; by which satellite.
    pub fn ends_as(&mut self, is_it: impl Fn(&Call) -> bool, how: Ending) -> Option<Order> {
        let order = self.serving(is_it)?;
        let satellite = self.satellites.get_mut(&order)?;
        (satellite.phase == Phase::Running).then(|| {
            satellite.how = Some(how);
            order
        })
    }

    /// The call that it serves, which hears no more of it.
    pub fn take_call(&mut self, order: Order) -> Option<Call> {
        self.satellites.get_mut(&order)?.call.take()
    }
}

/// Questions.
impl Fleet {
    /// All, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Order, Kind, Phase)> {
        let all = self.satellites.iter();
        all.map(|(order, satellite)| (*order, satellite.kind, satellite.phase))
    }

    pub fn look_up(&self, order: Order) -> Option<(Kind, Phase)> {
        let satellite = self.satellites.get(&order)?;
        Some((satellite.kind, satellite.phase))
    }

    /// Whether a call awaits its end.
    pub fn is_serving(&self, order: Order) -> bool {
        let satellite = self.satellites.get(&order);
        satellite.is_some_and(|satellite| satellite.call.is_some())
    }

    /// What serves such a call.
    pub fn serving(&self, is_it: impl Fn(&Call) -> bool) -> Option<Order> {
        let serves = |satellite: &Satellite| satellite.call.as_ref().is_some_and(&is_it);
        let mut all = self.satellites.iter();
        all.find(|(_, satellite)| serves(satellite))
            .map(|(order, _)| *order)
    }

    /// Those whose phase has lasted too long.
    pub fn late(&self, now: Instant) -> Vec<(Order, Kind, Phase)> {
        self.satellites
            .iter()
            .filter(|(_, satellite)| satellite.deadline.is_some_and(|at| at <= now))
            .map(|(order, satellite)| (*order, satellite.kind, satellite.phase))
            .collect()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.satellites.values().filter_map(|s| s.deadline).min()
    }

    /// Those that have no request and were made for such a kind.
    pub fn unused(&self, of: impl Fn(Kind) -> bool) -> Vec<Order> {
        let unused = self
            .iter()
            .filter(|(_, kind, phase)| phase.is_unused() && of(*kind));
        unused.map(|(order, ..)| order).collect()
    }

    /// The warm satellites, oldest first, but outdated ones behind all others.
    pub fn warm(&self) -> Vec<(Kind, Order)> {
        let all = self.satellites.iter();
        let mut warm: Vec<_> = all
            .filter(|(_, satellite)| satellite.phase == Phase::Warm)
            .collect();
        warm.sort_by_key(|(_, satellite)| satellite.is_outdated);
        warm.into_iter()
            .map(|(order, satellite)| (satellite.kind, *order))
            .collect()
    }

    /// Those that are not `of` that zygote are to be replaced by some that are.
    pub fn outdate(&mut self, of: Generation, are: impl Fn(Kind) -> bool) {
        for satellite in self.satellites.values_mut() {
            if are(satellite.kind) && satellite.generation != of && satellite.phase.is_unused() {
                satellite.is_outdated = true;
            }
        }
    }

    pub fn count_warm(&self, kind: Kind) -> usize {
        self.iter()
            .filter(|(_, of, phase)| *of == kind && *phase == Phase::Warm)
            .count()
    }

    /// How many are warm or on the way, and to stay.
    pub fn have(&self, kind: Kind) -> usize {
        let all = self.satellites.values();
        all.filter(|satellite| {
            satellite.kind == kind && satellite.phase.is_unused() && !satellite.is_outdated
        })
        .count()
    }

    /// How many are on the way.
    pub fn pending(&self, of: impl Fn(Kind) -> bool) -> usize {
        self.iter()
            .filter(|(_, kind, phase)| phase.is_pending() && of(*kind))
            .count()
    }

    /// Until when a fork would be in the way of scripts that have just begun, or of results.
    pub fn busy_until(&self) -> Option<Instant> {
        let until = |satellite: &Satellite| match satellite.phase {
            Phase::Running => Some(satellite.since + SCRIPT_FIRST),
            Phase::Ending => Some(satellite.since + RESULT_FIRST),
            Phase::Forking | Phase::Warming | Phase::Warm => None,
        };
        self.satellites.values().filter_map(until).max()
    }

    /// As the view shows them. `wall` tells what the wall clock shows at a time.
    pub fn lines(
        &self,
        language: impl Fn(Kind) -> Language,
        wall: impl Fn(Instant) -> i64,
    ) -> impl Iterator<Item = Line> {
        self.satellites.values().map(move |satellite| Line {
            satellite: satellite.init,
            ..lines::line(
                language(satellite.kind),
                satellite.call.as_ref(),
                match satellite.phase {
                    Phase::Forking | Phase::Warming => State::Warming,
                    Phase::Warm => State::Warm,
                    Phase::Running => State::Running,
                    Phase::Ending => State::Ending,
                },
                wall(satellite.since),
            )
        })
    }
}
