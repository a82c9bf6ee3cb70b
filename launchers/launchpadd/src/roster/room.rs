//! Who may have a slot: as many satellites as there may be at once, of all, of a role, of a pool.

use super::Roster;
use super::action::Ticket;
use super::pools::{PoolId, Pools};
use super::queue::Call;
use super::satellites::Phase;
use launchpad_protocol::launch::{Refusal, Wait};
use std::collections::HashMap;

/// For whom a satellite holds its slot; remembered until it is reaped, however its call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pub role: u32,
    pub pool: PoolId,
}

/// What `launchpad.max_satellites_per_role` allows, of `all` satellites; 0: as many as there are.
fn share(setting: i32, all: u32) -> u32 {
    match u32::try_from(setting) {
        Ok(most) => most,
        // All but one, at least one.
        Err(_) => all.saturating_sub(1).max(1),
    }
}

/// What is taken of the limits, and what is left.
#[derive(Debug, Clone)]
pub struct Room {
    most: u32,
    taken: u32,
    roles: HashMap<u32, u32>,
    pools: HashMap<PoolId, u32>,
}

impl Room {
    /// As if no satellite ran. `most`: how many may.
    pub fn empty(most: u32) -> Self {
        Room {
            most,
            taken: 0,
            roles: HashMap::new(),
            pools: HashMap::new(),
        }
    }

    pub fn take(&mut self, holder: Holder) {
        self.taken += 1;
        *self.roles.entry(holder.role).or_default() += 1;
        *self.pools.entry(holder.pool).or_default() += 1;
    }

    pub fn has_slot(&self) -> bool {
        self.taken < self.most
    }

    pub fn taken_of_pool(&self, pool: PoolId) -> u32 {
        self.pools.get(&pool).copied().unwrap_or(0)
    }

    /// The limit that keeps `call` from a slot, and how many it allows.
    pub fn lack(&self, call: &Call, pools: &Pools) -> Option<(Wait, u32)> {
        let of_role = self.roles.get(&call.launch.role).copied().unwrap_or(0);
        let pool = pools.most(call.pool);
        let role = share(call.launch.max_satellites_per_role, self.most);
        if !self.has_slot() {
            Some((Wait::Slots, self.most))
        } else if pool > 0 && self.taken_of_pool(call.pool) >= pool {
            Some((Wait::Pool, pool))
        } else if role > 0 && of_role >= role {
            Some((Wait::Role, role))
        } else {
            None
        }
    }

    pub fn fits(&self, call: &Call, pools: &Pools) -> bool {
        self.lack(call, pools).is_none()
    }

    /// How many of `calls` have room beside each other.
    pub fn count<'a>(mut self, calls: impl Iterator<Item = &'a Call>, pools: &Pools) -> usize {
        let mut count = 0;
        for call in calls {
            if call.admitted {
                count += 1;
            } else if self.fits(call, pools) {
                self.take(call.holder());
                count += 1;
            }
        }
        count
    }
}

impl Roster {
    /// What the satellites have taken.
    pub(super) fn taken(&self) -> Room {
        let mut room = Room::empty(self.max_satellites());
        let holders = self.satellites.values().filter_map(|s| s.slot);
        holders.for_each(|holder| room.take(holder));
        room
    }

    /// Likewise, with the slots that calls have been promised.
    pub(super) fn room(&self) -> Room {
        let mut room = self.taken();
        let admitted = self.queue.iter().filter(|call| call.admitted);
        admitted.for_each(|call| room.take(call.holder()));
        room
    }

    /// What will be taken when the satellites that are being ended are gone; without what is promised
    /// to `call`.
    pub(super) fn room_beside(&self, call: Ticket) -> Room {
        let mut room = Room::empty(self.max_satellites());
        let lasting = self
            .satellites
            .values()
            .filter(|s| s.phase != Phase::Ending);
        let holders = lasting.filter_map(|s| s.slot);
        holders.for_each(|holder| room.take(holder));
        let promised = self.queue.iter().filter(|other| other.admitted);
        let others = promised.filter(|other| other.ticket != call);
        others.for_each(|other| room.take(other.holder()));
        room
    }

    /// What keeps a call that waits from its satellite; None: only that there is none.
    pub(super) fn wait(&self, room: &Room, call: &Call) -> Option<(Wait, u32)> {
        let waits = !call.admitted;
        waits.then(|| room.lack(call, &self.pools)).flatten()
    }

    pub(super) fn max_satellites(&self) -> u32 {
        self.settings.as_ref().map_or(0, |s| s.max_satellites)
    }

    /// What a waiting call is told whose time is over. `waiting`: how many others wait.
    pub(super) fn busy(&self, call: &Call, waiting: u32) -> Refusal {
        let lack = self.wait(&self.room(), call);
        let (wait, most) = lack.unwrap_or((Wait::Satellite, self.max_satellites()));
        Refusal::Busy {
            wait,
            most,
            waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_role_may_have_all_but_one_and_at_least_one() {
        assert_eq!((share(-1, 16), share(-1, 2), share(-1, 1)), (15, 1, 1));
        assert_eq!((share(0, 16), share(3, 16)), (0, 3));
    }
}
