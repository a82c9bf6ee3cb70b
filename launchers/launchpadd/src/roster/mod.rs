//! The roster: who waits, who serves, and what to do next. A pure state machine.
//!
//! Events go in as method calls that carry the present time, [`Action`]s come out of
//! [`Roster::next_action`]; the roster does no I/O and reads no clock, so every interleaving can be
//! played in a test. The words:
//!
//! * A *ticket* is a backend's connection, an *order* a satellite from the moment its fork is
//!   ordered, a *generation* a zygote.
//! * Each *environment* has troubles of its own: a call waits for, and is refused because of, nobody's
//!   but those of the one that it asks for. The slots and the turns of the roles are
//!   common to all.
//! * A *pool* has limits that the calls that name it share. Its definition comes with each of them.
//! * A *kind* is an environment, what scripts are allowed, and, where satellites are made in their pool's
//!   control group, the pool. Satellites are made for one, and serve no
//!   other. Those kept ahead of need are of the kind that the configuration file asks for; others
//!   are forked when calls wait for them, and for a while one of them is kept. One zygote forks all kinds of its environment.
//! * A satellite holds a *slot* from its assignment until its init is reaped, not just until its
//!   script has ended: `max_satellites` bounds processes, not intentions.
//! * After every event [`Roster::settle`] brings the whole into order again: assign, refuse, trim,
//!   refill. No event does any of these by itself.

mod action;
mod admit;
mod arrivals;
mod cancel;
mod configure;
mod environment;
mod environments;
mod health;
mod kind;
mod lately;
mod lines;
mod on_demand;
mod pools;
mod queue;
mod room;
mod satellites;
mod settle;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;

pub use action::{Action, Generation, Order, Ticket};
pub use environment::Failure;
pub use health::Health;
pub use pools::PoolId;

use environment::Environment;
use environments::Environments;
use kind::Kind;
use lately::Lately;
use launchpad_protocol::supervisor::Settings;
use pools::Pools;
use queue::Queue;
use satellites::Satellite;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Instant;

pub struct Roster {
    /// None until the supervisor has sent the first.
    settings: Option<Settings>,
    environments: Environments,
    seed: u64,
    /// Counted over all environments: whoever names a zygote need not know whose it is.
    last_generation: u64,
    queue: Queue,
    pools: Pools,
    /// Whether satellites of a pool must be made for that pool.
    pools_apart: bool,
    /// Kinds that are waited for, of which calls could have been served before others if there had
    /// been a satellite.
    overtaken: HashSet<Kind>,
    lately: Lately,
    satellites: BTreeMap<Order, Satellite>,
    last_order: u64,
    /// How many satellites may be warming side by side, all environments together: more than the
    /// processors can exercise would only make the first of them late.
    warming_at_once: usize,
    /// When satellites that were used up are replaced, if that has been put off.
    refill_at: Option<Instant>,
    actions: VecDeque<Action>,
}

impl Roster {
    /// `seed` makes the delays after failures differ from another roster's; `warming_at_once` is at
    /// least one; `pools_apart`: satellites are made in their pool's control group.
    pub fn new(seed: u64, warming_at_once: usize, pools_apart: bool) -> Self {
        Roster {
            settings: None,
            environments: Environments::default(),
            seed,
            last_generation: 0,
            queue: Queue::default(),
            pools: Pools::default(),
            pools_apart,
            overtaken: HashSet::new(),
            lately: Lately::default(),
            satellites: BTreeMap::new(),
            last_order: 0,
            warming_at_once: warming_at_once.max(1),
            refill_at: None,
            actions: VecDeque::new(),
        }
    }

    /// What the service is to do next. Ask again until None, after every event.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Roster::tick`] wants to be called, if no event comes before.
    pub fn next_deadline(&self) -> Option<Instant> {
        let satellites = self.satellites.values().filter_map(|s| s.deadline);
        satellites
            .chain(self.queue.next_deadline())
            .chain(self.refill_at)
            .chain(self.lately.deadline(self.keep_warm()))
            .chain(
                self.environments
                    .iter()
                    .filter_map(Environment::next_deadline),
            )
            .min()
    }
}
