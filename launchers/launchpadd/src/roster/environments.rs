//! The environments by their ids. One that the settings name no more stays, without a program: its
//! last satellites may still be ending.

use super::environment::Environment;
use launchpad_protocol::environment::EnvironmentId;
use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

#[derive(Default)]
pub struct Environments(BTreeMap<EnvironmentId, Environment>);

impl Environments {
    /// `make` is for one that has not been there.
    pub fn add(&mut self, id: EnvironmentId, make: impl FnOnce() -> Environment) {
        self.0.entry(id).or_insert_with(make);
    }

    pub fn ids(&self) -> Vec<EnvironmentId> {
        self.0.keys().copied().collect()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Environment> {
        self.0.values()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Environment> {
        self.0.values_mut()
    }
}

/// Of those alone that have been added: no call is let in for another.
impl Index<EnvironmentId> for Environments {
    type Output = Environment;

    fn index(&self, id: EnvironmentId) -> &Environment {
        &self.0[&id]
    }
}

impl IndexMut<EnvironmentId> for Environments {
    fn index_mut(&mut self, id: EnvironmentId) -> &mut Environment {
        let environment = self.0.get_mut(&id);
        environment.expect("no call is let in for an unknown environment")
    }
}
