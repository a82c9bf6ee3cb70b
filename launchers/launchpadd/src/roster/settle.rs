//! What follows from the present state, whatever event led to it.

use super::Roster;
use super::action::{Action, Generation, Order};
use super::environment::{Failure, Zygote};
use super::kind::Kind;
use super::pools::PoolId;
use super::queue::Call;
use super::room::Room;
use super::satellites::{Phase, Satellite};
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Refusal, ToBackend};
use std::time::{Duration, Instant};

/// How long satellites are not replaced after a script began, as long as there is another warm one.
pub(super) const SCRIPT_FIRST: Duration = Duration::from_millis(10);

/// The same after its end: its backend has the result to return.
pub(super) const RESULT_FIRST: Duration = Duration::from_millis(1);

impl Roster {
    /// Brings the roster into order; every event ends with it.
    pub(super) fn settle(&mut self, now: Instant) {
        self.assign(now);
        let refused = self.refuse(now);
        if self.admit() || refused {
            self.assign(now);
        }
        self.lately.expire(self.keep_warm(), now);
        let queue = &self.queue;
        self.overtaken
            .retain(|kind| queue.of(*kind).next().is_some());
        self.refill_at = None;
        for id in self.environments.ids() {
            self.trim(id, now);
            self.refill(id, now);
        }
    }

    /// Gives waiting requests to warm satellites of their kind, oldest first, while there is room.
    fn assign(&mut self, now: Instant) {
        let (mut taken, mut room) = (self.taken(), self.room());
        while taken.has_slot() {
            let warm = self.all_warm();
            if warm.is_empty() {
                return;
            }
            let oldest = |kind: Kind| warm.iter().find(|(of, _)| *of == kind);
            let fits = |call: &Call| {
                let of_calls = if call.admitted { &taken } else { &room };
                of_calls.fits(call, &self.pools)
            };
            let ready = |call: &Call| fits(call) && oldest(call.kind).is_some();
            let Some(call) = self.queue.pop(ready) else {
                return;
            };
            let Some((_, order)) = oldest(call.kind).copied() else {
                return;
            };
            let passed = self.queue.iter().filter(|call| fits(call));
            let passed = passed.filter(|call| oldest(call.kind).is_none());
            self.overtaken.extend(passed.map(|call| call.kind));
            self.overtaken.remove(&call.kind);
            if self.kept_ahead(call.kind.environment) != Some(call.kind) {
                self.lately.note(call.kind, now);
            }
            taken.take(call.holder());
            if !call.admitted {
                room.take(call.holder());
            }
            let running = taken.taken_of_pool(call.pool);
            self.serve(order, call, running, now);
        }
    }

    /// Gives a satellite to a call, of whose pool `running` have one then.
    fn serve(&mut self, order: Order, call: Call, running: u32, now: Instant) {
        let Some(satellite) = self.satellites.get_mut(&order) else {
            return;
        };
        self.environments[call.launch.environment].warm_one_used();
        self.pools.count_call(call.pool, running);
        self.actions.push_back(Action::Assign {
            order,
            ticket: call.ticket,
            request: call.launch.request,
            limits: call.launch.limits,
            pool: call.pool,
            init: satellite.init.unwrap_or(0),
            // Of a warm satellite: when it became ready.
            warm: satellite.since <= call.since,
        });
        satellite.enter(Phase::Running, now);
        satellite.slot = Some(call.holder());
        satellite.call = Some(call);
    }

    /// Answers at once those who would wait in vain. Whether that left room for others.
    fn refuse(&mut self, now: Instant) -> bool {
        let mut left_room = false;
        for kind in self.queue.kinds() {
            if let Some(refusal) = self.refusal(kind, now) {
                while let Some(call) = self.queue.remove_one_of(kind) {
                    left_room |= call.admitted;
                    self.tell(call.ticket, ToBackend::Refused(refusal.clone()));
                }
            }
        }
        left_room
    }

    fn refusal(&self, kind: Kind, now: Instant) -> Option<Refusal> {
        let id = kind.environment;
        let language = self.environments[id].language;
        let settings = self.settings.as_ref()?;
        if settings.program(id).is_none() {
            return Some(Refusal::NotOffered { language });
        }
        if !kind.is_possible(settings) {
            let reason = "launchpad.sandbox = container cannot confine programs";
            let failure = Failure::of_step("launchpad.allow_exec", reason);
            return Some(failure.refusal(language));
        }
        // A warm satellite may be left from better times.
        if self.count(kind, Phase::Warm) > 0 {
            return None;
        }
        let environment = &self.environments[id];
        environment
            .refusal()
            .or_else(|| environment.refusal_on_demand(kind, now))
    }

    /// Ends warm satellites that nobody needs any more, youngest first.
    fn trim(&mut self, id: EnvironmentId, now: Instant) {
        for (kind, order) in self.all_warm().into_iter().rev() {
            if kind.environment == id && self.count(kind, Phase::Warm) > self.useful(kind) {
                self.end(order, now);
            }
        }
    }

    /// Starts a zygote or orders the next fork, if one is wanted.
    fn refill(&mut self, id: EnvironmentId, now: Instant) {
        if self.environments[id].is_waiting(now) {
            return;
        }
        let settings = self.settings.as_ref();
        let offered = settings.and_then(|s| s.environment(id).filter(|of| of.is_offered()));
        let Some(environment) = offered.cloned() else {
            return;
        };
        match self.environments[id].zygote {
            Zygote::Absent => {
                self.last_generation += 1;
                let generation = Generation(self.last_generation);
                self.environments[id].start(generation, now);
                self.actions.push_back(Action::StartZygote {
                    generation,
                    environment,
                });
            }
            Zygote::Starting { .. } => {}
            Zygote::Up { .. } => {
                if self.environments[id].forking.is_none()
                    && let Some(kind) = self.wants_another(id)
                {
                    let rest = self.may_rest(kind, now);
                    self.refill_at = rest.into_iter().chain(self.refill_at).min();
                    if rest.is_none() {
                        self.order_fork(kind, now);
                    }
                }
            }
        }
    }

    /// Until when the next satellite of `kind` need not be made: a fork and a script that has just
    /// begun would be in each other's way, and most scripts end soon.
    fn may_rest(&self, kind: Kind, now: Instant) -> Option<Instant> {
        // One that was asked for lately may never be again.
        let is_urgent = self.count(kind, Phase::Warm) == 0 && !self.lately.has(kind);
        if is_urgent || self.due(kind) > 0 {
            return None;
        }
        let until = |satellite: &Satellite| match satellite.phase {
            Phase::Running => Some(satellite.since + SCRIPT_FIRST),
            Phase::Ending => Some(satellite.since + RESULT_FIRST),
            Phase::Forking | Phase::Warming | Phase::Warm => None,
        };
        let last = self.satellites.values().filter_map(until).max()?;
        (last > now).then_some(last)
    }

    fn order_fork(&mut self, kind: Kind, now: Instant) {
        let environment = &mut self.environments[kind.environment];
        let generation = environment.generation;
        self.last_order += 1;
        let order = Order(self.last_order);
        environment.forking = Some(order);
        self.satellites
            .insert(order, Satellite::ordered(kind, generation, now));
        self.actions.push_back(Action::Fork {
            generation,
            order,
            allowance: kind.allowance,
            pool: kind.pool,
        });
    }

    /// The kind that the environment's zygote is to fork next.
    fn wants_another(&self, id: EnvironmentId) -> Option<Kind> {
        let kept = self.kept_ahead(id);
        let pending = self.pending(|kind| kind.environment == id);
        if self.environments[id].is_broken() {
            // One at a time, to see whether it works again, wanted or not.
            return kept
                .filter(|kind| pending == 0 && self.have(*kind) < self.wanted(*kind).max(1));
        }
        // Each environment has a share that no other can take by satellites that do not get ready.
        let share = (self.warming_at_once / self.environments.iter().len()).max(1);
        if pending >= share && self.pending(|_| true) >= self.warming_at_once {
            return None;
        }
        // Calls that wait come first, in the order of their turns: who keeps none ahead of need
        // waits for the fork itself.
        let mut waited_for = self.queue.kinds().into_iter();
        waited_for
            .find(|kind| kind.environment == id && self.have(*kind) < self.due(*kind))
            .or_else(|| {
                let mut ahead = kept.into_iter().chain(self.lately.of(id));
                ahead.find(|kind| self.have(*kind) < self.wanted(*kind))
            })
    }

    /// How many satellites should be warm or on the way: those kept ahead of need and those that
    /// waiting requests can have at once.
    fn wanted(&self, kind: Kind) -> usize {
        self.ahead(kind) + self.due(kind)
    }

    /// How many waiting requests could be served now if there were satellites. One counts although
    /// there is no room now if others took the room for want of a satellite: it is to be ready when
    /// there is room again, or the same would happen for ever.
    fn due(&self, kind: Kind) -> usize {
        let now = self.room().count(self.queue.of(kind), &self.pools);
        now.max(self.overtaken.contains(&kind).into())
    }

    /// How many warm satellites are of use. One that was made for a waiting request waits with it
    /// if satellites of another kind got ready sooner and took the room: a slow environment would
    /// otherwise start anew each time, and never be in time.
    fn useful(&self, kind: Kind) -> usize {
        let room = Room::empty(self.max_satellites());
        self.ahead(kind) + room.count(self.queue.of(kind), &self.pools)
    }

    /// How many are to be warm before anybody asks.
    fn ahead(&self, kind: Kind) -> usize {
        let Some(settings) = &self.settings else {
            return 0;
        };
        let ahead = settings.warm_satellites as usize;
        if self.kept_ahead(kind.environment) == Some(kind) {
            ahead
        } else if self.lately.has(kind) && kind.is_possible(settings) {
            ahead.min(1)
        } else {
            0
        }
    }

    /// How long a kind is kept that was asked for lately.
    pub(super) fn keep_warm(&self) -> Duration {
        let millis = self.settings.as_ref().map_or(0, |s| s.keep_warm);
        Duration::from_millis(millis.into())
    }

    /// The kind that is made ahead of need; None where there can be none of it.
    pub(super) fn kept_ahead(&self, id: EnvironmentId) -> Option<Kind> {
        let settings = self.settings.as_ref()?;
        let kind = Kind {
            environment: id,
            allowance: settings.allowance,
            pool: PoolId::DEFAULT,
        };
        kind.is_possible(settings).then_some(kind)
    }

    fn count(&self, kind: Kind, phase: Phase) -> usize {
        self.satellites
            .values()
            .filter(|satellite| satellite.is(kind, phase))
            .count()
    }

    /// Warm or on the way.
    fn have(&self, kind: Kind) -> usize {
        self.satellites
            .values()
            .filter(|satellite| satellite.kind == kind && satellite.is_unused())
            .count()
    }

    fn pending(&self, of: impl Fn(Kind) -> bool) -> usize {
        self.satellites
            .values()
            .filter(|satellite| satellite.is_pending() && of(satellite.kind))
            .count()
    }

    /// The warm satellites, oldest first.
    fn all_warm(&self) -> Vec<(Kind, Order)> {
        self.satellites
            .iter()
            .filter(|(_, satellite)| satellite.phase == Phase::Warm)
            .map(|(order, satellite)| (satellite.kind, *order))
            .collect()
    }

    /// Has a satellite killed, whatever it does; it stays in the books until it is reaped.
    pub(super) fn end(&mut self, order: Order, now: Instant) {
        let Some(satellite) = self.satellites.get_mut(&order) else {
            return;
        };
        let deadline = satellite.deadline;
        satellite.enter(Phase::Ending, now);
        if satellite.init.is_some() {
            self.actions.push_back(Action::Kill(order));
        } else {
            // Nothing to kill yet: `forked` will see the phase. The zygote's time for its answer
            // still runs.
            satellite.deadline = deadline;
        }
    }

    pub(super) fn tell(&mut self, ticket: super::Ticket, message: ToBackend) {
        self.actions.push_back(Action::Tell(ticket, message));
    }

    pub(super) fn log(&mut self, level: &'static str, line: Option<String>) {
        if let Some(line) = line {
            self.actions.push_back(Action::Log(level, line));
        }
    }
}
