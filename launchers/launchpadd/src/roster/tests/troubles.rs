//! Zygotes and satellites that fail.

use super::*;

/// The forks that are ordered.
fn forks(actions: &[Action]) -> Vec<Order> {
    let orders = actions.iter().filter_map(|action| match action {
        Action::Fork { order, .. } => Some(*order),
        _ => None,
    });
    orders.collect()
}

impl Play {
    fn fork_orders(&mut self) -> Vec<Order> {
        forks(&self.actions())
    }
}

#[test]
fn a_zygote_that_does_not_start_breaks_the_environment_at_once() {
    let mut play = Play::new(1, 8);
    play.launch(1, 0);
    play.actions();
    play.roster
        .zygote_ended(Generation(1), "no module", play.now);
    let refusal = || {
        ToBackend::Refused(Refusal::EnvironmentBroken {
            language: Language::PYTHON,
            reason: "no module".to_owned(),
        })
    };
    let actions = play.actions();
    assert_eq!(told(&actions), [(1, &refusal())]);
    assert_eq!(logged(&actions), 1);
    play.launch(2, 0);
    assert_eq!(told(&play.actions()), [(2, &refusal())]);

    // The next attempts: with growing delays, and the same failure is logged once.
    let mut waited = Duration::ZERO;
    for generation in 2..20 {
        let before = play.now;
        play.now = play.roster.next_deadline().unwrap();
        waited += play.now - before;
        play.roster.tick(play.now);
        assert!(matches!(play.actions()[..], [Action::StartZygote { .. }]));
        play.roster
            .zygote_ended(Generation(generation), "no module", play.now);
        assert!(play.actions().is_empty());
    }
    assert!(waited > Duration::from_secs(200), "{waited:?}");

    // It is repaired.
    play.now = play.roster.next_deadline().unwrap();
    play.roster.tick(play.now);
    play.roster.zygote_ready(Generation(20), play.now);
    let actions = play.fork_all();
    assert_eq!(logged(&actions), 1);
    play.launch(3, 0);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
}

#[test]
fn a_zygote_that_dies_of_every_fork_is_no_endless_loop() {
    let mut play = Play::new(1, 8);
    let begin = play.now;
    let mut starts = 1;
    for generation in 1..15 {
        play.roster.zygote_ready(Generation(generation), play.now);
        play.roster
            .zygote_ended(Generation(generation), "crashed", play.now);
        play.actions();
        while let Some(deadline) = play.roster.next_deadline() {
            if play.zygote() != Zygote::Absent {
                break;
            }
            play.now = deadline;
            play.roster.tick(play.now);
            play.actions();
        }
        starts += 1;
    }
    let took = play.now - begin;
    assert!(took > Duration::from_secs(60), "{starts} in {took:?}");
}

#[test]
fn a_refused_sandbox_is_tried_twice_and_then_refuses_calls() {
    let mut play = Play::new(0, 8);
    play.roster.zygote_ready(Generation(1), play.now);
    play.launch(1, 0);
    let failure = Failure::of_step("unshare", "Operation not permitted");
    for _ in 0..2 {
        let order = play.order();
        play.roster.forked(order, 5, play.now);
        play.roster.refused(order, failure.clone(), play.now);
        play.roster.reaped(order, play.now);
    }
    let refusal = ToBackend::Refused(Refusal::SandboxRefused {
        step: "unshare".to_owned(),
        reason: "Operation not permitted".to_owned(),
    });
    assert_eq!(told(&play.actions()), [(1, &refusal)]);
    // Attempts go on although nobody waits, one at a time.
    play.pass(Duration::from_secs(30));
    let order = play.order();
    play.roster.forked(order, 5, play.now);
    play.pass(Duration::from_secs(1));
    assert!(play.actions().is_empty());
    play.roster.ready(order, play.now);
    let actions = play.actions();
    assert_eq!(logged(&actions), 1);
    // It was for the test only.
    assert!(actions.contains(&Action::Kill(order)));
}

#[test]
fn a_satellite_that_never_gets_ready_is_killed() {
    let mut play = Play::new(1, 8);
    play.roster.zygote_ready(Generation(1), play.now);
    let order = play.order();
    play.roster.forked(order, 5, play.now);
    play.pass(Duration::from_secs(30));
    let actions = play.actions();
    assert!(actions.contains(&Action::Kill(order)));
    assert!(actions.iter().any(|a| matches!(a, Action::Fork { .. })));
}

#[test]
fn a_zygote_that_does_not_answer_is_replaced() {
    let mut play = Play::new(1, 8);
    play.roster.zygote_ready(Generation(1), play.now);
    let order = play.order();
    play.pass(Duration::from_secs(30));
    let actions = play.actions();
    assert!(actions.contains(&Action::EndZygote(Generation(1))));
    assert!(actions.contains(&Action::Forget(order)));
    assert!(
        actions
            .iter()
            .any(|a| matches!(a, Action::StartZygote { .. }))
    );
}

#[test]
fn warm_satellites_that_keep_dying_are_replaced_with_pauses() {
    let mut play = Play::warm(1, 8);
    let begin = play.now;
    for _ in 0..50 {
        let order = play.last();
        play.roster.channel_closed(order, play.now);
        play.roster.reaped(order, play.now);
        play.fork_all();
        if let Some(deadline) = play.roster.next_deadline() {
            play.now = deadline;
            play.roster.tick(play.now);
            play.fork_all();
        }
    }
    assert!(play.now - begin > Duration::from_secs(30));
    assert_eq!(play.states(), [State::Warm]);
}

#[test]
fn killed_zygotes_refuse_no_call_however_many() {
    let mut play = Play::new(0, 8);
    play.launch(1, 0);
    play.actions();
    let begin = play.now;
    // Half of them while they start.
    for generation in 1..=20 {
        if generation % 2 == 0 {
            play.roster.zygote_ready(Generation(generation), play.now);
        }
        play.roster
            .zygote_killed(Generation(generation), "killed", play.now);
        assert!(refusals(&play.actions()).is_empty());
        while play.zygote() == Zygote::Absent {
            play.now = play.roster.next_deadline().unwrap();
            play.roster.tick(play.now);
        }
    }
    // Not in a loop without pause, nor with long ones.
    let took = play.now - begin;
    assert!(took > Duration::from_secs(20) && took < Duration::from_secs(80));
    play.roster.zygote_ready(Generation(21), play.now);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
}

#[test]
fn a_zygote_that_proved_sound_is_replaced_at_once_when_it_is_killed() {
    let mut play = Play::warm(0, 100);
    for generation in 1..=9 {
        play.launch(generation, 0);
        assert_eq!(assigned(&play.fork_all()).len(), 1);
        play.roster
            .zygote_killed(Generation(generation), "killed", play.now);
        let actions = play.actions();
        let starts = |action: &Action| matches!(action, Action::StartZygote { .. });
        assert!(actions.iter().any(starts));
        play.roster
            .zygote_ready(Generation(generation + 1), play.now);
    }
}

#[test]
fn a_kill_mends_nothing_that_does_not_start() {
    let mut play = Play::new(1, 8);
    play.roster
        .zygote_ended(Generation(1), "no module", play.now);
    play.now = play.roster.next_deadline().unwrap();
    play.roster.tick(play.now);
    play.roster.zygote_killed(Generation(2), "killed", play.now);
    play.launch(1, 0);
    let actions = play.actions();
    let [(1, Refusal::EnvironmentBroken { reason, .. })] = refusals(&actions)[..] else {
        panic!("{actions:?}");
    };
    assert_eq!(reason, "no module");
}

#[test]
fn a_zygote_that_crashes_again_and_again_refuses_calls_in_the_end() {
    let mut play = Play::new(0, 8);
    play.launch(1, 0);
    play.actions();
    for generation in 1..=5 {
        play.roster.zygote_ready(Generation(generation), play.now);
        play.actions();
        play.roster
            .zygote_ended(Generation(generation), "crashed", play.now);
        let actions = play.actions();
        assert_eq!(refusals(&actions).len(), usize::from(generation == 5));
        while play.zygote() == Zygote::Absent {
            play.now = play.roster.next_deadline().unwrap();
            play.roster.tick(play.now);
        }
    }
    play.roster.zygote_ready(Generation(6), play.now);
    play.fork_all();
    play.launch(2, 0);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
}

#[test]
fn satellites_that_vanish_while_they_are_made_are_accidents_at_first() {
    let mut play = Play::warm(0, 8);
    play.launch(1, 0);
    let mut orders = play.fork_orders();
    for attempt in 1..=5 {
        while orders.is_empty() {
            play.now = play.roster.next_deadline().unwrap();
            play.roster.tick(play.now);
            orders = play.fork_orders();
        }
        let order = orders.remove(0);
        play.roster.forked(order, 5, play.now);
        play.roster.lifeline_closed(order, play.now);
        let actions = play.actions();
        assert_eq!(
            refusals(&actions).len(),
            usize::from(attempt == 5),
            "{attempt}"
        );
        play.roster.reaped(order, play.now);
        orders = forks(&actions);
        orders.extend(play.fork_orders());
    }
}
