//! The events, one method each: what has happened is written down, then [`Roster::settle`] draws
//! the conclusions. An event about somebody the roster no longer knows is late news and ignored.

use super::Roster;
use super::action::{Action, Generation, Order, Ticket};
use super::environment::{Environment, Failure, Zygote};
use super::kind::Kind;
use super::pools::PoolId;
use super::queue::Call;
use super::satellites::{LAST_MOMENTS, Phase, WARM_UP};
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Ended, Ending, Launch, ToBackend, Usage};
use std::time::{Duration, Instant};

/// What a call is told when nobody saw its script end.
const UNSEEN: Ended = Ended {
    how: Ending::Killed,
    usage: Usage {
        user: 0,
        system: 0,
        max_rss: 0,
    },
};

impl Roster {
    /// A backend asks for a satellite.
    pub fn launch(&mut self, ticket: Ticket, launch: Launch, backend: u32, now: Instant) {
        let wait = Duration::from_millis(launch.queue_timeout.into());
        let deadline = (!wait.is_zero()).then(|| now + wait);
        self.environments[launch.environment].ask();
        let pool = self.pools.define(&launch.pool, now);
        let kind = Kind {
            environment: launch.environment,
            allowance: launch.allowance,
            pool: if self.pools_apart {
                pool
            } else {
                PoolId::DEFAULT
            },
        };
        self.queue.push(Call {
            ticket,
            launch,
            kind,
            pool,
            backend,
            since: now,
            deadline,
            admitted: false,
        });
        self.forget_pools();
        self.settle(now);
        if self.queue.contains(ticket) {
            self.tell(ticket, ToBackend::Queued);
            let queued = self.queued_of(pool);
            self.pools.count_queued(pool, queued);
        }
    }

    /// A backend closed its connection, or its half. Whether its call's end is still to be told.
    pub fn gone(&mut self, ticket: Ticket, now: Instant) -> bool {
        let mut is_served = false;
        if self.queue.remove(ticket).is_none() {
            let served = |call: &Call| call.ticket == ticket;
            let by = self
                .satellites
                .iter()
                .find(|(_, satellite)| satellite.call.as_ref().is_some_and(served));
            if let Some((order, _)) = by {
                is_served = true;
                self.end(*order, now);
            }
        }
        self.settle(now);
        is_served
    }

    /// Whether a call awaits the satellite's end.
    pub fn is_serving(&self, order: Order) -> bool {
        let satellite = self.satellites.get(&order);
        satellite.is_some_and(|satellite| satellite.call.is_some())
    }

    /// The satellite was killed as [`Action::Kill`] asks, having used this.
    pub fn killed(&mut self, order: Order, usage: Usage) {
        let how = Ending::Killed;
        self.tell_end(order, Ended { how, usage });
    }

    /// The satellite could not be given the request: the next one may.
    pub fn assign_failed(&mut self, order: Order, now: Instant) {
        if let Some(satellite) = self.satellites.get_mut(&order) {
            satellite.slot = None;
            if let Some(mut call) = satellite.call.take() {
                self.pools.take_back_call(call.pool);
                // It keeps the slot that it had.
                call.admitted = call.launch.holds;
                self.queue.put_back(call);
            }
            let id = satellite.kind.environment;
            self.end(order, now);
            self.environments[id].warm_one_died(now);
        }
        self.settle(now);
    }

    /// The zygote said a proper `Hello`.
    pub fn zygote_ready(&mut self, generation: Generation, now: Instant) {
        let environment = self.zygote_of(generation);
        if let Some(environment) = environment
            && matches!(environment.zygote, Zygote::Starting { .. })
        {
            let line = environment.started(now);
            self.log("log", line);
        }
        self.settle(now);
    }

    /// The zygote was killed (SIGKILL): by the kernel for want of memory, or by somebody. That says
    /// nothing about the environment, so calls wait for the next one. Its satellites do not depend on it.
    pub fn zygote_killed(&mut self, generation: Generation, reason: &str, now: Instant) {
        if let Some(id) = self.zygote_of(generation).map(|of| of.id) {
            self.drop_unanswered(id);
            let environment = &mut self.environments[id];
            let line = environment.killed(Failure::crash(reason), now);
            let level = environment.level();
            self.log(level, line);
        }
        self.settle(now);
    }

    /// The zygote ended by itself or could not be started. Its satellites do not depend on it.
    pub fn zygote_ended(&mut self, generation: Generation, reason: &str, now: Instant) {
        if let Some(id) = self.zygote_of(generation).map(|of| of.id) {
            self.zygote_failed(id, reason, now);
        }
        self.settle(now);
    }

    /// The zygote forked. `init` has been looked up: from now on it can be killed and reaped.
    pub fn forked(&mut self, order: Order, init: u32, now: Instant) {
        if self.is_answer(order)
            && let Some(satellite) = self.satellites.get_mut(&order)
        {
            satellite.init = Some(init);
            if satellite.phase == Phase::Forking {
                satellite.phase = Phase::Warming;
            } else {
                self.end(order, now);
            }
        }
        self.settle(now);
    }

    /// Nothing came of the order.
    pub fn not_forked(&mut self, order: Order, failure: Failure, now: Instant) {
        if self.is_answer(order)
            && let Some(satellite) = self.satellites.remove(&order)
        {
            self.actions.push_back(Action::Forget(order));
            if satellite.phase == Phase::Forking {
                self.failed(satellite.kind, failure, now);
            }
        }
        self.settle(now);
    }

    /// The satellite is sandboxed and exercised.
    pub fn ready(&mut self, order: Order, now: Instant) {
        if let Some(satellite) = self.satellites.get_mut(&order)
            && satellite.phase == Phase::Warming
        {
            satellite.enter(Phase::Warm, now);
            let (kind, generation) = (satellite.kind, satellite.generation);
            let is_kept = self.kept_ahead(kind.environment) == Some(kind);
            let name = self.name_of(kind);
            let environment = &mut self.environments[kind.environment];
            let line = match is_kept {
                true => environment.succeeded(generation),
                false => environment.succeeded_on_demand(kind, &name, generation),
            };
            self.log("log", line);
        }
        self.settle(now);
    }

    /// The satellite could not be sandboxed or exercised.
    pub fn refused(&mut self, order: Order, failure: Failure, now: Instant) {
        if let Some((kind, Phase::Warming)) = self.look_up(order) {
            self.end(order, now);
            self.failed(kind, failure, now);
        }
        self.settle(now);
    }

    /// The satellite's launch channel closed, which matters only before its request.
    pub fn channel_closed(&mut self, order: Order, now: Instant) {
        if !matches!(self.look_up(order), Some((_, Phase::Running))) {
            self.lost(order, now);
        }
        self.settle(now);
    }

    /// The satellite's init closed its leash without a report: it is going or gone.
    pub fn leash_closed(&mut self, order: Order, now: Instant) {
        self.lost(order, now);
        self.settle(now);
    }

    /// The script's process has ended; the init follows by itself.
    pub fn reported(&mut self, order: Order, ended: Ended, now: Instant) {
        match self.look_up(order) {
            Some((_, Phase::Running)) => {
                self.tell_end(order, ended);
                if let Some(satellite) = self.satellites.get_mut(&order) {
                    satellite.enter(Phase::Ending, now);
                    satellite.deadline = Some(now + LAST_MOMENTS);
                }
            }
            Some((_, Phase::Ending)) => self.tell_end(order, ended),
            _ => self.lost(order, now),
        }
        self.settle(now);
    }

    /// The satellite's init is dead and so is all that it started: the slot is free.
    pub fn reaped(&mut self, order: Order, now: Instant) {
        self.lost(order, now);
        // `lost` may have asked for a kill; the service knows that there is nobody left to kill.
        if self.satellites.remove(&order).is_some() {
            self.actions.push_back(Action::Forget(order));
        }
        self.settle(now);
    }

    /// Time has passed: see [`Roster::next_deadline`].
    pub fn tick(&mut self, now: Instant) {
        let others = self.queue.len().saturating_sub(1) as u32;
        while let Some(call) = self.queue.remove_expired(now) {
            let busy = self.busy(&call, others);
            self.tell(call.ticket, ToBackend::Refused(busy));
        }
        let late: Vec<(Order, Kind, Phase)> = self
            .satellites
            .iter()
            .filter(|(_, satellite)| satellite.deadline.is_some_and(|at| at <= now))
            .map(|(order, satellite)| (*order, satellite.kind, satellite.phase))
            .collect();
        for (order, kind, phase) in late {
            let id = kind.environment;
            if self.environments[id].forking == Some(order) {
                let reason = "the zygote did not answer a fork order in time";
                self.end_zygote(id, reason, now);
                continue;
            }
            self.end(order, now);
            if phase == Phase::Warming {
                let seconds = WARM_UP.as_secs();
                let reason = format!("a satellite was not ready within {seconds} s");
                self.failed(kind, Failure::Environment(reason), now);
            }
        }
        for id in self.environments.ids() {
            if let Zygote::Starting { until } = self.environments[id].zygote
                && until <= now
            {
                self.end_zygote(id, "the zygote was not loaded in time", now);
            }
        }
        self.settle(now);
    }

    /// A satellite that is on its way out without having been told to.
    fn lost(&mut self, order: Order, now: Instant) {
        let Some((kind, phase)) = self.look_up(order) else {
            return;
        };
        match phase {
            // The zygote still owes the pid; `forked` ends it then.
            Phase::Forking | Phase::Warming => {
                self.end(order, now);
                let reason = "a satellite ended while it was being prepared";
                self.failed(kind, Failure::crash(reason), now);
            }
            Phase::Warm => {
                self.end(order, now);
                self.environments[kind.environment].warm_one_died(now);
            }
            Phase::Running => {
                self.tell_end(order, UNSEEN);
                self.end(order, now);
            }
            Phase::Ending => self.tell_end(order, UNSEEN),
        }
    }

    pub(super) fn tell_end(&mut self, order: Order, ended: Ended) {
        let Some(satellite) = self.satellites.get_mut(&order) else {
            return;
        };
        if let Some(call) = satellite.call.take() {
            let how = satellite.how.unwrap_or(ended.how);
            let ended = Ended { how, ..ended };
            self.pools.count_usage(call.pool, ended.usage);
            self.tell(call.ticket, ToBackend::Ended(ended));
        }
    }

    /// The environment whose present zygote this is.
    fn zygote_of(&mut self, generation: Generation) -> Option<&mut Environment> {
        self.environments
            .iter_mut()
            .find(|of| of.generation == generation && of.zygote != Zygote::Absent)
    }

    fn end_zygote(&mut self, id: EnvironmentId, reason: &str, now: Instant) {
        let generation = self.environments[id].generation;
        self.actions.push_back(Action::EndZygote(generation));
        self.zygote_failed(id, reason, now);
    }

    fn zygote_failed(&mut self, id: EnvironmentId, reason: &str, now: Instant) {
        self.drop_unanswered(id);
        let environment = &mut self.environments[id];
        let line = environment.ended(reason, now);
        let level = environment.level();
        self.log(level, line);
    }

    /// Forgets the order that a zygote will no longer answer. If it forked after all, the
    /// satellite's init finds its leash closed and ends.
    pub(super) fn drop_unanswered(&mut self, id: EnvironmentId) {
        if let Some(order) = self.environments[id].forking.take() {
            self.satellites.remove(&order);
            self.actions.push_back(Action::Forget(order));
        }
    }

    /// Whether `order` is one that awaits its answer; it has it now.
    fn is_answer(&mut self, order: Order) -> bool {
        self.environments
            .iter_mut()
            .any(|of| of.forking.take_if(|awaited| *awaited == order).is_some())
    }

    /// No satellite of `kind` came of an attempt.
    fn failed(&mut self, kind: Kind, failure: Failure, now: Instant) {
        let is_kept = self.kept_ahead(kind.environment) == Some(kind);
        let name = self.name_of(kind);
        let environment = &mut self.environments[kind.environment];
        if !is_kept {
            self.lately.forget(kind);
        }
        let line = match is_kept {
            true => environment.failed(failure, now),
            false => environment.failed_on_demand(kind, &name, failure, now),
        };
        let level = environment.level();
        self.log(level, line);
    }

    fn look_up(&self, order: Order) -> Option<(Kind, Phase)> {
        let satellite = self.satellites.get(&order)?;
        Some((satellite.kind, satellite.phase))
    }
}
