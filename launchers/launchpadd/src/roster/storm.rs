//! The roster under random events: whatever happens, no slot is lost, no call is left without an
//! answer and none gets two.

use super::*;
use launchpad_protocol::launch::{Ended, Ending, Launch, Limits, ToBackend, Usage};
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

/// What a service and the world around it would know.
struct World {
    roster: Roster,
    now: Instant,
    dice: Dice,
    settings: Settings,
    zygote: Option<(Generation, bool)>,
    forking: Option<Order>,
    /// Forked and not reaped.
    alive: BTreeSet<Order>,
    /// To be reaped soon.
    killed: BTreeSet<Order>,
    /// Assigned and not reaped.
    slots: BTreeSet<Order>,
    serving: BTreeMap<Order, Ticket>,
    /// Tickets that are owed an answer.
    open: BTreeSet<Ticket>,
    last_ticket: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        World {
            roster: Roster::new(Backoff::new(seed), 3),
            now: Instant::now(),
            dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            settings: Settings {
                python: "p0".to_owned(),
                warm_satellites: 2,
                max_satellites: 3,
                tmp_limit: 1,
            },
            zygote: None,
            forking: None,
            alive: BTreeSet::new(),
            killed: BTreeSet::new(),
            slots: BTreeSet::new(),
            serving: BTreeMap::new(),
            open: BTreeSet::new(),
            last_ticket: 0,
        }
    }

    fn act(&mut self) {
        while let Some(action) = self.roster.next_action() {
            match action {
                Action::StartZygote { generation, .. } => {
                    assert!(self.zygote.is_none(), "two zygotes");
                    self.zygote = Some((generation, false));
                }
                Action::EndZygote(generation) => {
                    assert_eq!(self.zygote.map(|(g, _)| g), Some(generation));
                    self.zygote = None;
                }
                Action::Fork {
                    generation, order, ..
                } => {
                    assert_eq!(self.zygote, Some((generation, true)), "no zygote to fork");
                    assert_eq!(self.forking.replace(order), None, "two orders at once");
                }
                Action::Kill(order) => {
                    if self.alive.contains(&order) {
                        self.killed.insert(order);
                    }
                }
                Action::Forget(order) => {
                    assert!(!self.alive.contains(&order), "forgotten alive: {order:?}");
                    self.forking.take_if(|awaited| *awaited == order);
                }
                Action::Assign { order, ticket, .. } => {
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
                Action::Tell(ticket, _) => {
                    assert!(self.open.remove(&ticket), "answered twice: {ticket:?}");
                }
                Action::Log(..) => {}
            }
        }
    }

    fn launch(&mut self) {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.open.insert(ticket);
        let launch = Launch {
            version: 1,
            request: ticket.0,
            language: Language::Python,
            database: 1,
            role: self.dice.roll(3) as u32,
            limits: Limits { memory: 1 },
            queue_timeout: self.dice.roll(2) as u32 * 700,
        };
        self.roster.launch(ticket, launch, 1, self.now);
    }

    fn reap(&mut self, order: Order) {
        self.alive.remove(&order);
        self.killed.remove(&order);
        self.slots.remove(&order);
        self.serving.remove(&order);
        self.roster.reaped(order, self.now);
    }

    fn end_zygote(&mut self) {
        if let Some((generation, _)) = self.zygote.take() {
            self.forking = None;
            self.roster.zygote_ended(generation, "killed", self.now);
        }
    }

    fn answer(&mut self, fine: bool) {
        if let Some(order) = self.forking.take() {
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
            (0..=3, _) => self.launch(),
            (4, _) => {
                if let Some(ticket) = self.dice.pick(&self.open) {
                    self.open.remove(&ticket);
                    self.roster.gone(ticket, self.now);
                }
            }
            (5..=6, _) => {
                if let Some((generation, up)) = &mut self.zygote {
                    *up = true;
                    self.roster.zygote_ready(*generation, self.now);
                }
            }
            (7..=8, _) => self.answer(true),
            (9, _) if self.dice.roll(8) == 0 => self.end_zygote(),
            (9, _) => {
                let fine = self.dice.roll(5) > 0;
                self.answer(fine);
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
                self.settings.python = format!("p{}", self.dice.roll(2));
                self.settings.warm_satellites = self.dice.roll(4) as u32;
                self.settings.tmp_limit = self.dice.roll(2);
                self.roster.configure(self.settings.clone(), self.now);
            }
            _ => {
                self.now += Duration::from_millis(self.dice.roll(400));
                self.roster.tick(self.now);
            }
        }
        self.act();
    }

    /// Everything goes well from now on: after a while all calls are answered and only the warm
    /// satellites are left.
    fn calm(&mut self) {
        for _ in 0..2000 {
            if let Some((generation, up)) = &mut self.zygote {
                *up = true;
                self.roster.zygote_ready(*generation, self.now);
            }
            self.act();
            self.answer(true);
            self.act();
            for order in self.alive.clone() {
                self.roster.ready(order, self.now);
                self.act();
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

#[test]
fn no_slot_and_no_call_is_lost() {
    for seed in 1..=300 {
        let mut world = World::new(seed);
        world.roster.configure(world.settings.clone(), world.now);
        world.act();
        for _ in 0..600 {
            world.step();
        }
        world.calm();
        assert!(
            world.open.is_empty(),
            "seed {seed}: unanswered {:?}",
            world.open
        );
        assert!(
            world.slots.is_empty(),
            "seed {seed}: slots {:?}",
            world.slots
        );
        let warm = world.settings.warm_satellites as usize;
        assert_eq!(world.alive.len(), warm, "seed {seed}");
        assert_eq!(world.roster.satellites.len(), warm, "seed {seed}");
        assert_eq!(world.roster.queue.len(), 0, "seed {seed}");
    }
}
