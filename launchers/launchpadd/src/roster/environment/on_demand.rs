//! The troubles of the kinds of which no satellites are kept ahead of need.
//!
//! Their failures are not the environment's: what the host refuses to the scripts of one role must
//! not refuse the scripts of all. After the second failure in a row (the fifth, of satellites that ended
//! without saying why) calls of that kind are refused with the reason; nothing is tried on their behalf meanwhile, and after a growing delay the next
//! call is the next attempt.

use super::Environment;
use crate::backoff::Backoff;
use crate::roster::action::Generation;
use crate::roster::failure::Failure;
use crate::roster::kind::Kind;
use launchpad_protocol::launch::{Language, Refusal};
use std::collections::HashMap;
use std::time::Instant;

/// How many kinds' troubles are remembered. There may be more kinds, since roles choose limits and
/// pools; of those whose trouble is forgotten the next call is an attempt.
const MOST_TROUBLES: usize = 64;

struct Trouble {
    failures: u32,
    /// The last one.
    failure: Failure,
    /// When that was.
    at: Instant,
    /// Until when calls are refused because of it; None while it may have been an accident.
    until: Option<Instant>,
}

/// Of one environment's kinds.
#[derive(Default)]
pub struct OnDemand {
    /// Of those whose last attempt failed.
    troubles: HashMap<Kind, Trouble>,
}

impl OnDemand {
    /// Forgets the past.
    pub fn renew(&mut self) {
        self.troubles.clear();
    }

    /// No satellite of `kind`, which is called `name`, came of an attempt. Returns a line for the log.
    pub fn failed(
        &mut self,
        kind: Kind,
        name: &str,
        failure: Failure,
        backoff: &mut Backoff,
        now: Instant,
    ) -> Option<String> {
        let before = self.troubles.remove(&kind);
        let failures = before.as_ref().map_or(0, |trouble| trouble.failures);
        let is_new = before.is_none_or(|trouble| trouble.failure != failure);
        let line = is_new.then(|| failure.line(name));
        let trouble = Trouble {
            failures: failures.saturating_add(1),
            until: (failures >= failure.accidents()).then(|| now + backoff.delay(failures)),
            failure,
            at: now,
        };
        self.make_room();
        self.troubles.insert(kind, trouble);
        line
    }

    /// A satellite of `kind` became ready. Returns a line for the log.
    pub fn succeeded(&mut self, kind: Kind, name: &str) -> Option<String> {
        let trouble = self.troubles.remove(&kind)?;
        let line = format!("environment for {name} works again");
        trouble.until.map(|_| line)
    }

    /// What a call of `kind` is told instead of a satellite.
    pub fn refusal(&self, kind: Kind, language: Language, now: Instant) -> Option<Refusal> {
        let trouble = self.troubles.get(&kind)?;
        let refused = trouble.until.is_some_and(|until| now < until);
        refused.then(|| trouble.failure.refusal(language))
    }

    /// Forgets the oldest trouble if there are as many as may be.
    fn make_room(&mut self) {
        if self.troubles.len() >= MOST_TROUBLES {
            let oldest = self.troubles.iter().min_by_key(|(_, trouble)| trouble.at);
            if let Some(oldest) = oldest.map(|(kind, _)| *kind) {
                self.troubles.remove(&oldest);
            }
        }
    }
}

impl Environment {
    /// No satellite came of an attempt for a kind that is not kept ahead of need. Returns a line
    /// for the log.
    pub fn failed_on_demand(
        &mut self,
        kind: Kind,
        name: &str,
        failure: Failure,
        now: Instant,
    ) -> Option<String> {
        self.on_demand
            .failed(kind, name, failure, &mut self.backoff, now)
    }

    /// A satellite of such a kind became ready. Returns a line for the log.
    pub fn succeeded_on_demand(
        &mut self,
        kind: Kind,
        name: &str,
        generation: Generation,
    ) -> Option<String> {
        self.prove(generation);
        self.on_demand.succeeded(kind, name)
    }

    /// What a call of such a kind is told instead of a satellite.
    pub fn refusal_on_demand(&self, kind: Kind, now: Instant) -> Option<Refusal> {
        self.on_demand.refusal(kind, self.language, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::book::PoolId;
    use launchpad_protocol::environment::EnvironmentId;
    use launchpad_protocol::policy::Allowance;
    use std::time::Duration;

    fn kind(tmp_limit: u64) -> Kind {
        Kind {
            environment: EnvironmentId::of(Language::R),
            allowance: Allowance {
                tmp_limit,
                ..Allowance::default()
            },
            pool: PoolId::DEFAULT,
        }
    }

    #[test]
    fn the_oldest_of_too_many_troubles_is_forgotten() {
        let (mut all, mut backoff) = (OnDemand::default(), Backoff::new(1));
        let now = Instant::now();
        let failure = Failure::environment("no memory");
        let most = MOST_TROUBLES as u64;
        for number in 0..=most {
            let at = now + Duration::from_micros(number);
            for _ in 0..2 {
                all.failed(kind(number), "R", failure.clone(), &mut backoff, at);
            }
        }
        assert_eq!(all.troubles.len(), MOST_TROUBLES);
        assert_eq!(all.refusal(kind(0), Language::R, now), None);
        assert!(all.refusal(kind(1), Language::R, now).is_some());
        assert!(all.refusal(kind(most), Language::R, now).is_some());
    }
}
