//! Requests that are cancelled.

use super::pools::call;
use super::*;

#[test]
fn cancelling_ends_what_waits_and_what_runs_once() {
    let mut play = Play::warm(1, 1);
    play.ask(call(1));
    play.ask(call(2));
    play.fork_all();
    assert!(!play.roster.cancel(3, play.now));
    assert!(play.roster.cancel(2, play.now));
    let cancelled = ToBackend::Refused(Refusal::Cancelled);
    assert_eq!(told(&play.actions()), [(2, &cancelled)]);
    assert!(!play.roster.cancel(2, play.now));

    assert!(play.roster.cancel(1, play.now));
    assert_eq!(play.actions(), [Action::Kill(Order(1))]);
    let usage = Usage {
        system: 7,
        ..Usage::default()
    };
    play.roster.killed(Order(1), usage);
    let cancelled = Ended {
        how: Ending::Cancelled,
        usage,
    };
    assert_eq!(told(&play.actions()), [(1, &ToBackend::Ended(cancelled))]);
    assert!(!play.roster.cancel(1, play.now));
    // What its init says now is late news.
    play.roster.reported(Order(1), ended(0), play.now);
    play.roster.reaped(Order(1), play.now);
    assert!(told(&play.actions()).is_empty());

    // Whose end has been told has ended.
    play.ask(call(4));
    let [(4, order)] = assigned(&play.actions())[..] else {
        panic!("not served");
    };
    play.roster.reported(Order(order), ended(0), play.now);
    assert!(!play.roster.cancel(4, play.now));
}
