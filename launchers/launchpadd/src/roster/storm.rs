//! The roster of two languages under random events: whatever happens, no slot is lost, no call is
//! left without an answer, none gets two or a satellite that was made for anything but what it asks
//! for and the settings of the moment, and a language that never works again takes the other nothing.

use super::kind::Kind;
use super::*;
use launchpad_protocol::launch::{
    Ended, Ending, Language, Launch, Limits, Refusal, ToBackend, Usage,
};
use launchpad_protocol::policy::{Allowance, Network, Sandbox};
use launchpad_protocol::pool::Pool;
use launchpad_protocol::supervisor::Workers;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % sides
    }

    fn pick<T: Copy>(&mut self, from: &BTreeSet<T>) -> Option<T> {
        let at = self.roll(from.len().max(1) as u64) as usize;
        from.iter().nth(at).copied()
    }
}

struct Zygote {
    language: Language,
    /// It has said hello.
    up: bool,
    forking: Option<Order>,
}

/// What a service and the world around it would know.
struct World {
    roster: Roster,
    now: Instant,
    dice: Dice,
    settings: Settings,
    zygotes: BTreeMap<Generation, Zygote>,
    last_generation: Generation,
    /// Forked and not reaped.
    alive: BTreeSet<Order>,
    /// Of all that were ever ordered: what they were made for, and under which settings.
    made: BTreeMap<Order, (Kind, Settings)>,
    /// To be reaped soon.
    killed: BTreeSet<Order>,
    /// Assigned and not reaped.
    slots: BTreeSet<Order>,
    serving: BTreeMap<Order, Ticket>,
    /// Tickets that are owed an answer.
    open: BTreeSet<Ticket>,
    /// Of all tickets.
    asked_for: BTreeMap<Ticket, Kind>,
    last_ticket: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        World {
            roster: Roster::new(seed, 3),
            now: Instant::now(),
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            settings: Settings {
                python: "p0".to_owned(),
                r: "r0".to_owned(),
                warm_satellites: 2,
                max_satellites: 3,
                ..Settings::default()
            },
            zygotes: BTreeMap::new(),
            last_generation: Generation(0),
            alive: BTreeSet::new(),
            made: BTreeMap::new(),
            killed: BTreeSet::new(),
            slots: BTreeSet::new(),
            serving: BTreeMap::new(),
            open: BTreeSet::new(),
            asked_for: BTreeMap::new(),
            last_ticket: 0,
        }
    }

    fn act(&mut self) {
        while let Some(action) = self.roster.next_action() {
            match action {
                Action::StartZygote {
                    generation,
                    language,
                    program,
                } => self.start(generation, language, &program),
                Action::EndZygote(generation) => {
                    assert!(self.zygotes.remove(&generation).is_some(), "no such zygote");
                }
                Action::Fork {
                    generation,
                    order,
                    allowance,
                } => {
                    let zygote = self
                        .zygotes
                        .get_mut(&generation)
                        .expect("no zygote to fork");
                    assert!(zygote.up, "it is not loaded");
                    assert_eq!(zygote.forking.replace(order), None, "two orders at once");
                    let kind = Kind {
                        language: zygote.language,
                        allowance,
                    };
                    assert!(kind.is_possible(&self.settings), "{kind:?}");
                    self.made.insert(order, (kind, self.settings.clone()));
                }
                Action::Kill(order) => {
                    if self.alive.contains(&order) {
                        self.killed.insert(order);
                    }
                }
                Action::Forget(order) => {
                    assert!(!self.alive.contains(&order), "forgotten alive: {order:?}");
                    for zygote in self.zygotes.values_mut() {
                        zygote.forking.take_if(|awaited| *awaited == order);
                    }
                }
                Action::Assign { order, ticket, .. } => {
                    let (kind, settings) = &self.made[&order];
                    assert_eq!(*kind, self.asked_for[&ticket]);
                    assert_eq!(made_by(settings), made_by(&self.settings));
                    assert!(self.open.contains(&ticket), "assigned twice: {ticket:?}");
                    if self.dice.roll(10) == 0 {
                        self.roster.assign_failed(order, self.now);
                    } else {
                        self.slots.insert(order);
                        self.serving.insert(order, ticket);
                        let max = self.settings.max_satellites as usize;
                        let old = self.slots.len() - 1;
                        assert!(old < max, "{} slots of {max}", old + 1);
                    }
                }
                Action::Tell(_, ToBackend::Queued) => {}
                Action::Tell(ticket, message) => {
                    if let ToBackend::Refused(refusal) = message {
                        self.check_refusal(ticket, &refusal);
                    }
                    assert!(self.open.remove(&ticket), "answered twice: {ticket:?}");
                }
                Action::Log(..) => {}
            }
        }
    }

    fn start(&mut self, generation: Generation, language: Language, program: &str) {
        assert_eq!(self.settings.program(language), Some(program));
        assert!(generation > self.last_generation, "a name that was used");
        self.last_generation = generation;
        let mut all = self.zygotes.values();
        assert!(all.all(|zygote| zygote.language != language), "two zygotes");
        let zygote = Zygote {
            language,
            up: false,
            forking: None,
        };
        self.zygotes.insert(generation, zygote);
    }

    fn check_refusal(&self, ticket: Ticket, refusal: &Refusal) {
        let kind = self.asked_for[&ticket];
        let asked_for = kind.language;
        match refusal {
            Refusal::NotOffered { language } => {
                assert_eq!(*language, asked_for);
                assert_eq!(self.settings.program(asked_for), None);
            }
            Refusal::EnvironmentBroken { language, .. } => assert_eq!(*language, asked_for),
            Refusal::SandboxRefused { step, .. } if step == "launchpad.allow_exec" => {
                assert!(!kind.is_possible(&self.settings));
            }
            _ => {}
        }
    }

    fn launch(&mut self, language: Language, queue_timeout: u32) {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.open.insert(ticket);
        let allowance = self.some_allowance();
        let kind = Kind {
            language,
            allowance,
        };
        self.asked_for.insert(ticket, kind);
        let launch = Launch {
            version: 1,
            request: ticket.0,
            language,
            database: 1,
            role: self.dice.roll(3) as u32,
            limits: Limits::default(),
            allowance,
            queue_timeout,
            max_satellites_per_role: 0,
            pool: Pool::default(),
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
            self.roster.zygote_ended(generation, "killed", self.now);
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

    fn step(&mut self) {
        let some = self.dice.pick(&self.alive);
        match (self.dice.roll(20), some) {
            (0..=3, _) => {
                let language = Language::ALL[self.dice.roll(2) as usize];
                let queue_timeout = self.dice.roll(2) as u32 * 700;
                self.launch(language, queue_timeout);
            }
            (4, _) => {
                if let Some(ticket) = self.dice.pick(&self.open) {
                    self.open.remove(&ticket);
                    self.roster.gone(ticket, self.now);
                }
            }
            (5..=6, _) => {
                if let Some(generation) = self.some_zygote() {
                    self.hello(generation);
                }
            }
            (9, _) if self.dice.roll(8) == 0 => self.end_zygote(),
            (7..=9, _) => {
                let fine = self.dice.roll(12) > 0;
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
            (14, Some(order)) => match self.dice.roll(4) {
                0 => self.roster.leash_closed(order, self.now),
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
            (17, _) if self.dice.roll(10) == 0 => {
                let programs = ["p0", "p1", "p0", "p1", ""];
                self.settings.python = programs[self.dice.roll(5) as usize].to_owned();
                let programs = ["r0", "r1", ""];
                self.settings.r = programs[self.dice.roll(3) as usize].to_owned();
                self.settings.warm_satellites = self.dice.roll(4) as u32;
                match self.dice.roll(8) {
                    0 => self.settings.allowance.tmp_limit = self.dice.roll(2),
                    1 => self.settings.sandbox = Sandbox::Container,
                    2 => self.settings.sandbox = Sandbox::Strict,
                    3 => self.settings.workers = Workers::Auto,
                    4 => self.settings.readable_paths = vec!["/data".to_owned()],
                    5 => self.settings.readable_paths = Vec::new(),
                    _ => self.settings.allowance = self.some_allowance(),
                }
                self.roster.configure(self.settings.clone(), self.now);
            }
            _ => {
                self.now += Duration::from_millis(self.dice.roll(400));
                self.roster.tick(self.now);
            }
        }
        self.act();
    }

    /// Everything goes well from now on, but for languages that do not `work`, whose processes do
    /// nothing any more: after a while all calls are answered and only the warm satellites are
    /// left.
    fn calm(&mut self, turns: u32, works: impl Fn(Language) -> bool) {
        for _ in 0..turns {
            let working = self.zygotes.iter().filter(|(_, z)| works(z.language));
            for generation in working.map(|(g, _)| *g).collect::<Vec<_>>() {
                self.hello(generation);
                self.act();
                self.answer(generation, true);
                self.act();
            }
            for order in self.alive.clone() {
                if works(self.made[&order].0.language) {
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

/// What makes a difference to how satellites are built, beside their kind.
fn made_by(settings: &Settings) -> (Sandbox, &[String], Workers) {
    (settings.sandbox, &settings.readable_paths, settings.workers)
}

/// Turns of calm, a tenth of a second each: longer than any deadline of the roster's.
const CALM: u32 = 2000;

/// A world after its storm.
fn stormy(seed: u64) -> World {
    let mut world = World::new(seed);
    world.roster.configure(world.settings.clone(), world.now);
    world.act();
    for _ in 0..600 {
        world.step();
    }
    world
}

#[test]
fn no_slot_and_no_call_is_lost() {
    for seed in 1..=300 {
        let mut world = stormy(seed);
        world.calm(CALM, |_| true);
        let open = &world.open;
        assert!(open.is_empty(), "seed {seed}: unanswered {open:?}");
        let slots = &world.slots;
        assert!(slots.is_empty(), "seed {seed}: slots {slots:?}");
        let settings = &world.settings;
        let offered = |language: &Language| settings.program(*language).is_some();
        let languages = Language::ALL.iter().copied().filter(offered);
        let kept = languages
            .filter_map(|language| world.roster.kept_ahead(language))
            .count();
        let warm = kept * settings.warm_satellites as usize;
        assert_eq!(world.alive.len(), warm, "seed {seed}");
        let mut alive = world.alive.iter().map(|order| world.made[order].0);
        assert!(alive.all(|kind| kind.allowance == settings.allowance));
        assert_eq!(world.roster.satellites.len(), warm, "seed {seed}");
        assert_eq!(world.roster.queue.len(), 0, "seed {seed}");
    }
}

#[test]
fn a_language_that_hangs_takes_the_other_nothing() {
    for seed in 1..=100 {
        let mut world = stormy(seed);
        world.settings.python = "p2".to_owned();
        world.settings.r = "r2".to_owned();
        world.roster.configure(world.settings.clone(), world.now);
        world.act();
        let works = |language| language == Language::Python;
        world.calm(CALM, works);
        let open = &world.open;
        assert!(open.is_empty(), "seed {seed}: unanswered {open:?}");
        let slots = &world.slots;
        assert!(slots.is_empty(), "seed {seed}: slots {slots:?}");
        let of_python = |order: &&Order| world.made[order].0.language == Language::Python;
        let alive = world.alive.iter().filter(of_python).count();
        let kept = world.roster.kept_ahead(Language::Python);
        let warm = kept.map_or(0, |_| world.settings.warm_satellites) as usize;
        assert_eq!(alive, warm, "seed {seed}");
        world.launch(Language::Python, 0);
        world.calm(20, works);
        assert!(world.open.is_empty(), "seed {seed}: not served");
    }
}
