//! A service and the world around it, moved by dice.

use super::dice::Dice;
use super::users::Asked;
use crate::roster::tests::programs;
use crate::roster::*;
use launchpad_protocol::environment::{Environment, EnvironmentId};
use launchpad_protocol::launch::{Ended, Ending, Language, ToBackend, Usage};
use launchpad_protocol::policy::Reach;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

struct Zygote {
    language: Language,
    reach: Reach,
    /// It has said hello.
    up: bool,
    forking: Option<Order>,
}

/// What a service and the world around it would know.
pub struct World {
    pub roster: Roster,
    pub now: Instant,
    pub dice: Dice,
    pub settings: Settings,
    zygotes: BTreeMap<Generation, Zygote>,
    last_generation: Generation,
    /// Forked and not reaped.
    pub alive: BTreeSet<Order>,
    /// Of all that were ever ordered: what they were made for, and under which settings.
    pub made: BTreeMap<Order, (Kind, Settings)>,
    /// To be reaped soon.
    killed: BTreeSet<Order>,
    /// Assigned and not reaped.
    pub slots: BTreeMap<Order, Ticket>,
    serving: BTreeMap<Order, Ticket>,
    /// Tickets that are owed an answer.
    pub open: BTreeSet<Ticket>,
    /// Of all tickets.
    pub asked_for: BTreeMap<Ticket, Asked>,
    /// Those of sessions with satellites that have a slot and wait for another satellite to be made.
    pub admitted: BTreeSet<Ticket>,
    /// Nothing goes wrong but that zygotes are killed.
    pub only_kills: bool,
    /// How many calls of each pool may run at once, as the latest request has it.
    pub pools: BTreeMap<String, u32>,
    pub last_ticket: u64,
}

impl World {
    pub fn new(seed: u64) -> Self {
        World {
            roster: Roster::new(seed, 3, seed.is_multiple_of(2)),
            now: Instant::now(),
            dice: Dice::new(seed),
            settings: Settings {
                environments: programs("p0", "r0"),
                warm_satellites: 2,
                max_satellites: 3,
                zygote_max_forks: [0, 6, 20][(seed % 3) as usize],
                ..Settings::default()
            },
            zygotes: BTreeMap::new(),
            last_generation: Generation(0),
            alive: BTreeSet::new(),
            made: BTreeMap::new(),
            killed: BTreeSet::new(),
            slots: BTreeMap::new(),
            serving: BTreeMap::new(),
            open: BTreeSet::new(),
            asked_for: BTreeMap::new(),
            admitted: BTreeSet::new(),
            only_kills: false,
            pools: BTreeMap::new(),
            last_ticket: 0,
        }
    }

    pub fn act(&mut self) {
        while let Some(action) = self.roster.next_action() {
            match action {
                Action::StartZygote {
                    generation,
                    environment,
                    reach,
                    preloads: _,
                } => self.start(generation, &environment, reach),
                Action::Mistrust {
                    generation,
                    environment,
                    reason: _,
                } => {
                    assert!(!self.zygotes.contains_key(&generation), "it is to be ended");
                    self.roster.prefer(environment, 0, self.now);
                }
                Action::EndZygote(generation) => {
                    assert!(self.zygotes.remove(&generation).is_some(), "no such zygote");
                }
                Action::Fork {
                    generation,
                    order,
                    allowance,
                    pool,
                } => {
                    let zygote = self
                        .zygotes
                        .get_mut(&generation)
                        .expect("no zygote to fork");
                    assert!(zygote.up, "it is not loaded");
                    assert_eq!(zygote.reach, allowance.reach(), "another reach");
                    assert_eq!(zygote.forking.replace(order), None, "two orders at once");
                    let kind = Kind {
                        environment: EnvironmentId::of(zygote.language),
                        allowance,
                        pool,
                    };
                    assert!(kind.is_possible(&self.settings), "{kind:?}");
                    self.made.insert(order, (kind, self.settings.clone()));
                }
                Action::Kill(order) => {
                    if self.alive.contains(&order) {
                        self.killed.insert(order);
                    }
                    self.roster.killed(order, Usage::default());
                }
                Action::Forget(order) => {
                    assert!(!self.alive.contains(&order), "forgotten alive: {order:?}");
                    for zygote in self.zygotes.values_mut() {
                        zygote.forking.take_if(|awaited| *awaited == order);
                    }
                }
                Action::Assign {
                    order,
                    ticket,
                    pool,
                    ..
                } => {
                    self.check_assignment(order, ticket, pool);
                    if self.dice.roll(10) == 0 {
                        if self.asked_for[&ticket].holds {
                            self.admitted.insert(ticket);
                        }
                        self.roster.assign_failed(order, self.now);
                    } else {
                        self.admitted.remove(&ticket);
                        self.slots.insert(order, ticket);
                        self.serving.insert(order, ticket);
                    }
                }
                Action::Tell(_, ToBackend::Queued) => {}
                Action::Tell(ticket, message) => {
                    if let ToBackend::Refused(refusal) = message {
                        self.check_refusal(ticket, &refusal);
                    }
                    assert!(self.open.remove(&ticket), "answered twice: {ticket:?}");
                }
                Action::Log(..) | Action::ForgetPool(_) => {}
            }
        }
        self.check_that_none_waits_in_vain();
        self.check_that_none_holds_and_waits();
        self.admitted = self.promised().into_iter().collect();
    }

    fn start(&mut self, generation: Generation, environment: &Environment, reach: Reach) {
        let language = environment.language;
        assert_eq!(self.settings.environment(environment.id), Some(environment));
        assert!(environment.is_offered());
        assert!(generation > self.last_generation, "a name that was used");
        self.last_generation = generation;
        // Beside a loaded one, its successor.
        let all = self.zygotes.values();
        let others: Vec<_> = all
            .filter(|zygote| (zygote.language, zygote.reach) == (language, reach))
            .collect();
        assert!(
            others.is_empty() || matches!(others[..], [present] if present.up),
            "two zygotes"
        );
        let zygote = Zygote {
            language,
            reach,
            up: false,
            forking: None,
        };
        self.zygotes.insert(generation, zygote);
    }

    fn reap(&mut self, order: Order) {
        self.alive.remove(&order);
        self.killed.remove(&order);
        self.slots.remove(&order);
        self.serving.remove(&order);
        self.roster.reaped(order, self.now);
    }

    /// One of the zygotes.
    fn some_zygote(&mut self) -> Option<Generation> {
        let all = self.zygotes.keys().copied().collect();
        self.dice.pick(&all)
    }

    fn end_zygote(&mut self) {
        if let Some(generation) = self.some_zygote() {
            self.zygotes.remove(&generation);
            match self.only_kills || self.dice.roll(2) == 0 {
                true => self.roster.zygote_killed(generation, "killed", self.now),
                false => self.roster.zygote_ended(generation, "crashed", self.now),
            }
        }
    }

    fn hello(&mut self, generation: Generation) {
        if let Some(zygote) = self.zygotes.get_mut(&generation) {
            zygote.up = true;
            self.roster.zygote_ready(generation, self.now);
        }
    }

    fn answer(&mut self, generation: Generation, fine: bool) {
        let zygote = self.zygotes.get_mut(&generation);
        if let Some(order) = zygote.and_then(|zygote| zygote.forking.take()) {
            if fine {
                self.alive.insert(order);
                self.roster.forked(order, order.0 as u32 + 1, self.now);
            } else {
                let failure = Failure::of_step("fork", "no memory");
                self.roster.not_forked(order, failure, self.now);
            }
        }
    }

    pub fn step(&mut self) {
        let some = self.dice.pick(&self.alive);
        match (self.dice.roll(20), some) {
            (0..=3, _) => {
                let language = [Language::PYTHON, Language::R][self.dice.roll(2) as usize];
                let queue_timeout = self.dice.roll(2) as u32 * 700;
                self.launch(language, queue_timeout);
            }
            (4, _) => {
                if let Some(ticket) = self.dice.pick(&self.open)
                    && !self.roster.gone(ticket, self.now)
                {
                    self.open.remove(&ticket);
                }
            }
            (5..=6, _) => {
                if let Some(generation) = self.some_zygote() {
                    self.hello(generation);
                }
            }
            (9, _) if self.dice.roll(8) == 0 => self.end_zygote(),
            (7..=9, _) => {
                let fine = self.only_kills || self.dice.roll(12) > 0;
                if let Some(generation) = self.some_zygote() {
                    self.answer(generation, fine);
                }
            }
            (10..=12, Some(order)) => self.roster.ready(order, self.now),
            (13, Some(order)) => {
                let how = Ending::Exited(0);
                let usage = Usage::default();
                self.roster.reported(order, Ended { how, usage }, self.now);
            }
            (14, Some(_)) if self.only_kills => self.end_zygote(),
            (14, Some(order)) => match self.dice.roll(4) {
                0 => self.roster.lifeline_closed(order, self.now),
                1 => self.roster.channel_closed(order, self.now),
                2 => {
                    let failure = Failure::of_step("exercise", "no pandas");
                    self.roster.refused(order, failure, self.now);
                }
                _ => self.reap(order),
            },
            (15..=16, _) => {
                if let Some(order) = self.dice.pick(&self.killed) {
                    self.reap(order);
                }
            }
            (18, _) if self.dice.roll(3) == 0 => self.cancel(),
            (17, _) if self.dice.roll(10) == 0 => self.reconfigure(),
            (19, _) if self.dice.roll(10) == 0 => {
                let language = [Language::PYTHON, Language::R][self.dice.roll(2) as usize];
                let selection = self.dice.roll(3);
                let environment = EnvironmentId::of(language);
                self.roster.prefer(environment, selection, self.now);
            }
            (19, _) if self.dice.roll(10) == 0 => {
                if let Some(generation) = self.some_zygote().filter(|of| !self.zygotes[of].up) {
                    self.zygotes.remove(&generation);
                    self.roster.zygote_dropped(generation, self.now);
                }
            }
            _ => {
                self.now += Duration::from_millis(self.dice.roll(400));
                self.roster.tick(self.now);
            }
        }
        self.act();
    }

    /// That of the environment that the satellite was made for.
    pub fn language(&self, order: Order) -> Language {
        let id = self.made[&order].0.environment;
        self.settings.environment(id).unwrap().language
    }

    /// Everything goes well from now on, but for languages that do not `work`, whose processes do
    /// nothing any more: after a while all calls are answered and only the warm satellites are
    /// left.
    pub fn settle(&mut self, turns: u32, works: impl Fn(Language) -> bool) {
        for _ in 0..turns {
            let working = self.zygotes.iter().filter(|(_, z)| works(z.language));
            for generation in working.map(|(g, _)| *g).collect::<Vec<_>>() {
                self.hello(generation);
                self.act();
                self.answer(generation, true);
                self.act();
            }
            for order in self.alive.clone() {
                if works(self.language(order)) {
                    self.roster.ready(order, self.now);
                    self.act();
                }
            }
            for order in self.serving.keys().copied().collect::<Vec<_>>() {
                self.reap(order);
                self.act();
            }
            for order in self.killed.clone() {
                self.reap(order);
                self.act();
            }
            self.now += Duration::from_millis(100);
            self.roster.tick(self.now);
            self.act();
        }
    }
}
