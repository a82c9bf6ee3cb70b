//! The environments, one for each language.

use super::action::{Generation, Order};
use super::environment::Environment;
use crate::backoff::Backoff;
use launchpad_protocol::launch::Language;
use std::time::Instant;

pub struct Environments {
    all: [Environment; Language::ALL.len()],
    /// Counted over all environments: whoever names a zygote need not know its language.
    last_generation: u64,
}

impl Environments {
    /// `seed` makes the delays after failures differ from others'.
    pub fn new(seed: u64) -> Self {
        let environment = |language| {
            let backoff = Backoff::new(seed.wrapping_add(language as u64));
            Environment::new(language, backoff)
        };
        Environments {
            all: Language::ALL.map(environment),
            last_generation: 0,
        }
    }

    pub fn get(&self, language: Language) -> &Environment {
        &self.all[language as usize]
    }

    pub fn get_mut(&mut self, language: Language) -> &mut Environment {
        &mut self.all[language as usize]
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Environment> {
        self.all.iter_mut()
    }

    /// A zygote for the language is being started.
    pub fn start(&mut self, language: Language, now: Instant) -> Generation {
        self.last_generation += 1;
        let generation = Generation(self.last_generation);
        self.get_mut(language).start(generation, now);
        generation
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
        let all = self.all.iter();
        all.filter_map(Environment::next_deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_a_place_of_its_own() {
        let all = Environments::new(1);
        for language in Language::ALL {
            assert_eq!(all.get(language).language(), language);
        }
    }
}
