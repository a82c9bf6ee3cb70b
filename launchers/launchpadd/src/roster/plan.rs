//! Which satellites are wanted: those kept warm in advance, and those that waiting calls can have.

use super::book::Book;
use super::demand::RecentDemand;
use super::fleet::Fleet;
use super::kind::{Kind, Variant};
use super::queue::Queue;
use launchpad_protocol::supervisor::Settings;
use std::time::Instant;

/// What there is, to be looked at.
pub struct Plan<'a> {
    pub settings: &'a Settings,
    pub warming_at_once: usize,
    pub book: &'a Book,
    pub queue: &'a Queue,
    pub fleet: &'a Fleet,
    pub demand: &'a RecentDemand,
}

impl Plan<'_> {
    /// The kind that the variant's zygote is to fork next. `is_broken`: whether the environment is.
    pub fn next_kind(&self, of: Variant, is_broken: bool) -> Option<Kind> {
        let usual = Kind::usual(of.environment, self.settings);
        let usual = usual.filter(|kind| kind.variant() == of);
        let have = |kind| self.fleet.have(kind);
        let pending = self.fleet.pending(|kind| kind.variant() == of);
        if is_broken {
            // One at a time, to see whether it works again, wanted or not.
            return usual.filter(|kind| pending == 0 && have(*kind) < self.wanted(*kind).max(1));
        }
        // Each environment has a share that no other can take by satellites that do not get ready.
        let share = (self.warming_at_once / self.settings.environments.len().max(1)).max(1);
        if pending >= share && self.fleet.pending(|_| true) >= self.warming_at_once {
            return None;
        }
        // Calls that wait come first, in the order of their turns: those whose kind is not kept warm
        // wait for the fork itself.
        let mut waited_for = self.queue.kinds().into_iter();
        waited_for
            .find(|kind| kind.variant() == of && have(*kind) < self.due(*kind))
            .or_else(|| {
                let mut ahead = usual.into_iter().chain(self.demand.of(of));
                ahead.find(|kind| have(*kind) < self.wanted(*kind))
            })
    }

    /// Until when the next satellite of `kind` need not be made: a fork and a script that has just
    /// begun would be in each other's way, and most scripts end soon.
    pub fn may_rest(&self, kind: Kind, now: Instant) -> Option<Instant> {
        // One that was asked for recently may never be again.
        let is_urgent = self.fleet.count_warm(kind) == 0 && !self.demand.has(kind);
        if is_urgent || self.due(kind) > 0 {
            return None;
        }
        self.fleet.busy_until().filter(|until| *until > now)
    }

    /// Whether a zygote of that variant is to be there: it is the usual one, or has calls that wait, or was asked for
    /// recently enough to be kept.
    pub fn needs_zygote(&self, of: Variant) -> bool {
        let is_usual = Variant::usual(of.environment, self.settings) == of;
        is_usual || self.is_waited_for(of) || self.demand.of(of).next().is_some()
    }

    /// Whether calls wait for it.
    pub fn is_waited_for(&self, of: Variant) -> bool {
        self.queue
            .kinds()
            .into_iter()
            .any(|kind| kind.variant() == of)
    }

    /// How many satellites should be warm or on the way: those kept in advance and those that
    /// waiting requests can have at once.
    fn wanted(&self, kind: Kind) -> usize {
        self.ahead(kind) + self.due(kind)
    }

    /// How many waiting requests could be served now if there were satellites. One counts although
    /// there is no room now if others took the room for want of a satellite: it is to be ready when
    /// there is room again, or the same would happen for ever.
    fn due(&self, kind: Kind) -> usize {
        let now = self.book.capacity().count(self.queue.of(kind));
        now.max(self.queue.was_passed(kind).into())
    }

    /// How many warm satellites are of use. One that was made for a waiting request waits with it
    /// if satellites of another kind got ready sooner and took the room: a slow environment would
    /// otherwise start anew each time, and never be in time.
    pub fn useful(&self, kind: Kind) -> usize {
        self.ahead(kind) + self.book.empty().count(self.queue.of(kind))
    }

    /// How many are to be warm before anybody asks.
    fn ahead(&self, kind: Kind) -> usize {
        let ahead = self.settings.warm_satellites as usize;
        if Kind::usual(kind.environment, self.settings) == Some(kind) {
            ahead
        } else if self.demand.has(kind) && kind.is_possible(self.settings) {
            ahead.min(1)
        } else {
            0
        }
    }
}
