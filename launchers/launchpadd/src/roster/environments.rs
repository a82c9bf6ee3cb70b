//! The environments, in their variants. One that the settings name no more stays, without a program: its
//! last satellites may still be ending.
//!
//! The variant that the configuration file asks for is there from the start. Others come with the first call for one,
//! and stay, without a zygote while nobody asks for them.

use super::action::{Generation, Order};
use super::environment::Environment;
use super::kind::Variant;
use crate::backoff::Backoff;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::Language;
use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};
use std::time::Instant;

pub struct Environments {
    all: BTreeMap<Variant, Environment>,
    /// What is to be preloaded, by environment.
    preferred: BTreeMap<EnvironmentId, u64>,
    seed: u64,
    /// Counted over all environments: whoever names a zygote need not know whose it is.
    last_generation: u64,
}

impl Environments {
    /// `seed` makes the delays after failures differ from others'.
    pub fn new(seed: u64) -> Self {
        Environments {
            all: BTreeMap::new(),
            preferred: BTreeMap::new(),
            seed,
            last_generation: 0,
        }
    }

    /// The settings name it, or a call asks for it.
    pub fn add(&mut self, variant: Variant, language: Language) {
        let seed = self.seed.wrapping_add(variant.environment.0.into());
        let preferred = self.preferred.get(&variant.environment);
        let make = || {
            let mut made = Environment::new(variant, language, Backoff::new(seed));
            made.prefer(preferred.copied().unwrap_or(0));
            made
        };
        self.all.entry(variant).or_insert_with(make);
    }

    pub fn variants(&self) -> Vec<Variant> {
        self.all.keys().copied().collect()
    }

    /// The language of an environment that is known in whichever variant.
    pub fn language(&self, id: EnvironmentId) -> Option<Language> {
        let mut all = self.all.iter();
        let one = all.find(|(variant, _)| variant.environment == id);
        one.map(|(_, environment)| environment.language())
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Environment> {
        self.all.values_mut()
    }

    /// What zygotes of the environment are to preload, in all its variants, also those that come later.
    pub fn prefer(&mut self, id: EnvironmentId, selection: u64) {
        self.preferred.insert(id, selection);
        for (variant, environment) in &mut self.all {
            if variant.environment == id {
                environment.prefer(selection);
            }
        }
    }

    /// The zygote of one that is known.
    pub fn present(&self, id: Variant) -> Option<Generation> {
        self.all.get(&id).and_then(Environment::present)
    }

    /// A zygote for the environment is being started.
    pub fn start(&mut self, id: Variant, now: Instant) -> Generation {
        let generation = self.next_generation();
        self[id].start(generation, now);
        generation
    }

    /// A zygote that is to follow the environment's present one is being started.
    pub fn start_successor(&mut self, id: Variant, now: Instant) -> Generation {
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
impl Index<Variant> for Environments {
    type Output = Environment;

    fn index(&self, variant: Variant) -> &Environment {
        &self.all[&variant]
    }
}

impl IndexMut<Variant> for Environments {
    fn index_mut(&mut self, variant: Variant) -> &mut Environment {
        let environment = self.all.get_mut(&variant);
        environment.expect("no call is let in for an unknown environment")
    }
}
