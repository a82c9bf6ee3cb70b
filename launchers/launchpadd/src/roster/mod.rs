//! The roster: who waits, who serves, and what to do next. A pure state machine.
//!
//! Events go in as method calls that carry the present time, [`Action`]s come out of
//! [`Roster::next_action`]; the roster does no I/O and reads no clock, so every interleaving can be
//! played in a test. The words:
//!
//! * A *ticket* is a backend's connection, an *order* a satellite from the moment its fork is
//!   ordered, a *generation* a zygote.
//! * An *environment* is an interpreter with its packages. Each has troubles of its own: a call waits
//!   for, and is refused because of, none but those of the one that it asks for. The slots and the turns
//!   of the roles are common to all.
//! * A *pool* has limits that the calls that name it share. Its definition comes with each of them.
//! * A *kind* is an environment, what scripts are allowed, and, where satellites are made in their pool's
//!   cgroup, the pool. Satellites are made for one, and serve no other. Those kept in advance
//!   are of the kind that the configuration file asks for; others are forked when calls wait for them,
//!   and for a while one of them is kept. One zygote forks all kinds of its *variant*: of an environment with one
//!   reach, which filters and namespaces of the zygote set.
//!
//! Each part owns its fields: the [`Book`] knows the pools, the limits and who holds a slot, the [`Queue`]
//! who waits and whose turn it is, the [`Fleet`] the satellites, the [`Environments`] the zygotes and
//! their health, [`RecentDemand`] what was asked for last. [`Plan`] looks at all of them and changes nothing.
//!
//! An event changes them, and then [`Roster::settle`] brings the whole into order again: assign,
//! refuse, trim, refill. No event does any of these by itself.

mod action;
mod book;
mod configure;
mod demand;
mod environment;
mod environments;
mod events;
mod failure;
mod fleet;
mod kind;
mod lines;
mod plan;
mod queue;
mod settle;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;
mod zygote_events;

pub use action::{Action, Generation, Order, Ticket};
pub use book::PoolId;
pub use environment::Health;
pub use failure::Failure;
pub use kind::Variant;

use book::Book;
use demand::RecentDemand;
use environments::Environments;
use fleet::Fleet;
use kind::Kind;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::pool::Pool;
use launchpad_protocol::supervisor::Settings;
use plan::Plan;
use queue::Queue;
use std::collections::VecDeque;
use std::time::Instant;

pub struct Roster {
    /// Without any program until the supervisor has sent the first.
    settings: Settings,
    book: Book,
    queue: Queue,
    fleet: Fleet,
    environments: Environments,
    demand: RecentDemand,
    /// Whether satellites of a pool must be made for that pool.
    pools_apart: bool,
    /// How many satellites may be warming side by side, all environments together: more than the
    /// processors can exercise would only make the first of them late.
    warming_at_once: usize,
    /// When satellites that were used up are replaced, if that has been put off.
    refill_at: Option<Instant>,
    actions: VecDeque<Action>,
}

impl Roster {
    /// `seed` makes the delays after failures differ from another roster's; `warming_at_once` is at
    /// least one; `pools_apart`: satellites are made in their pool's cgroup.
    pub fn new(seed: u64, warming_at_once: usize, pools_apart: bool) -> Self {
        Roster {
            settings: Settings::default(),
            book: Book::default(),
            queue: Queue::default(),
            fleet: Fleet::default(),
            environments: Environments::new(seed),
            demand: RecentDemand::default(),
            pools_apart,
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
        let parts = [
            self.fleet.next_deadline(),
            self.queue.next_deadline(),
            self.refill_at,
            self.demand.next_deadline(),
            self.environments.next_deadline(),
        ];
        parts.into_iter().flatten().min()
    }

    /// The environment's zygote that forks, or will once it is loaded, of the usual variant.
    pub fn present_zygote(&self, id: EnvironmentId) -> Option<Generation> {
        self.environments
            .present(Variant::usual(id, &self.settings))
    }

    /// What the definition and those of other databases that are in use allow together.
    pub fn strictest(&self, pool: &Pool, database: u32) -> Pool {
        self.book.strictest(pool, database, &self.queue)
    }

    /// A pool's limits as they hold. The default one is known before anybody has named it.
    pub fn pool(&self, id: PoolId) -> Pool {
        self.book.pool(id)
    }

    fn plan(&self) -> Plan<'_> {
        Plan {
            settings: &self.settings,
            warming_at_once: self.warming_at_once,
            book: &self.book,
            queue: &self.queue,
            fleet: &self.fleet,
            demand: &self.demand,
        }
    }

    fn usual(&self, kind: Kind) -> bool {
        Kind::usual(kind.environment, &self.settings) == Some(kind)
    }

    /// As the log writes it.
    fn name_of(&self, kind: Kind) -> String {
        let language = self.environments[kind.variant()].language();
        kind.name(language, &self.settings, &self.book.pool(kind.pool).name)
    }
}
