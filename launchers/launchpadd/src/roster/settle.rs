//! What follows from the present state, whatever event led to it.

use super::Roster;
use super::action::{Action, Order, Ticket};
use super::environment::Zygote;
use super::failure::Failure;
use super::kind::{Kind, Variant};
use super::queue::Call;
use launchpad_protocol::launch::{Refusal, ToBackend};
use std::time::{Duration, Instant};

impl Roster {
    /// Brings the roster into order; every event ends with it.
    pub(super) fn settle(&mut self, now: Instant) {
        self.book.loosen(&self.queue);
        self.assign(now);
        if self.refuse(now) {
            self.assign(now);
        }
        self.promise(now);
        while let Some(order) = self.book.to_take_back(&self.queue) {
            self.end_unseen(order, now);
        }
        self.demand.expire(now);
        self.refill_at = None;
        for variant in self.environments.variants() {
            self.trim(variant, now);
            self.renew_zygote(variant, now);
            self.refill(variant, now);
        }
    }

    /// Gives waiting requests to warm satellites of their kind, oldest first, while there is room.
    fn assign(&mut self, now: Instant) {
        loop {
            let warm = self.fleet.warm();
            let capacity = self.book.capacity();
            if warm.is_empty() || !capacity.has_slot() {
                return;
            }
            let oldest = |kind: Kind| warm.iter().find(|(of, _)| *of == kind);
            let ready = |call: &Call| capacity.fits(call) && oldest(call.kind).is_some();
            let Some(call) = self.queue.pop(ready) else {
                return;
            };
            let Some((_, order)) = oldest(call.kind).copied() else {
                return;
            };
            self.queue
                .pass(|call| capacity.fits(call) && oldest(call.kind).is_none());
            if !self.usual(call.kind) {
                self.demand.note(call.kind, now);
            }
            self.serve(order, call, now);
        }
    }

    /// Gives a satellite to a call.
    fn serve(&mut self, order: Order, call: Call, now: Instant) {
        self.environments[call.kind.variant()].warm_one_used();
        self.book.give(order, &call);
        let (ticket, pool) = (call.ticket, call.pool);
        let (request, limits) = (call.launch.request, call.launch.limits);
        if let Some(begun) = self.fleet.begin(order, call, now) {
            self.actions.push_back(Action::Assign {
                order,
                ticket,
                request,
                limits,
                pool,
                init: begun.init,
                warm: begun.was_warm,
            });
        }
    }

    /// Answers at once those who would wait in vain. Whether that left room for others.
    fn refuse(&mut self, now: Instant) -> bool {
        let mut left_room = false;
        for kind in self.queue.kinds() {
            if let Some(refusal) = self.refusal(kind, now) {
                while let Some(call) = self.queue.remove_one_of(kind) {
                    left_room |= self.refuse_call(call.ticket, refusal.clone());
                }
            }
        }
        left_room
    }

    /// Why no call of `kind` can be served at present.
    fn refusal(&self, kind: Kind, now: Instant) -> Option<Refusal> {
        let environment = &self.environments[kind.variant()];
        let language = environment.language();
        if self.settings.program(kind.environment).is_none() {
            return Some(Refusal::NotOffered { language });
        }
        if !kind.is_possible(&self.settings) {
            let reason = "launchpad.sandbox = container cannot confine programs";
            let failure = Failure::of_step("launchpad.allow_exec", reason);
            return Some(failure.refusal(language));
        }
        // A warm satellite may be left from better times.
        if self.fleet.count_warm(kind) > 0 {
            return None;
        }
        // Of a variant that nobody keeps, the next call is the next attempt.
        let is_tried = Variant::usual(kind.environment, &self.settings) == kind.variant();
        environment
            .refusal()
            .filter(|_| is_tried || !environment.may_try(now))
            .or_else(|| environment.refusal_on_demand(kind, now))
    }

    /// Promises slots to the calls of sessions that hold satellites and have got none now, or refuses them;
    /// also if a new limit breaks a promise.
    fn promise(&mut self, now: Instant) {
        let inside = self.queue.iter().filter(|call| call.launch.holds);
        for ticket in inside.map(|call| call.ticket).collect::<Vec<_>>() {
            let of_ticket = |call: &&Call| call.ticket == ticket;
            let Some(call) = self.queue.iter().find(of_ticket) else {
                continue;
            };
            let changed = match self.book.lack_inside(call, &self.queue) {
                None => self.book.promise(call),
                Some((wait, most)) => {
                    self.queue.remove(ticket);
                    self.refuse_call(ticket, Refusal::Held { wait, most })
                }
            };
            // What is free now is for whoever's turn it is.
            if changed {
                self.assign(now);
            }
        }
    }

    /// Ends warm satellites that nobody needs any more, outdated ones first, then the youngest.
    fn trim(&mut self, of: Variant, now: Instant) {
        for (kind, order) in self.fleet.warm().into_iter().rev() {
            if kind.variant() == of && self.fleet.count_warm(kind) > self.plan().useful(kind) {
                self.end(order, now);
            }
        }
    }

    /// Has a zygote that has served for long, or preloaded something else, followed by a fresh one.
    fn renew_zygote(&mut self, of: Variant, now: Instant) {
        let environment = &mut self.environments[of];
        let before = environment.selection();
        if let Some((old, line)) = environment.hand_over(now) {
            if environment.selection() != before
                && let Some(present) = environment.present()
            {
                self.fleet.outdate(present, |kind| kind.variant() == of);
            }
            self.actions.push_back(Action::EndZygote(old));
            self.log("log", Some(line));
            return;
        }
        let named = self.settings.environment(of.environment);
        let offered = named.filter(|named| named.is_offered()).cloned();
        if let (Some(environment), true) = (offered, environment.needs_successor(now)) {
            let generation = self.environments.start_successor(of, now);
            self.actions.push_back(Action::StartZygote {
                generation,
                environment,
                reach: of.reach,
                preloads: true,
            });
        }
    }

    /// Starts a zygote or orders the next fork, if one is wanted.
    fn refill(&mut self, of: Variant, now: Instant) {
        let is_needed = self.plan().needs_zygote(of);
        if !is_needed && self.retire(of, now) {
            return;
        }
        let environment = &mut self.environments[of];
        if environment.is_waiting(now) {
            return;
        }
        let named = self.settings.environment(of.environment);
        let Some(offered) = named.filter(|named| named.is_offered()) else {
            return;
        };
        if environment.zygote() == Zygote::Absent {
            if is_needed {
                let environment = offered.clone();
                let generation = self.environments.start(of, now);
                self.actions.push_back(Action::StartZygote {
                    generation,
                    environment,
                    reach: of.reach,
                    preloads: false,
                });
            }
            return;
        }
        let (zygote, is_broken) = (environment.free_zygote(), environment.is_broken());
        let plan = self.plan();
        let Some((generation, kind)) = zygote.zip(plan.next_kind(of, is_broken)) else {
            return;
        };
        if let Some(rest) = plan.may_rest(kind, now) {
            self.refill_at = Some(self.refill_at.map_or(rest, |at| at.min(rest)));
            return;
        }
        let order = self.fleet.order(kind, generation, now);
        self.environments[of].fork(order);
        self.actions.push_back(Action::Fork {
            generation,
            order,
            allowance: kind.allowance,
            pool: kind.pool,
        });
    }

    /// Ends the zygote of a variant that nobody has asked for, for long. Whether there is none.
    fn retire(&mut self, of: Variant, now: Instant) -> bool {
        let keep = Duration::from_millis(self.settings.keep_warm.into());
        let environment = &mut self.environments[of];
        if environment.present().is_none() {
            return true;
        }
        match environment.kept_until(keep).filter(|until| *until > now) {
            Some(until) => {
                self.refill_at = Some(self.refill_at.map_or(until, |at| at.min(until)));
                false
            }
            None => {
                self.renew(of);
                self.environments[of].retire();
                true
            }
        }
    }

    /// Has a satellite killed, whatever it does; it stays in the books until it is reaped.
    pub(super) fn end(&mut self, order: Order, now: Instant) {
        self.book.ending(order);
        if self.fleet.end(order, now) {
            self.actions.push_back(Action::Kill(order));
        }
    }

    /// The last word to a call that has left the queue. Whether a slot had been promised to it.
    pub(super) fn refuse_call(&mut self, ticket: Ticket, refusal: Refusal) -> bool {
        self.tell(ticket, ToBackend::Refused(refusal));
        self.book.withdraw(ticket)
    }

    pub(super) fn tell(&mut self, ticket: Ticket, message: ToBackend) {
        self.actions.push_back(Action::Tell(ticket, message));
    }

    pub(super) fn log(&mut self, level: &'static str, line: Option<String>) {
        if let Some(line) = line {
            self.actions.push_back(Action::Log(level, line));
        }
    }
}
