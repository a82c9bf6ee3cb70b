//! What follows from the present state, whatever event led to it.

use super::Roster;
use super::action::{Action, Order};
use super::environment::Zygote;
use super::satellites::{Phase, Satellite};
use launchpad_protocol::launch::ToBackend;
use std::time::Instant;

impl Roster {
    /// Brings the roster into order; every event ends with it.
    pub(super) fn settle(&mut self, now: Instant) {
        self.assign(now);
        self.refuse_if_broken();
        self.trim(now);
        self.refill(now);
    }

    /// Gives waiting requests to warm satellites, oldest first, while slots are free.
    fn assign(&mut self, now: Instant) {
        while self.free_slots() > 0 {
            let Some(order) = self.first_in(Phase::Warm) else {
                return;
            };
            let Some(call) = self.queue.pop() else {
                return;
            };
            let Some(satellite) = self.satellites.get_mut(&order) else {
                return;
            };
            self.environment.warm_one_used();
            satellite.enter(Phase::Running, now);
            satellite.slot = true;
            self.actions.push_back(Action::Assign {
                order,
                ticket: call.ticket,
                request: call.launch.request,
                limits: call.launch.limits,
                init: satellite.init.unwrap_or(0),
            });
            satellite.call = Some(call);
        }
    }

    /// A broken environment answers at once, unless a warm satellite is left from better times.
    fn refuse_if_broken(&mut self) {
        let Some(refusal) = self.environment.refusal() else {
            return;
        };
        if self.first_in(Phase::Warm).is_some() {
            return;
        }
        while let Some(call) = self.queue.pop() {
            self.tell(call.ticket, ToBackend::Refused(refusal.clone()));
        }
    }

    /// Ends warm satellites that nobody needs any more, youngest first.
    fn trim(&mut self, now: Instant) {
        while self.count(Phase::Warm) > self.wanted() {
            let youngest = self
                .satellites
                .iter()
                .rev()
                .find(|(_, satellite)| satellite.phase == Phase::Warm)
                .map(|(order, _)| *order);
            match youngest {
                Some(order) => self.end(order, now),
                None => return,
            }
        }
    }

    /// Starts a zygote or orders the next fork, if one is wanted.
    fn refill(&mut self, now: Instant) {
        let Some(settings) = &self.settings else {
            return;
        };
        if self.environment.is_waiting(now) {
            return;
        }
        match self.environment.zygote {
            Zygote::Absent => {
                let generation = self.environment.start(now);
                let python = settings.python.clone();
                self.actions
                    .push_back(Action::StartZygote { generation, python });
            }
            Zygote::Starting { .. } => {}
            Zygote::Up { .. } => {
                if self.environment.forking.is_none() && self.wants_another() {
                    self.order_fork(now);
                }
            }
        }
    }

    fn order_fork(&mut self, now: Instant) {
        let generation = self.environment.generation;
        self.last_order += 1;
        let order = Order(self.last_order);
        self.environment.forking = Some(order);
        self.satellites
            .insert(order, Satellite::ordered(generation, now));
        self.actions.push_back(Action::Fork {
            generation,
            order,
            tmp_limit: self.settings.as_ref().map_or(0, |s| s.tmp_limit),
        });
    }

    fn wants_another(&self) -> bool {
        let pending = self.satellites.values().filter(|s| s.is_pending()).count();
        let have = pending + self.count(Phase::Warm);
        if self.environment.is_broken() {
            // One at a time, to see whether it works again, wanted or not.
            return pending == 0 && have < self.wanted().max(1);
        }
        pending < self.warming_at_once && have < self.wanted()
    }

    /// How many satellites should be warm or on the way: those kept ahead of need and those that
    /// waiting requests can have at once.
    fn wanted(&self) -> usize {
        let ahead = self.settings.as_ref().map_or(0, |s| s.warm_satellites);
        ahead as usize + self.queue.len().min(self.free_slots())
    }

    fn free_slots(&self) -> usize {
        let most = self.settings.as_ref().map_or(0, |s| s.max_satellites) as usize;
        let taken = self.satellites.values().filter(|s| s.slot).count();
        most.saturating_sub(taken)
    }

    fn count(&self, phase: Phase) -> usize {
        self.satellites
            .values()
            .filter(|satellite| satellite.phase == phase)
            .count()
    }

    fn first_in(&self, phase: Phase) -> Option<Order> {
        self.satellites
            .iter()
            .find(|(_, satellite)| satellite.phase == phase)
            .map(|(order, _)| *order)
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
