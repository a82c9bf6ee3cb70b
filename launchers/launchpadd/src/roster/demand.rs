//! The kinds that calls have asked for recently, beside the one that the configuration file asks for: of
//! each, one satellite is kept in advance for a while (`launchpad.keep_warm`), so that a repeat caller
//! need not wait for a fork.
//!
//! Anybody may ask for new kinds all the time, so only the latest few are kept. A kind that fails is
//! dropped: it is the next call's to try it again.

use super::book::PoolId;
use super::kind::{Kind, Variant};
use std::time::{Duration, Instant};

/// Each costs the memory of an idle interpreter, some 40 MB.
pub const MOST: usize = 8;

#[derive(Debug, Default)]
pub struct RecentDemand {
    /// For how long each is kept.
    keep: Duration,
    /// With when each was used last, the latest at the end.
    used: Vec<(Kind, Instant)>,
}

impl RecentDemand {
    pub fn keep(&mut self, keep: Duration) {
        self.keep = keep;
    }

    /// A call has been given a satellite of `kind`.
    pub fn note(&mut self, kind: Kind, now: Instant) {
        self.forget(kind);
        self.used.push((kind, now));
        if self.used.len() > MOST {
            self.used.remove(0);
        }
    }

    pub fn forget(&mut self, kind: Kind) {
        self.used.retain(|(used, _)| *used != kind);
    }

    /// Forgets those that were used longer ago than they are to be kept.
    pub fn expire(&mut self, now: Instant) {
        self.used.retain(|(_, at)| *at + self.keep > now);
    }

    /// When the next one expires.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.used.first().map(|(_, at)| *at + self.keep)
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.used.iter().any(|(used, _)| *used == kind)
    }

    /// Those of a variant, the latest first.
    pub fn of(&self, variant: Variant) -> impl Iterator<Item = Kind> {
        let kinds = self.used.iter().rev().map(|(kind, _)| *kind);
        kinds.filter(move |kind| kind.variant() == variant)
    }

    pub fn pools(&self) -> impl Iterator<Item = PoolId> {
        self.used.iter().map(|(kind, _)| kind.pool)
    }
}
