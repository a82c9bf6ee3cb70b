//! Settings, the first ones and changed ones: what is replaced because of them.

use super::Roster;
use super::action::{Action, Order};
use super::environment::{Environment, Zygote};
use super::kind::Kind;
use crate::backoff::Backoff;
use launchpad_protocol::environment::{self as protocol, EnvironmentId};
use launchpad_protocol::supervisor::Settings;
use std::time::Instant;

impl Roster {
    /// The supervisor sent settings, the first or changed ones.
    pub fn configure(&mut self, settings: Settings, now: Instant) {
        let after = settings.clone();
        for protocol::Environment { id, language, .. } in &after.environments {
            let backoff = Backoff::new(self.seed.wrapping_add(id.0.into()));
            let make = || Environment::new(*id, *language, backoff);
            self.environments.add(*id, make);
        }
        if let Some(before) = self.settings.replace(settings) {
            let other_allowance = before.allowance != after.allowance;
            let made_otherwise = is_made_otherwise(&before, &after);
            for id in self.environments.ids() {
                let other_program = before.program(id) != after.program(id);
                if other_program {
                    self.renew(id);
                } else if made_otherwise || other_allowance {
                    self.environments[id].satellites_renewed();
                }
                if other_program || made_otherwise {
                    self.end_unused(now, |kind| kind.environment == id);
                }
            }
            if other_allowance {
                self.end_unused(now, |kind| kind.allowance == before.allowance);
            }
        }
        self.environments
            .iter_mut()
            .for_each(Environment::retry_now);
        self.settle(now);
    }

    /// Starts afresh, with another program or none.
    fn renew(&mut self, id: EnvironmentId) {
        let environment = &self.environments[id];
        if environment.zygote != Zygote::Absent {
            let generation = environment.generation;
            self.actions.push_back(Action::EndZygote(generation));
        }
        self.drop_unanswered(id);
        self.environments[id].renew();
    }

    /// Ends satellites that have no request: they were made for other settings.
    fn end_unused(&mut self, now: Instant, of: impl Fn(Kind) -> bool) {
        let unused: Vec<Order> = self
            .satellites
            .iter()
            .filter(|(_, satellite)| satellite.is_unused() && of(satellite.kind))
            .map(|(order, _)| *order)
            .collect();
        for order in unused {
            self.end(order, now);
        }
    }
}

/// Whether satellites of all kinds are built differently from now on. Names every setting, so that
/// a new one is not forgotten.
fn is_made_otherwise(before: &Settings, after: &Settings) -> bool {
    let Settings {
        sandbox,
        readable_paths,
        workers,
        environments: _,
        warm_satellites: _,
        max_satellites: _,
        keep_warm: _,
        allowance: _,
    } = before;
    *sandbox != after.sandbox
        || *readable_paths != after.readable_paths
        || *workers != after.workers
}
