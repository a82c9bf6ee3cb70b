//! Settings, the first ones and changed ones: what is replaced because of them.

use super::Roster;
use super::action::Action;
use super::environment::Environment;
use super::environment::Span;
use super::kind::{Kind, Variant};
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::supervisor::Settings;
use std::time::{Duration, Instant};

impl Roster {
    /// The supervisor sent settings, the first or changed ones. `other_host`: it offers something else to satellites.
    pub fn configure(&mut self, settings: Settings, other_host: bool, now: Instant) {
        let before = std::mem::replace(&mut self.settings, settings);
        self.book.limit(self.settings.max_satellites);
        self.demand
            .keep(Duration::from_millis(self.settings.keep_warm.into()));
        for named in &self.settings.environments {
            let usual = Variant::usual(named.id, &self.settings);
            self.environments.add(usual, named.language);
        }
        let other_allowance = before.allowance != self.settings.allowance;
        let made_otherwise = other_host || is_made_otherwise(&before, &self.settings);
        for variant in self.environments.variants() {
            let id = variant.environment;
            let other_program = before.program(id) != self.settings.program(id);
            let span = span(&self.settings);
            self.environments[variant].set_span(span);
            if other_program || made_otherwise {
                self.renew(variant);
            } else if other_allowance {
                self.environments[variant].satellites_renewed();
            }
            if other_program || made_otherwise {
                self.end_unused(now, |kind| kind.variant() == variant);
            }
        }
        if other_allowance {
            self.end_unused(now, |kind| kind.allowance == before.allowance);
        }
        self.environments
            .iter_mut()
            .for_each(Environment::retry_now);
        self.settle(now);
    }

    /// Starts afresh, with another program or none.
    pub(super) fn renew(&mut self, of: Variant) {
        let present = self.environments[of].present();
        let next = self.environments[of].successor();
        self.actions.extend(present.map(Action::EndZygote));
        self.actions.extend(next.map(Action::EndZygote));
        self.drop_unanswered(of);
        self.environments[of].renew();
    }

    /// Ends satellites that have no request: they were made for other settings.
    fn end_unused(&mut self, now: Instant, of: impl Fn(Kind) -> bool) {
        for order in self.fleet.unused(of) {
            self.end(order, now);
        }
    }
}

/// How long zygotes serve; 0 is without end.
fn span(settings: &Settings) -> Span {
    let age = Duration::from_secs(settings.zygote_max_age.into());
    Span {
        age: (!age.is_zero()).then_some(age),
        forks: (settings.zygote_max_forks > 0).then_some(settings.zygote_max_forks),
    }
}

/// Whether zygotes, and satellites of all kinds, are built differently from now on. Names every setting, so that
/// a new one is not forgotten.
fn is_made_otherwise(before: &Settings, after: &Settings) -> bool {
    let Settings {
        sandbox,
        readable_paths,
        work_directory,
        workers,
        environments: _,
        warm_satellites: _,
        max_satellites: _,
        keep_warm: _,
        zygote_max_age: _,
        zygote_max_forks: _,
        preload_memory: _,
        allowance: _,
    } = before;
    *sandbox != after.sandbox
        || *readable_paths != after.readable_paths
        || after.sandbox == Sandbox::Container && *work_directory != after.work_directory
        || *workers != after.workers
}
