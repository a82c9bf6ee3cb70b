//! Who may have a slot: as many satellites as there may be at once, of all, of a role, of a pool.

use super::Roster;
use super::pools::{PoolId, Pools};
use super::queue::Call;
use launchpad_protocol::launch::{Refusal, Wait};
use std::collections::HashMap;

/// For whom a satellite holds its slot; remembered until it is reaped, however its call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pub role: u32,
    pub pool: PoolId,
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
        let (pool, role) = (pools.most(call.pool), call.launch.max_satellites_per_role);
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
            if self.fits(call, pools) {
                self.take(call.holder());
                count += 1;
            }
        }
        count
    }
}

impl Roster {
    pub(super) fn room(&self) -> Room {
        let mut room = Room::empty(self.max_satellites());
        let holders = self.satellites.values().filter_map(|s| s.slot);
        holders.for_each(|holder| room.take(holder));
        room
    }

    pub(super) fn max_satellites(&self) -> u32 {
        self.settings.as_ref().map_or(0, |s| s.max_satellites)
    }

    /// What a waiting call is told whose time is over. `waiting`: how many others wait.
    pub(super) fn busy(&self, call: &Call, waiting: u32) -> Refusal {
        let lack = self.room().lack(call, &self.pools);
        let (wait, most) = lack.unwrap_or((Wait::Satellite, self.max_satellites()));
        Refusal::Busy {
            wait,
            most,
            waiting,
        }
    }
}
