//! The events of zygotes, likewise; those of the present one, and of the one that is loaded to follow it.

use super::Roster;
use super::action::{Action, Generation};
use super::environment::Zygote;
use super::failure::Failure;
use super::kind::Variant;
use launchpad_protocol::environment::EnvironmentId;
use std::time::Instant;

impl Roster {
    /// The zygote said a proper `Hello`.
    pub fn zygote_ready(&mut self, generation: Generation, now: Instant) {
        if let Some(environment) = self.environments.of_zygote(generation)
            && matches!(environment.zygote(), Zygote::Starting { .. })
        {
            let line = environment.started(now);
            self.log("log", line);
        } else if let Some(environment) = self.environments.of_successor(generation) {
            environment.successor_loaded();
        }
        self.settle(now);
    }

    /// The zygote was killed (SIGKILL): by the kernel for want of memory, or by somebody. That says
    /// nothing about the environment, so calls wait for the next one. Its satellites do not depend on it.
    pub fn zygote_killed(&mut self, generation: Generation, reason: &str, now: Instant) {
        if let Some(id) = self.environment_of(generation) {
            self.drop_unanswered(id);
            let environment = &mut self.environments[id];
            let line = environment.killed(Failure::crash(reason), now);
            let level = environment.level();
            self.log(level, line);
        } else {
            self.successor_ended(generation, reason, true, now);
        }
        self.settle(now);
    }

    /// The zygote ended by itself or could not be started. Its satellites do not depend on it.
    pub fn zygote_ended(&mut self, generation: Generation, reason: &str, now: Instant) {
        self.zygote_refused(generation, Failure::environment(reason), now);
    }

    /// Likewise, because of what `failure` says.
    pub fn zygote_refused(&mut self, generation: Generation, failure: Failure, now: Instant) {
        if let Some(id) = self.environment_of(generation) {
            self.zygote_failed(id, failure, now);
        } else {
            self.successor_ended(generation, &failure.reason(), false, now);
        }
        self.settle(now);
    }

    /// The environment's zygotes are to preload another selection of modules.
    pub fn prefer(&mut self, id: EnvironmentId, selection: u64, now: Instant) {
        self.environments.prefer(id, selection);
        self.settle(now);
    }

    /// The zygote was ended for what it had preloaded. That says nothing about the environment.
    pub fn zygote_dropped(&mut self, generation: Generation, now: Instant) {
        if let Some(id) = self.environment_of(generation) {
            self.drop_unanswered(id);
            self.environments[id].start_over();
        } else if let Some(environment) = self.environments.of_successor(generation) {
            environment.successor_dropped();
        }
        self.settle(now);
    }

    pub(super) fn successor_ended(
        &mut self,
        generation: Generation,
        reason: &str,
        killed: bool,
        now: Instant,
    ) {
        if let Some(environment) = self.environments.of_successor(generation) {
            let line = environment.successor_failed(reason, killed, now);
            self.log("warning", Some(line));
        }
    }

    /// The environment whose present zygote this is.
    fn environment_of(&mut self, generation: Generation) -> Option<Variant> {
        let environment = self.environments.of_zygote(generation);
        environment.map(|of| of.variant())
    }

    pub(super) fn end_zygote(&mut self, id: Variant, reason: &str, now: Instant) {
        let present = self.environments[id].present();
        self.actions.extend(present.map(Action::EndZygote));
        self.zygote_failed(id, Failure::environment(reason), now);
    }

    fn zygote_failed(&mut self, id: Variant, failure: Failure, now: Instant) {
        self.drop_unanswered(id);
        let environment = &mut self.environments[id];
        let line = environment.ended(failure, now);
        let level = environment.level();
        self.log(level, line);
    }

    /// Forgets the order that a zygote will no longer answer. If it forked after all, the
    /// satellite's init finds its lifeline closed and ends.
    pub(super) fn drop_unanswered(&mut self, id: Variant) {
        if let Some(order) = self.environments[id].drop_unanswered() {
            self.fleet.remove(order);
            self.actions.push_back(Action::Forget(order));
        }
    }

    /// Ends the zygote of which no satellite gets ready, for what it has preloaded; the next one goes without.
    pub(super) fn mistrust(&mut self, of: Variant, failure: &Failure) {
        self.drop_unanswered(of);
        let environment = &mut self.environments[of];
        let present = environment.present();
        let next = environment.successor();
        environment.start_over();
        self.actions.extend(next.map(Action::EndZygote));
        self.actions
            .extend(present.into_iter().flat_map(|generation| {
                [
                    Action::EndZygote(generation),
                    Action::Mistrust {
                        generation,
                        environment: of.environment,
                        reason: failure.reason(),
                    },
                ]
            }));
    }
}
