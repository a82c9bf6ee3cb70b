//! What is known of one package.

use launchpad_protocol::imports::MOST_MODULES;
use std::time::Duration;

/// Roles that are told apart.
const MOST_ROLES: usize = 32;

/// A module that scripts have had to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    pub name: String,
    pub loads: u64,
    pub time: Duration,
}

impl Module {
    /// What loading it takes.
    fn cost(&self) -> Duration {
        self.time / u32::try_from(self.loads.max(1)).unwrap_or(u32::MAX)
    }
}

#[derive(Debug, Default)]
pub struct Package {
    /// Since it is known.
    pub calls: u64,
    /// The package itself and modules in it, in the order in which they were told.
    pub modules: Vec<Module>,
    /// How many calls of which role, those of earlier days counting less.
    pub roles: Vec<(u32, u64)>,
    /// What it takes in a zygote.
    pub bytes: Option<u64>,
    /// Why it is not preloaded.
    pub problem: Option<String>,
    /// A zygote was killed while it imported it.
    pub was_killed: bool,
}

impl Package {
    /// A call of the role has imported it.
    pub fn count(&mut self, role: u32) {
        self.calls = self.calls.saturating_add(1);
        if let Some((_, calls)) = self.roles.iter_mut().find(|(of, _)| *of == role) {
            *calls = calls.saturating_add(1);
            return;
        }
        if self.roles.len() >= MOST_ROLES
            && let Some(least) = (0..self.roles.len()).min_by_key(|index| self.roles[*index].1)
        {
            self.roles.swap_remove(least);
        }
        self.roles.push((role, 1));
    }

    /// Loading a module of it took so long.
    pub fn took(&mut self, name: &str, time: Duration) {
        if let Some(module) = self.modules.iter_mut().find(|module| module.name == name) {
            module.loads = module.loads.saturating_add(1);
            module.time = module.time.saturating_add(time);
            return;
        }
        if self.modules.len() >= MOST_MODULES
            && let Some(least) =
                (0..self.modules.len()).min_by_key(|index| self.modules[*index].time)
        {
            self.modules.remove(least);
        }
        self.modules.push(Module {
            name: name.to_owned(),
            loads: 1,
            time,
        });
    }

    /// What a script pays for all of it.
    pub fn cost(&self) -> Duration {
        let costs = self.modules.iter().map(Module::cost);
        costs.fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Calls of all roles.
    pub fn weight(&self) -> u64 {
        let calls = self.roles.iter().map(|(_, calls)| *calls);
        calls.fold(0, u64::saturating_add)
    }

    /// What a role has lost by it, or would have.
    pub fn worth_to(&self, role: u32) -> Duration {
        let calls = self.roles.iter().find(|(of, _)| *of == role);
        let calls = calls.map_or(0, |(_, calls)| *calls);
        self.cost()
            .saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX))
    }

    pub fn age(&mut self) {
        for (_, calls) in &mut self.roles {
            *calls /= 2;
        }
        self.roles.retain(|(_, calls)| *calls > 0);
    }
}
