//! Calls, their slots and the queue; settings that change.

use super::*;

#[test]
fn a_call_takes_a_warm_satellite_and_another_is_ordered() {
    let mut play = Play::warm(2, 8);
    assert_eq!(play.states(), [State::Warm, State::Warm]);
    play.launch(1, 0);
    let actions = play.actions();
    assert_eq!(assigned(&actions), [(1, 1)]);
    assert!(told(&actions).is_empty());
    play.pass(SCRIPT_FIRST);
    assert_eq!(play.order(), Order(3));

    play.roster.reported(Order(1), ended(3), play.now);
    assert_eq!(told(&play.actions()), [(1, &ToBackend::Ended(ended(3)))]);
    play.roster.reaped(Order(1), play.now);
    assert_eq!(play.actions(), [Action::Forget(Order(1))]);
}

#[test]
fn a_fork_gives_way_to_scripts_and_results_while_there_is_a_warm_one() {
    let forks = |actions: &[Action]| {
        let fork = |action: &&Action| matches!(action, Action::Fork { .. });
        actions.iter().filter(fork).count()
    };
    let mut play = Play::warm(2, 8);
    play.launch(1, 0);
    assert_eq!(forks(&play.actions()), 0);
    let rest = play.roster.next_deadline();
    assert_eq!(rest, Some(play.now + SCRIPT_FIRST));
    // A script that ends soon leaves the time until its result is out.
    play.now += Duration::from_millis(2);
    play.roster.reported(Order(1), ended(0), play.now);
    assert_eq!(forks(&play.actions()), 0);
    play.pass(fleet::RESULT_FIRST);
    play.fork_all();
    assert_eq!(play.states(), [State::Ending, State::Warm, State::Warm]);
    play.roster.reaped(Order(1), play.now);
    play.actions();

    // The last warm one is replaced at once.
    play.launch(2, 0);
    play.launch(3, 0);
    assert_eq!(forks(&play.actions()), 1);
    // So is what somebody waits for.
    play.launch(4, 0);
    let actions = play.actions();
    assert_eq!(told(&actions), [(4, &ToBackend::Queued)]);
    assert!(play.roster.next_deadline().is_some());
}

#[test]
fn without_warm_ones_a_satellite_is_forked_on_demand() {
    let mut play = Play::warm(0, 8);
    assert!(play.states().is_empty());
    play.launch(1, 0);
    let queued = play.fork_all();
    assert_eq!(told(&queued), [(1, &ToBackend::Queued)]);
    assert_eq!(assigned(&queued), [(1, 1)]);
}

#[test]
fn calls_wait_for_the_first_zygote() {
    let mut play = Play::new(1, 8);
    play.launch(1, 0);
    assert_eq!(told(&play.actions()), [(1, &ToBackend::Queued)]);
    play.roster.zygote_ready(Generation(1), play.now);
    assert_eq!(assigned(&play.fork_all()), [(1, 1)]);
}

#[test]
fn a_slot_is_free_only_after_the_reaping() {
    let mut play = Play::warm(2, 1);
    play.launch(1, 0);
    play.launch(2, 0);
    assert_eq!(assigned(&play.fork_all()), [(1, 1)]);
    play.roster.reported(Order(1), ended(0), play.now);
    assert!(assigned(&play.actions()).is_empty());
    play.roster.reaped(Order(1), play.now);
    assert_eq!(assigned(&play.actions()), [(2, 2)]);
}

#[test]
fn a_call_waits_no_longer_than_it_wants() {
    let mut play = Play::warm(1, 1);
    play.launch(1, 0);
    play.launch(2, 500);
    play.fork_all();
    play.pass(Duration::from_millis(499));
    assert!(told(&play.actions()).is_empty());
    play.pass(Duration::from_millis(1));
    let busy = Refusal::Busy {
        wait: Wait::Slots,
        most: 1,
        waiting: 0,
    };
    assert_eq!(told(&play.actions()), [(2, &ToBackend::Refused(busy))]);
}

#[test]
fn a_backend_that_goes_takes_its_satellite_along() {
    let mut play = Play::warm(1, 1);
    play.launch(1, 0);
    play.launch(2, 0);
    play.fork_all();
    assert!(play.roster.gone(Ticket(1), play.now));
    assert_eq!(play.actions(), [Action::Kill(Order(1))]);
    let used = Usage {
        user: 7,
        ..Usage::default()
    };
    assert!(play.roster.is_serving(Order(1)));
    play.roster.killed(Order(1), used);
    let killed = Ended {
        how: Ending::Killed,
        usage: used,
    };
    assert_eq!(told(&play.actions()), [(1, &ToBackend::Ended(killed))]);
    assert!(!play.roster.is_serving(Order(1)));
    play.roster.lifeline_closed(Order(1), play.now);
    play.roster.reaped(Order(1), play.now);
    let actions = play.actions();
    assert!(told(&actions).is_empty());
    assert_eq!(assigned(&actions), [(2, 2)]);
    assert!(play.roster.gone(Ticket(2), play.now));
    play.roster.reaped(Order(2), play.now);
    assert!(!play.roster.gone(Ticket(2), play.now));
}

#[test]
fn what_a_killed_satellite_used_may_be_in_its_report() {
    for is_reported in [true, false] {
        let mut play = Play::warm(0, 1);
        play.launch(1, 0);
        play.fork_all();
        assert!(play.roster.gone(Ticket(1), play.now));
        // Nothing could be seen of it when it was killed: it had ended by itself.
        if is_reported {
            play.roster.reported(Order(1), ended(3), play.now);
        }
        play.roster.reaped(Order(1), play.now);
        let actions = play.actions();
        let [(1, ToBackend::Ended(end))] = told(&actions)[..] else {
            panic!("{actions:?}");
        };
        assert_eq!(is_reported, end.how == Ending::Exited(3));
    }
}

#[test]
fn an_init_that_dies_unseen_is_an_end() {
    for by_lifeline in [true, false] {
        let mut play = Play::warm(0, 1);
        play.launch(1, 0);
        play.fork_all();
        if by_lifeline {
            play.roster.lifeline_closed(Order(1), play.now);
        }
        play.roster.reaped(Order(1), play.now);
        let actions = play.actions();
        let [(1, ToBackend::Ended(ended))] = told(&actions)[..] else {
            panic!("{actions:?}");
        };
        assert_eq!(ended.how, Ending::Killed);
    }
}

#[test]
fn an_init_that_lingers_after_its_report_is_killed() {
    let mut play = Play::warm(0, 1);
    play.launch(1, 0);
    play.fork_all();
    play.roster.reported(Order(1), ended(0), play.now);
    play.actions();
    play.pass(Duration::from_secs(2));
    assert_eq!(play.actions(), [Action::Kill(Order(1))]);
    assert_eq!(play.roster.next_deadline(), None);
}

#[test]
fn a_satellite_that_cannot_be_assigned_gives_way_to_the_next() {
    let mut play = Play::warm(2, 8);
    play.launch(1, 0);
    play.actions();
    play.roster.assign_failed(Order(1), play.now);
    let actions = play.actions();
    assert_eq!(assigned(&actions), [(1, 2)]);
    assert!(actions.contains(&Action::Kill(Order(1))));
}

#[test]
fn an_idle_zygote_that_is_killed_is_replaced_at_once_and_calls_wait() {
    let mut play = Play::warm(0, 8);
    play.launch(1, 0);
    play.fork_all();
    for generation in 1..5 {
        play.roster
            .zygote_ended(Generation(generation), "killed", play.now);
        let actions = play.actions();
        assert!(
            actions
                .iter()
                .any(|a| matches!(a, Action::StartZygote { .. }))
        );
        play.launch(generation + 1, 0);
        assert_eq!(
            told(&play.actions()),
            [(generation + 1, &ToBackend::Queued)]
        );
        play.roster
            .zygote_ready(Generation(generation + 1), play.now);
        assert_eq!(assigned(&play.fork_all()).len(), 1);
    }
    // The first call has not noticed.
    assert_eq!(play.states(), [State::Running; 5]);
}

#[test]
fn another_interpreter_replaces_zygote_and_warm_ones_but_no_running_one() {
    let mut play = Play::warm(2, 8);
    play.launch(1, 0);
    play.pass(SCRIPT_FIRST);
    play.fork_all();
    let mut other = settings(2, 8);
    other.environments = programs("/opt/python", "");
    play.roster.configure(other, false, play.now);
    let actions = play.actions();
    assert!(actions.contains(&Action::EndZygote(Generation(1))));
    assert!(actions.contains(&Action::Kill(Order(2))) && actions.contains(&Action::Kill(Order(3))));
    assert!(!actions.contains(&Action::Kill(Order(1))));
    assert!(actions.contains(&Action::StartZygote {
        generation: Generation(2),
        environment: protocol::Environment::of(Language::PYTHON, "/opt/python"),
        reach: Reach::default(),
        preloads: false,
    }));
    // Late news of the old one.
    play.roster.zygote_ended(Generation(1), "killed", play.now);
    play.launch(2, 0);
    assert_eq!(told(&play.actions()), [(2, &ToBackend::Queued)]);
}

#[test]
fn another_sandbox_replaces_zygote_and_warm_ones_and_the_one_being_forked() {
    let mut play = Play::warm(1, 8);
    play.launch(1, 0);
    let forking = play.order();
    let mut other = settings(1, 8);
    other.sandbox = Sandbox::Container;
    play.roster.configure(other, false, play.now);
    let actions = play.actions();
    assert!(actions.contains(&Action::EndZygote(Generation(1))));
    assert!(actions.contains(&Action::Forget(forking)));
    // Late news of the old one.
    play.roster.forked(forking, 9, play.now);
    assert!(play.actions().is_empty());
    play.roster.zygote_ready(Generation(2), play.now);
    play.order();
}

#[test]
fn fewer_or_more_warm_ones_as_settings_say() {
    let mut play = Play::warm(4, 8);
    play.roster.configure(settings(1, 8), false, play.now);
    assert_eq!(play.actions().len(), 3);
    (2..=4).for_each(|order| play.roster.reaped(Order(order), play.now));
    play.roster.configure(settings(3, 8), false, play.now);
    play.fork_all();
    assert_eq!(play.states(), [State::Warm; 3]);
}

#[test]
fn the_view_shows_everybody() {
    let mut play = Play::warm(1, 1);
    play.launch(1, 0);
    play.launch(2, 0);
    play.now += Duration::from_secs(1);
    let lines = play.roster.lines(play.now, 5_000_000);
    let shown: Vec<_> = lines
        .iter()
        .map(|l| (l.state, l.request, l.satellite))
        .collect();
    assert_eq!(
        shown,
        [
            (State::Queued, Some(102), None),
            (State::Running, Some(101), Some(1001)),
            (State::Warming, None, None),
        ]
    );
    assert_eq!(lines[0].since, 4_000_000);
    assert_eq!(
        (lines[1].backend, lines[1].database, lines[1].role),
        (Some(77), Some(5), Some(10))
    );
}
