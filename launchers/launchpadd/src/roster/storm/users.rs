//! What users and the administrator do: calls, cancelled ones, and new settings.

use super::world::World;
use crate::roster::tests::programs;
use crate::roster::*;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Language, Launch, Limits};
use launchpad_protocol::policy::{Allowance, Network, Sandbox};
use launchpad_protocol::pool::Pool;
use launchpad_protocol::supervisor::Workers;

/// What a call asks for.
pub struct Asked {
    pub language: Language,
    pub allowance: Allowance,
    pub pool: String,
    pub role: u32,
    /// How many calls of the role may run at once.
    pub most: i32,
    /// Whether its session holds a satellite.
    pub holds: bool,
}

impl World {
    pub fn launch(&mut self, language: Language, queue_timeout: u32) {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.open.insert(ticket);
        let allowance = self.some_allowance();
        let (role, most) = (self.dice.roll(3) as u32, self.dice.roll(4) as i32 - 1);
        let holds = self.dice.roll(4) == 0;
        let names = [launchpad_protocol::pool::DEFAULT, "reports", "models"];
        let pool = Pool {
            name: names[self.dice.roll(3) as usize].to_owned(),
            max_satellites: self.dice.roll(4) as u32,
            ..Pool::default()
        };
        self.pools.insert(pool.name.clone(), pool.max_satellites);
        let asked = Asked {
            language,
            allowance,
            pool: pool.name.clone(),
            role,
            most,
            holds,
        };
        self.asked_for.insert(ticket, asked);
        let launch = Launch {
            version: 1,
            request: ticket.0,
            environment: EnvironmentId::of(language),
            database: 1,
            role,
            current_role: 10,
            script: 1,
            limits: Limits::default(),
            allowance,
            queue_timeout,
            max_satellites_per_role: most,
            holds,
            pool,
        };
        self.roster.launch(ticket, launch, 1, self.now);
    }

    /// That of the configuration file most of the time.
    fn some_allowance(&mut self) -> Allowance {
        let mut allowance = self.settings.allowance;
        match self.dice.roll(8) {
            0 => allowance.programs = !allowance.programs,
            1 => {
                allowance.network = match allowance.network {
                    Network::None => Network::Host,
                    Network::Host => Network::None,
                }
            }
            2 => allowance = Allowance::default(),
            _ => {}
        }
        allowance
    }

    /// One that waits or runs, or one that is over.
    pub fn cancel(&mut self) {
        let ticket = Ticket(self.dice.roll(self.last_ticket.max(1)) + 1);
        let found = self.roster.cancel(ticket.0, self.now);
        assert_eq!(found, self.open.contains(&ticket));
        self.act();
        assert!(!self.open.contains(&ticket), "not cancelled: {ticket:?}");
    }

    /// New settings, as an administrator writes them.
    pub fn reconfigure(&mut self) {
        let python = ["p0", "p1", "p0", "p1", ""][self.dice.roll(5) as usize];
        let r = ["r0", "r1", ""][self.dice.roll(3) as usize];
        self.settings.environments = programs(python, r);
        self.settings.warm_satellites = self.dice.roll(4) as u32;
        self.settings.keep_warm = self.dice.roll(2) as u32 * 5000;
        match self.dice.roll(8) {
            0 => self.settings.allowance.tmp_limit = self.dice.roll(2),
            1 => self.settings.sandbox = Sandbox::Container,
            2 => self.settings.sandbox = Sandbox::Strict,
            3 => self.settings.workers = Workers::Auto,
            4 => self.settings.readable_paths = vec!["/data".to_owned()],
            5 => self.settings.readable_paths = Vec::new(),
            _ => self.settings.allowance = self.some_allowance(),
        }
        self.roster
            .configure(self.settings.clone(), false, self.now);
    }
}
