//! The events, one method each: what has happened is written down, then [`Roster::settle`] draws
//! the conclusions. An event about somebody the roster no longer knows is late news and ignored.

use super::Roster;
use super::action::{Action, Order, Ticket};
use super::book::PoolId;
use super::failure::Failure;
use super::fleet::{Phase, WARM_UP};
use super::kind::Kind;
use super::queue::Call;
use launchpad_protocol::launch::{Ended, Ending, Launch, Refusal, ToBackend, Usage, Wait};
use std::time::{Duration, Instant};

/// What a call is told whose script's end nobody saw, or waited for.
fn unseen(how: Ending) -> Ended {
    let usage = Usage::default();
    Ended { how, usage }
}

impl Roster {
    /// A backend asks for a satellite.
    pub fn launch(&mut self, ticket: Ticket, launch: Launch, backend: u32, now: Instant) {
        let wait = Duration::from_millis(launch.queue_timeout.into());
        let deadline = (!wait.is_zero()).then(|| now + wait);
        let pool = self
            .book
            .define(&launch.pool, launch.database, &self.queue, now);
        let kind = Kind {
            environment: launch.environment,
            allowance: launch.allowance,
            pool: if self.pools_apart {
                pool
            } else {
                PoolId::DEFAULT
            },
        };
        if let Some(language) = self.environments.language(kind.environment) {
            self.environments.add(kind.variant(), language);
            self.environments[kind.variant()].ask(now);
        }
        self.queue.push(Call {
            ticket,
            launch,
            kind,
            pool,
            backend,
            since: now,
            deadline,
        });
        self.forget_pools();
        self.settle(now);
        if self.queue.contains(ticket) {
            self.tell(ticket, ToBackend::Queued);
            self.book.count_queued(pool, &self.queue);
        }
    }

    /// A backend closed its connection, or its half. Whether its call's end is still to be told.
    pub fn gone(&mut self, ticket: Ticket, now: Instant) -> bool {
        let mut is_served = false;
        if self.queue.remove(ticket).is_some() {
            self.book.withdraw(ticket);
        } else if let Some(order) = self.fleet.serving(|call| call.ticket == ticket) {
            is_served = true;
            self.end(order, now);
        }
        self.settle(now);
        is_served
    }

    /// Whether a call awaits the satellite's end.
    pub fn is_serving(&self, order: Order) -> bool {
        self.fleet.is_serving(order)
    }

    /// The satellite was killed as [`Action::Kill`] asks, having used this.
    pub fn killed(&mut self, order: Order, usage: Usage) {
        let how = Ending::Killed;
        self.tell_end(order, Ended { how, usage });
    }

    /// Ends `request`, whether it waits or runs. False if there is none, or none any more.
    pub fn cancel(&mut self, request: u64, now: Instant) -> bool {
        let cancelled = Ending::Cancelled;
        let serving = self
            .fleet
            .ends_as(|call| call.launch.request == request, cancelled);
        let queued = self.queue.remove_request(request);
        if let Some(call) = &queued {
            self.refuse_call(call.ticket, Refusal::Cancelled);
        } else if let Some(order) = serving {
            self.end(order, now);
        }
        self.settle(now);
        queued.is_some() || serving.is_some()
    }

    /// The satellite's call has ended, and it is kept for its owner: a lease, which is idle from now on.
    #[cfg_attr(not(test), expect(dead_code, reason = "no caller asks for leases yet"))]
    pub fn park(&mut self, order: Order, now: Instant) {
        self.book.park(order, now);
        self.settle(now);
    }

    /// The owner of the lease goes on with it. False if it has been taken back meanwhile.
    #[cfg_attr(not(test), expect(dead_code, reason = "no caller asks for leases yet"))]
    pub fn resume(&mut self, order: Order, now: Instant) -> bool {
        let is_there = self.book.resume(order);
        self.settle(now);
        is_there
    }

    /// The satellite could not be given the request: the next one may.
    pub fn assign_failed(&mut self, order: Order, now: Instant) {
        if let Some((kind, _)) = self.fleet.look_up(order) {
            if let Some(call) = self.fleet.take_call(order) {
                self.book.take_back(order, &call);
                self.queue.put_back(call);
            }
            self.end(order, now);
            self.environments[kind.variant()].warm_one_died(now);
        }
        self.settle(now);
    }

    /// The zygote forked. `init` has been looked up: from now on it can be killed and reaped.
    pub fn forked(&mut self, order: Order, init: u32, now: Instant) {
        if self.environments.answered(order) && !self.fleet.forked(order, init) {
            self.end(order, now);
        }
        self.settle(now);
    }

    /// Nothing came of the order.
    pub fn not_forked(&mut self, order: Order, failure: Failure, now: Instant) {
        if self.environments.answered(order)
            && let Some((kind, phase)) = self.fleet.remove(order)
        {
            self.actions.push_back(Action::Forget(order));
            if phase == Phase::Forking {
                self.failed(kind, failure, now);
            }
        }
        self.settle(now);
    }

    /// The satellite is sandboxed and exercised.
    pub fn ready(&mut self, order: Order, now: Instant) {
        if let Some((kind, generation)) = self.fleet.ready(order, now) {
            let (is_usual, name) = (self.usual(kind), self.name_of(kind));
            let environment = &mut self.environments[kind.variant()];
            let line = match is_usual {
                true => environment.succeeded(generation),
                false => environment.succeeded_on_demand(kind, &name, generation),
            };
            self.log("log", line);
        }
        self.settle(now);
    }

    /// The satellite could not be sandboxed or exercised.
    pub fn refused(&mut self, order: Order, failure: Failure, now: Instant) {
        if let Some((kind, Phase::Warming)) = self.fleet.look_up(order) {
            self.end(order, now);
            self.failed(kind, failure, now);
        }
        self.settle(now);
    }

    /// The satellite's launch channel closed, which matters only before its request.
    pub fn channel_closed(&mut self, order: Order, now: Instant) {
        if !matches!(self.fleet.look_up(order), Some((_, Phase::Running))) {
            self.lost(order, now);
        }
        self.settle(now);
    }

    /// The satellite's init closed its lifeline without a report: it is going or gone.
    pub fn lifeline_closed(&mut self, order: Order, now: Instant) {
        self.lost(order, now);
        self.settle(now);
    }

    /// The script's process has ended; the init follows by itself.
    pub fn reported(&mut self, order: Order, ended: Ended, now: Instant) {
        match self.fleet.look_up(order) {
            Some((_, Phase::Running)) => {
                self.tell_end(order, ended);
                self.fleet.reported(order, now);
                self.book.ending(order);
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
        self.book.free(order);
        if self.fleet.remove(order).is_some() {
            self.actions.push_back(Action::Forget(order));
        }
        self.settle(now);
    }

    /// Time has passed: see [`Roster::next_deadline`].
    pub fn tick(&mut self, now: Instant) {
        let others = u32::try_from(self.queue.len().saturating_sub(1)).unwrap_or(u32::MAX);
        while let Some(call) = self.queue.remove_expired(now) {
            let lack = self.book.capacity().wait(&call);
            let environment = &self.environments[call.kind.variant()];
            if let (None, Some(time)) = (lack, environment.loading(now)) {
                let refusal = Refusal::Loading {
                    language: environment.language(),
                    seconds: time.as_secs(),
                };
                self.refuse_call(call.ticket, refusal);
                continue;
            }
            let (wait, most) = lack.unwrap_or((Wait::Satellite, self.book.most()));
            let busy = Refusal::Busy {
                wait,
                most,
                waiting: others,
            };
            self.refuse_call(call.ticket, busy);
        }
        for (order, kind, phase) in self.fleet.late(now) {
            let id = kind.variant();
            if self.environments[id].unanswered() == Some(order) {
                let reason = "the zygote did not answer a fork order in time";
                self.end_zygote(id, reason, now);
                continue;
            }
            self.end(order, now);
            if phase == Phase::Warming {
                self.not_ready(kind, WARM_UP.as_secs(), now);
            }
        }
        for id in self.environments.variants() {
            let line = self.environments[id].tell_slow(now);
            self.log("warning", line);
            if self.environments[id].is_late(now) {
                self.end_zygote(id, "the zygote was not loaded in time", now);
            }
            if self.environments[id].is_successor_late(now)
                && let Some(successor) = self.environments[id].successor()
            {
                self.actions.push_back(Action::EndZygote(successor));
                self.successor_ended(successor, "it was not loaded in time", false, now);
            }
        }
        self.settle(now);
    }

    /// A satellite that is on its way out without having been told to.
    fn lost(&mut self, order: Order, now: Instant) {
        let Some((kind, phase)) = self.fleet.look_up(order) else {
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
                self.environments[kind.variant()].warm_one_died(now);
            }
            Phase::Running => self.end_unseen(order, now),
            Phase::Ending => self.tell_end(order, unseen(Ending::Killed)),
        }
    }

    /// Ends a satellite's call, of whose end nobody will report.
    pub(super) fn end_unseen(&mut self, order: Order, now: Instant) {
        self.tell_end(order, unseen(Ending::Killed));
        self.end(order, now);
    }

    fn tell_end(&mut self, order: Order, ended: Ended) {
        if let Some((call, how)) = self.fleet.end_call(order) {
            let how = how.unwrap_or(ended.how);
            let ended = Ended { how, ..ended };
            self.book.count_usage(call.pool, ended.usage);
            self.tell(call.ticket, ToBackend::Ended(ended));
        }
    }

    /// A satellite of `kind` took too long to get ready. Under the limits of its pool, which other
    /// calls may have used up, that says nothing about the environment.
    fn not_ready(&mut self, kind: Kind, seconds: u64, now: Instant) {
        let reason = format!("a satellite was not ready within {seconds} s");
        if !self.pools_apart || !self.book.is_bounded(kind.pool) {
            return self.failed(kind, Failure::Environment(reason), now);
        }
        self.demand.forget(kind);
        let pool = self.book.pool(kind.pool).name;
        self.log(
            "log",
            Some(format!("{reason} under the limits of pool \"{pool}\"")),
        );
        if let Some(call) = self.queue.remove_one_of(kind) {
            self.refuse_call(call.ticket, Refusal::Starved { pool, seconds });
        }
    }

    /// No satellite of `kind` came of an attempt.
    fn failed(&mut self, kind: Kind, failure: Failure, now: Instant) {
        let (is_usual, name) = (self.usual(kind), self.name_of(kind));
        let environment = &mut self.environments[kind.variant()];
        if is_usual && environment.may_have_preloaded_trouble(&failure) {
            return self.mistrust(kind.variant(), &failure);
        }
        if !is_usual {
            self.demand.forget(kind);
        }
        let line = match is_usual {
            true => environment.failed(failure, now),
            false => environment.failed_on_demand(kind, &name, failure, now),
        };
        let level = environment.level();
        self.log(level, line);
    }

    /// Forgets pools that nobody uses, if there are too many.
    fn forget_pools(&mut self) {
        let (queue, fleet, demand) = (&self.queue, &self.fleet, &self.demand);
        let forgotten = self.book.forget(|| {
            let waiting = queue.iter().map(|call| call.pool);
            let made_for = fleet.iter().map(|(_, kind, _)| kind.pool);
            waiting.chain(made_for).chain(demand.pools()).collect()
        });
        self.actions
            .extend(forgotten.into_iter().map(Action::ForgetPool));
    }
}
