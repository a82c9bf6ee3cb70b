//! The roster of two languages and some pools under random events: whatever happens, no slot is lost,
//! no call is left without an answer, none gets two or a satellite that was made for anything but what
//! it asks for and the settings of the moment, no limit is exceeded, and a language that never works
//! again takes the other nothing.

mod checks;
mod dice;
mod users;
mod world;

use super::tests::programs;
use super::*;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::Language;
use world::World;

/// Turns of a quiet period, a tenth of a second each: longer than any deadline of the roster's.
const QUIET_PERIOD: u32 = 2000;

/// A world after its storm.
fn stormy(seed: u64) -> World {
    let mut world = World::new(seed);
    world
        .roster
        .configure(world.settings.clone(), false, world.now);
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
        world.settle(QUIET_PERIOD, |_| true);
        let open = &world.open;
        assert!(open.is_empty(), "seed {seed}: unanswered {open:?}");
        let slots = &world.slots;
        assert!(slots.is_empty(), "seed {seed}: slots {slots:?}");
        let settings = &world.settings;
        let offered = settings.environments.iter().filter(|of| of.is_offered());
        let kept = offered
            .filter_map(|of| Kind::usual(of.id, settings))
            .count();
        let warm = kept * settings.warm_satellites as usize;
        assert_eq!(world.alive.len(), warm, "seed {seed}");
        let mut alive = world.alive.iter().map(|order| world.made[order].0);
        assert!(alive.all(|kind| kind.allowance == settings.allowance));
        assert_eq!(world.roster.fleet.iter().count(), warm, "seed {seed}");
        assert_eq!(world.roster.queue.len(), 0, "seed {seed}");
    }
}

#[test]
fn killed_zygotes_make_no_call_fail() {
    for seed in 1..=50 {
        let mut world = World::new(seed);
        world.only_kills = true;
        world
            .roster
            .configure(world.settings.clone(), false, world.now);
        world.act();
        for _ in 0..600 {
            world.step();
        }
        world.settle(QUIET_PERIOD / 4, |_| true);
        let open = &world.open;
        assert!(open.is_empty(), "seed {seed}: unanswered {open:?}");
    }
}

#[test]
fn a_language_that_hangs_takes_the_other_nothing() {
    for seed in 1..=100 {
        let mut world = stormy(seed);
        world.settings.environments = programs("p2", "r2");
        world
            .roster
            .configure(world.settings.clone(), false, world.now);
        world.act();
        let works = |language| language == Language::PYTHON;
        world.settle(QUIET_PERIOD, works);
        let open = &world.open;
        assert!(open.is_empty(), "seed {seed}: unanswered {open:?}");
        let slots = &world.slots;
        assert!(slots.is_empty(), "seed {seed}: slots {slots:?}");
        let of_python = |order: &&Order| world.language(**order) == Language::PYTHON;
        let alive = world.alive.iter().filter(of_python).count();
        let kept = Kind::usual(EnvironmentId::of(Language::PYTHON), &world.settings);
        let warm = kept.map_or(0, |_| world.settings.warm_satellites) as usize;
        assert_eq!(alive, warm, "seed {seed}");
        world.launch(Language::PYTHON, 0);
        world.settle(20, works);
        assert!(world.open.is_empty(), "seed {seed}: not served");
    }
}
