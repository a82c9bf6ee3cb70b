//! The environments by their ids. One that the settings name no more stays, without a program: its
//! last satellites may still be ending.

use super::action::{Generation, Order};
use super::environment::Environment;
use crate::backoff::Backoff;
use launchpad_protocol::environment::{self as protocol, EnvironmentId};
use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};
use std::time::Instant;

pub struct Environments {
    all: BTreeMap<EnvironmentId, Environment>,
    seed: u64,
    /// Counted over all environments: whoever names a zygote need not know whose it is.
    last_generation: u64,
}

impl Environments {
    /// `seed` makes the delays after failures differ from others'.
    pub fn new(seed: u64) -> Self {
        Environments {
            all: BTreeMap::new(),
            seed,
            last_generation: 0,
        }
    }

    /// The settings name it.
    pub fn add(&mut self, named: &protocol::Environment) {
        let protocol::Environment { id, language, .. } = *named;
        let backoff = Backoff::new(self.seed.wrapping_add(id.0.into()));
        let make = || Environment::new(id, language, backoff);
        self.all.entry(id).or_insert_with(make);
    }

    pub fn ids(&self) -> Vec<EnvironmentId> {
        self.all.keys().copied().collect()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Environment> {
        self.all.values_mut()
    }

    /// The zygote of one that is known.
    pub fn present(&self, id: EnvironmentId) -> Option<Generation> {
        self.all.get(&id).and_then(Environment::present)
    }

    /// A zygote for the environment is being started.
    pub fn start(&mut self, id: EnvironmentId, now: Instant) -> Generation {
        let generation = self.next_generation();
        self[id].start(generation, now);
        generation
    }

    /// A zygote that is to follow the environment's present one is being started.
    pub fn start_successor(&mut self, id: EnvironmentId, now: Instant) -> Generation {
        let generation = self.next_generation();
        self[id].begin_successor(generation, now);
        generation
    }

    fn next_generation(&mut self) -> Generation {
        self.last_generation += 1;
        Generation(self.last_generation)
    }

    /// The one whose next zygote this is.
    pub fn of_successor(&mut self, generation: Generation) -> Option<&mut Environment> {
        self.iter_mut()
            .find(|of| of.successor() == Some(generation))
    }

    /// The one whose present zygote this is.
    pub fn of_zygote(&mut self, generation: Generation) -> Option<&mut Environment> {
        self.iter_mut().find(|of| of.present() == Some(generation))
    }

    /// Whether `order` is one that awaits its answer; it has it now.
    pub fn answered(&mut self, order: Order) -> bool {
        let mut all = self.iter_mut();
        let awaiting = all.find(|of| of.unanswered() == Some(order));
        awaiting.and_then(Environment::drop_unanswered).is_some()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let all = self.all.values();
        all.filter_map(Environment::next_deadline).min()
    }
}

/// Of those alone that have been added: no call is let in for another.
impl Index<EnvironmentId> for Environments {
    type Output = Environment;

    fn index(&self, id: EnvironmentId) -> &Environment {
        &self.all[&id]
    }
}

impl IndexMut<EnvironmentId> for Environments {
    fn index_mut(&mut self, id: EnvironmentId) -> &mut Environment {
        let environment = self.all.get_mut(&id);
        environment.expect("no call is let in for an unknown environment")
    }
}
