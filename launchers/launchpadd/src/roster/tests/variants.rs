//! Zygotes of their own for what reaches further.

use super::kinds::{CLOSED, NETWORK, PROGRAMS, ROOMY};
use super::*;

/// The zygotes that have been asked for, and what for.
fn starts(actions: &[Action]) -> Vec<(Generation, Reach)> {
    let of = |action: &Action| match action {
        Action::StartZygote {
            generation, reach, ..
        } => Some((*generation, *reach)),
        _ => None,
    };
    actions.iter().filter_map(of).collect()
}

#[test]
fn what_reaches_further_has_a_zygote_of_its_own() {
    let mut play = Play::warm(1, 8);
    for (ticket, allowance) in [(1, NETWORK), (2, PROGRAMS)] {
        let generation = Generation(ticket + 1);
        play.ask_for(allowance, ticket);
        assert_eq!(starts(&play.actions()), [(generation, allowance.reach())]);
        play.roster.zygote_ready(generation, play.now);
        let fork = Action::Fork {
            generation,
            order: Order(1 + ticket),
            allowance,
            pool: PoolId::DEFAULT,
        };
        let actions = play.actions();
        assert!(actions.contains(&fork), "{actions:?}");
        play.roster.forked(Order(1 + ticket), 5, play.now);
        play.roster.ready(Order(1 + ticket), play.now);
        assert_eq!(assigned(&play.actions()), [(ticket, 1 + ticket)]);
    }
    // Others are served by the first, also of another kind.
    play.ask_for(CLOSED, 3);
    assert_eq!(assigned(&play.fork_all()), [(3, 1)]);
    play.ask_for(ROOMY, 4);
    let actions = play.fork_all();
    assert_eq!(starts(&actions), []);
    assert_eq!(assigned(&actions).len(), 1);
}

#[test]
fn a_zygote_that_nobody_asks_for_is_ended() {
    let mut play = Play::warm(1, 8);
    play.configure(|settings| settings.keep_warm = 600_000);
    play.ask_for(NETWORK, 1);
    play.actions();
    play.roster.zygote_ready(Generation(2), play.now);
    assert_eq!(assigned(&play.fork_all()), [(1, 2)]);
    // Not while it may be asked for again.
    play.pass(Duration::from_secs(599));
    assert!(!play.fork_all().contains(&Action::EndZygote(Generation(2))));
    play.ask_for(NETWORK, 2);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
    play.pass(Duration::from_secs(599));
    assert!(!play.fork_all().contains(&Action::EndZygote(Generation(2))));
    play.pass(Duration::from_secs(1));
    assert!(play.fork_all().contains(&Action::EndZygote(Generation(2))));
    // Its satellites go on, and the next call has another.
    play.ask_for(NETWORK, 3);
    let reach = NETWORK.reach();
    assert_eq!(starts(&play.actions()), [(Generation(3), reach)]);
    let states = play.states();
    let running = states.iter().filter(|state| **state == State::Running);
    assert_eq!(running.count(), 2);
}

#[test]
fn one_that_does_not_start_refuses_its_own_calls_until_another_may_be_tried() {
    let mut play = Play::warm(2, 8);
    play.ask_for(NETWORK, 1);
    play.actions();
    play.roster
        .zygote_ended(Generation(2), "no network", play.now);
    let actions = play.actions();
    assert_eq!(refusals(&actions).len(), 1);
    assert_eq!(starts(&actions), []);
    play.ask_for(NETWORK, 2);
    assert_eq!(refusals(&play.actions()).len(), 1);
    play.ask_for(CLOSED, 3);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
    // Nobody tries in vain.
    play.pass(Duration::from_secs(600));
    assert_eq!(starts(&play.fork_all()), []);
    play.ask_for(NETWORK, 4);
    assert_eq!(starts(&play.actions()).len(), 1);
}

#[test]
fn another_usual_network_has_another_usual_zygote() {
    let mut play = Play::warm(1, 8);
    play.configure(|settings| settings.allowance = NETWORK);
    let actions = play.actions();
    assert!(actions.contains(&Action::Kill(Order(1))));
    assert_eq!(starts(&actions), [(Generation(2), NETWORK.reach())]);
    play.roster.zygote_ready(Generation(2), play.now);
    assert_eq!(play.forks(), [NETWORK]);
}
