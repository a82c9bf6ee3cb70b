//! The troubles of the kinds of which no satellites are kept ahead of need.
//!
//! Their failures are not the environment's: what the host refuses to the scripts of one role must
//! not refuse the scripts of all. After the second failure in a row calls of that kind are refused
//! with the reason; nothing is tried on their behalf meanwhile, and after a growing delay the next
//! call is the next attempt.

use super::environment::Failure;
use super::kind::Kind;
use crate::backoff::Backoff;
use launchpad_protocol::launch::Refusal;
use launchpad_protocol::policy::Allowance;
use std::collections::HashMap;
use std::time::Instant;

struct Trouble {
    failures: u32,
    /// The last one.
    failure: Failure,
    /// Until when calls are refused because of it; None after the first, which may have been an
    /// accident.
    until: Option<Instant>,
}

/// Of one language's kinds.
#[derive(Default)]
pub struct OnDemand {
    /// Of those whose last attempt failed. There are no more than allowances.
    troubles: HashMap<Allowance, Trouble>,
}

impl OnDemand {
    /// Forgets the past.
    pub fn renew(&mut self) {
        self.troubles.clear();
    }

    /// No satellite of `kind` came of an attempt. Returns a line for the log.
    pub fn failed(
        &mut self,
        kind: Kind,
        failure: Failure,
        backoff: &mut Backoff,
        now: Instant,
    ) -> Option<String> {
        let before = self.troubles.remove(&kind.allowance);
        let failures = before.as_ref().map_or(0, |trouble| trouble.failures);
        let is_new = before.is_none_or(|trouble| trouble.failure != failure);
        let line = is_new.then(|| failure.line(&kind.name()));
        let trouble = Trouble {
            failures: failures.saturating_add(1),
            failure,
            until: (failures > 0).then(|| now + backoff.delay(failures)),
        };
        self.troubles.insert(kind.allowance, trouble);
        line
    }

    /// A satellite of `kind` became ready. Returns a line for the log.
    pub fn succeeded(&mut self, kind: Kind) -> Option<String> {
        let trouble = self.troubles.remove(&kind.allowance)?;
        let line = format!("environment for {} works again", kind.name());
        trouble.until.map(|_| line)
    }

    /// What a call of `kind` is told instead of a satellite.
    pub fn refusal(&self, kind: Kind, now: Instant) -> Option<Refusal> {
        let trouble = self.troubles.get(&kind.allowance)?;
        let refused = trouble.until.is_some_and(|until| now < until);
        refused.then(|| trouble.failure.refusal(kind.language))
    }
}
