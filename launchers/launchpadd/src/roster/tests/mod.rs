//! The roster, event by event: `Play` is the service and the world around it.

mod admission;
mod calls;
mod cancel;
mod demand;
mod holding;
mod kinds;
mod languages;
mod pools;
mod queue;
mod succession;
mod troubles;
mod turns;
mod variants;

use super::environment::{Environment, Zygote};
use super::fleet::{Phase, SCRIPT_FIRST};
use super::*;
use launchpad_protocol::environment::{self as protocol, EnvironmentId};
use launchpad_protocol::launch::{
    Ended, Ending, Language, Launch, Limits, Refusal, State, ToBackend, Usage, Wait,
};
use launchpad_protocol::policy::{Allowance, Reach, Sandbox};
use launchpad_protocol::pool::{self, Pool};
use std::time::Duration;

/// A roster and the time, with shorthands for the usual turns of events.
struct Play {
    roster: Roster,
    now: Instant,
}

pub(super) fn programs(python: &str, r: &str) -> Vec<protocol::Environment> {
    vec![
        protocol::Environment::of(Language::PYTHON, python),
        protocol::Environment::of(Language::R, r),
    ]
}

/// Python only.
fn settings(warm: u32, max: u32) -> Settings {
    Settings {
        environments: programs("/usr/bin/python3", ""),
        warm_satellites: warm,
        keep_warm: 0,
        max_satellites: max,
        ..Settings::default()
    }
}

/// A pool of that many satellites at once.
fn pool_of(name: &str, max_satellites: u32) -> Pool {
    Pool {
        name: name.to_owned(),
        max_satellites,
        ..Pool::default()
    }
}

fn ended(status: i32) -> Ended {
    Ended {
        how: Ending::Exited(status),
        usage: Usage::default(),
    }
}

impl Play {
    /// A roster whose first zygote has been asked for.
    fn new(warm: u32, max: u32) -> Self {
        let mut play = Play {
            roster: Roster::new(1, 4, false),
            now: Instant::now(),
        };
        play.roster.configure(settings(warm, max), false, play.now);
        assert!(matches!(play.actions()[..], [Action::StartZygote { .. }]));
        play
    }

    /// Likewise, and the zygote has forked what is wanted and all of it is warm.
    fn warm(warm: u32, max: u32) -> Self {
        let mut play = Play::new(warm, max);
        play.roster.zygote_ready(Generation(1), play.now);
        play.fork_all();
        play
    }

    fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.roster.next_action()).collect()
    }

    /// Answers fork orders and makes satellites ready until no more are ordered; returns the other
    /// actions.
    fn fork_all(&mut self) -> Vec<Action> {
        let mut others = Vec::new();
        while let Some(action) = self.roster.next_action() {
            match action {
                Action::Fork { order, .. } => {
                    self.roster.forked(order, 1000 + order.0 as u32, self.now);
                    self.roster.ready(order, self.now);
                }
                other => others.push(other),
            }
        }
        others
    }

    /// The latest order of all that are not forgotten.
    fn last(&self) -> Order {
        let last = self.roster.fleet.iter().last();
        last.expect("there is a satellite").0
    }

    fn python(&self) -> &Environment {
        let id = EnvironmentId::of(Language::PYTHON);
        &self.roster.environments[Variant::usual(id, &self.roster.settings)]
    }

    fn zygote(&self) -> Zygote {
        self.python().zygote()
    }

    fn is_broken(&self) -> bool {
        self.python().is_broken()
    }

    fn order(&mut self) -> Order {
        let actions = self.actions();
        let order = actions.iter().find_map(|action| match action {
            Action::Fork { order, .. } => Some(*order),
            _ => None,
        });
        order.unwrap_or_else(|| panic!("no fork in {actions:?}"))
    }

    fn launch(&mut self, ticket: u64, queue_timeout: u32) {
        self.launch_as(Language::PYTHON, ticket, 10, queue_timeout);
    }

    fn launch_as(&mut self, language: Language, ticket: u64, role: u32, queue_timeout: u32) {
        let allowance = Allowance::default();
        self.launch_for(language, allowance, ticket, role, queue_timeout);
    }

    fn launch_for(
        &mut self,
        language: Language,
        allowance: Allowance,
        ticket: u64,
        role: u32,
        queue_timeout: u32,
    ) {
        let launch = Launch {
            version: 1,
            request: 100 + ticket,
            environment: EnvironmentId::of(language),
            database: 5,
            role,
            current_role: 10,
            script: 1,
            limits: Limits::default(),
            allowance,
            queue_timeout,
            max_satellites_per_role: 0,
            holds: false,
            pool: pool_of(pool::DEFAULT, 0),
        };
        self.roster.launch(Ticket(ticket), launch, 77, self.now);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.roster.tick(self.now);
    }

    fn states(&self) -> Vec<State> {
        self.roster
            .lines(self.now, 0)
            .iter()
            .map(|l| l.state)
            .collect()
    }
}

fn assigned(actions: &[Action]) -> Vec<(u64, u64)> {
    let pairs = actions.iter().filter_map(|action| match action {
        Action::Assign { order, ticket, .. } => Some((ticket.0, order.0)),
        _ => None,
    });
    pairs.collect()
}

fn told(actions: &[Action]) -> Vec<(u64, &ToBackend)> {
    let pairs = actions.iter().filter_map(|action| match action {
        Action::Tell(ticket, message) => Some((ticket.0, message)),
        _ => None,
    });
    pairs.collect()
}

fn refusals(actions: &[Action]) -> Vec<(u64, &Refusal)> {
    let told = told(actions).into_iter();
    told.filter_map(|(ticket, message)| match message {
        ToBackend::Refused(refusal) => Some((ticket, refusal)),
        _ => None,
    })
    .collect()
}

fn logged(actions: &[Action]) -> usize {
    actions
        .iter()
        .filter(|action| matches!(action, Action::Log(..)))
        .count()
}
