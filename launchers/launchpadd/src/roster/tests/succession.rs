//! Fresh zygotes in the place of those that have served for long.

use super::*;

const OLD: Generation = Generation(1);
const FRESH: Generation = Generation(2);

/// Zygotes that serve a minute or five satellites, one of which is kept warm.
fn play() -> Play {
    let mut play = Play::new(1, 8);
    let settings = Settings {
        zygote_max_age: 60,
        zygote_max_forks: 5,
        ..settings(1, 8)
    };
    play.roster.configure(settings, false, play.now);
    play.roster.zygote_ready(OLD, play.now);
    play.fork_all();
    play
}

fn started(actions: &[Action]) -> Vec<Generation> {
    let started = actions.iter().filter_map(|action| match action {
        Action::StartZygote { generation, .. } => Some(*generation),
        _ => None,
    });
    started.collect()
}

fn ended_zygotes(actions: &[Action]) -> Vec<Generation> {
    let ended = actions.iter().filter_map(|action| match action {
        Action::EndZygote(generation) => Some(*generation),
        _ => None,
    });
    ended.collect()
}

impl Play {
    /// A call from its launch to its end; what else was to be done.
    fn whole_call(&mut self, ticket: u64) -> Vec<Action> {
        self.launch(ticket, 0);
        let mut actions = self.fork_all();
        let [(of, order)] = assigned(&actions)[..] else {
            panic!("the call waits: {actions:?}");
        };
        assert_eq!(of, ticket);
        self.roster.reported(Order(order), ended(0), self.now);
        self.roster.reaped(Order(order), self.now);
        actions.extend(self.fork_all());
        actions
    }

    /// The zygote that the next satellite is forked by.
    fn forks_by(&mut self, ticket: u64) -> Generation {
        self.launch(ticket, 0);
        let by = self.actions().into_iter().find_map(|action| match action {
            Action::Fork { generation, .. } => Some(generation),
            _ => None,
        });
        by.expect("a successor of the warm one is ordered")
    }
}

#[test]
fn after_so_many_forks_a_fresh_one_is_loaded_and_takes_over() {
    let mut play = play();
    let mut actions = Vec::new();
    for ticket in 1..=4 {
        actions.extend(play.whole_call(ticket));
    }
    assert_eq!(started(&actions), [FRESH]);
    // Calls go on meanwhile, and there is no other one.
    for ticket in 5..=9 {
        assert_eq!(started(&play.whole_call(ticket)), []);
    }
    play.roster.zygote_ready(FRESH, play.now);
    assert_eq!(ended_zygotes(&play.actions()), [OLD]);
    // Late news of the old one is of no interest.
    play.roster.zygote_killed(OLD, "killed", play.now);
    assert_eq!(play.forks_by(10), FRESH);
    assert!(!play.is_broken());
}

#[test]
fn it_takes_over_between_two_forks() {
    let mut play = play();
    for ticket in 1..=4 {
        play.whole_call(ticket);
    }
    play.launch(5, 0);
    let order = play.order();
    play.roster.zygote_ready(FRESH, play.now);
    assert_eq!(ended_zygotes(&play.actions()), []);
    play.roster.forked(order, 4711, play.now);
    assert_eq!(ended_zygotes(&play.actions()), [OLD]);
    // What the old one has forked stays.
    play.roster.ready(order, play.now);
    assert!(play.roster.fleet.iter().any(|(of, ..)| of == order));
}

#[test]
fn by_age() {
    let mut play = play();
    play.pass(Duration::from_secs(59));
    assert_eq!(started(&play.actions()), []);
    assert!(play.roster.next_deadline().is_some());
    play.pass(Duration::from_secs(2));
    assert_eq!(started(&play.actions()), [FRESH]);
    play.roster.zygote_ready(FRESH, play.now);
    assert_eq!(ended_zygotes(&play.actions()), [OLD]);
}

#[test]
fn one_that_does_not_start_changes_nothing() {
    let mut play = play();
    play.pass(Duration::from_secs(61));
    assert_eq!(started(&play.actions()), [FRESH]);
    play.roster
        .zygote_ended(FRESH, "exited with status 1", play.now);
    let actions = play.actions();
    assert!(matches!(&actions[..], [Action::Log("warning", line)] if line.contains("goes on")));
    assert_eq!(started(&play.whole_call(1)), []);
    // Another one is tried later; it is not loaded in time.
    play.pass(Duration::from_secs(61));
    assert_eq!(started(&play.actions()), [Generation(3)]);
    play.pass(Duration::from_secs(181));
    assert_eq!(ended_zygotes(&play.actions()), [Generation(3)]);
    assert_eq!(started(&play.whole_call(2)), []);
    assert!(!play.is_broken());
}

#[test]
fn if_the_present_one_dies_it_is_the_next() {
    let mut play = play();
    play.pass(Duration::from_secs(61));
    assert_eq!(started(&play.actions()), [FRESH]);
    play.roster.zygote_killed(OLD, "killed", play.now);
    assert_eq!(started(&play.actions()), []);
    assert!(matches!(play.zygote(), Zygote::Starting { .. }));
    play.roster.zygote_ready(FRESH, play.now);
    play.fork_all();
    assert_eq!(play.forks_by(1), FRESH);
}

#[test]
fn with_another_program_both_go() {
    let mut play = play();
    play.pass(Duration::from_secs(61));
    assert_eq!(started(&play.actions()), [FRESH]);
    let other = Settings {
        environments: programs("/other", ""),
        ..settings(1, 8)
    };
    play.roster.configure(other, false, play.now);
    let actions = play.actions();
    assert_eq!(ended_zygotes(&actions), [OLD, FRESH]);
    assert_eq!(started(&actions), [Generation(3)]);
}

fn killed(actions: &[Action]) -> usize {
    let is_kill = |action: &&Action| matches!(action, Action::Kill(_));
    actions.iter().filter(is_kill).count()
}

fn order_in(actions: &[Action]) -> Order {
    let orders = actions.iter().find_map(|action| match action {
        Action::Fork { order, .. } => Some(*order),
        _ => None,
    });
    orders.expect("a fork is ordered")
}

/// Whether zygotes that are started preload.
fn preloading(actions: &[Action]) -> Vec<(Generation, bool)> {
    let started = actions.iter().filter_map(|action| match action {
        Action::StartZygote {
            generation,
            preloads,
            ..
        } => Some((*generation, *preloads)),
        _ => None,
    });
    started.collect()
}

const PYTHON: EnvironmentId = EnvironmentId::of(Language::PYTHON);

#[test]
fn the_first_zygote_preloads_nothing_and_its_successor_what_is_preferred() {
    let mut play = Play::new(2, 8);
    play.roster.prefer(PYTHON, 1, play.now);
    assert_eq!(preloading(&play.actions()), []);
    play.roster.zygote_ready(OLD, play.now);
    assert_eq!(preloading(&play.fork_all()), [(FRESH, true)]);
    play.roster.zygote_ready(FRESH, play.now);
    let actions = play.actions();
    assert_eq!(ended_zygotes(&actions), [OLD]);
    // Its satellites replace those of the old one, which serve until then.
    assert_eq!(play.roster.fleet.warm().len(), 2);
    let order = order_in(&actions);
    play.roster.forked(order, 4711, play.now);
    play.roster.ready(order, play.now);
    assert_eq!(killed(&play.actions()), 1);
    assert_eq!(play.roster.fleet.warm().len(), 2);
    play.launch(1, 0);
    assert_eq!(assigned(&play.actions()), [(1, order.0)]);
    // The same again is no reason for another one.
    play.roster.prefer(PYTHON, 1, play.now);
    assert_eq!(preloading(&play.fork_all()), []);
}

#[test]
fn what_cannot_be_preloaded_delays_nobody() {
    let mut play = play();
    play.roster.prefer(PYTHON, 1, play.now);
    assert_eq!(preloading(&play.actions()), [(FRESH, true)]);
    play.roster.zygote_dropped(FRESH, play.now);
    assert_eq!(preloading(&play.actions()), [(Generation(3), true)]);
    play.roster.prefer(PYTHON, 0, play.now);
    play.roster.zygote_dropped(Generation(3), play.now);
    assert_eq!(preloading(&play.whole_call(1)), []);
    assert!(!play.is_broken());
}

#[test]
fn a_successor_that_has_taken_over_early_is_dropped_as_well() {
    let mut play = play();
    play.roster.prefer(PYTHON, 1, play.now);
    play.actions();
    play.roster.zygote_killed(OLD, "killed", play.now);
    assert_eq!(play.roster.present_zygote(PYTHON), Some(FRESH));
    play.roster.zygote_dropped(FRESH, play.now);
    // At once, and without.
    assert_eq!(preloading(&play.actions()), [(Generation(3), false)]);
    assert!(!play.is_broken());
}

#[test]
fn satellites_that_do_not_get_ready_with_it_end_what_is_preloaded() {
    let mut play = play();
    play.roster.prefer(PYTHON, 1, play.now);
    play.actions();
    play.roster.zygote_ready(FRESH, play.now);
    let order = order_in(&play.actions());
    play.roster.forked(order, 4711, play.now);
    let failure = Failure::of_step("exercise", "no more");
    play.roster.refused(order, failure, play.now);
    let actions = play.actions();
    assert_eq!(ended_zygotes(&actions), [FRESH]);
    assert!(actions.iter().any(|action| matches!(
        action,
        Action::Mistrust { generation: FRESH, environment: PYTHON, reason } if reason == "no more"
    )));
    assert_eq!(preloading(&actions), [(Generation(3), false)]);
    // The old one's serves meanwhile.
    play.launch(1, 0);
    assert_eq!(assigned(&play.actions()).len(), 1);
    assert!(!play.is_broken());
}
