//! Kinds that are kept in advance because a call asked for them recently.

use super::kinds::{LOUD, ROOMY};
use super::pools::in_pool;
use super::*;
use crate::roster::demand::MOST;

const KEEP: Duration = Duration::from_secs(60);

/// One of the usual kind is warm, others are kept for a minute.
fn keeping() -> Play {
    let mut play = Play::warm(1, 8);
    play.configure(|settings| settings.keep_warm = 60_000);
    play.fork_all();
    play
}

impl Play {
    /// Makes the one satellite that has been ordered; what follows when it is ready.
    fn make(&mut self) -> Vec<Action> {
        assert_eq!(self.forks().len(), 1);
        self.pass(Duration::from_millis(30));
        self.roster.ready(self.last(), self.now);
        self.actions()
    }
}

fn assigned_warm(actions: &[Action]) -> Vec<(u64, bool)> {
    let all = actions.iter().filter_map(|action| match action {
        Action::Assign { ticket, warm, .. } => Some((ticket.0, *warm)),
        _ => None,
    });
    all.collect()
}

#[test]
fn after_a_call_one_of_its_kind_waits_for_the_next() {
    let mut play = keeping();
    play.ask_for(ROOMY, 1);
    assert_eq!(assigned_warm(&play.make()), [(1, false)]);
    // Not before the script has had its time.
    play.pass(SCRIPT_FIRST);
    play.make();
    play.pass(Duration::from_secs(30));
    play.ask_for(ROOMY, 2);
    assert_eq!(assigned_warm(&play.fork_all()), [(2, true)]);
    // The time begins anew with each call, …
    play.pass(SCRIPT_FIRST);
    play.fork_all();
    play.pass(KEEP - SCRIPT_FIRST - Duration::from_millis(1));
    assert!(play.actions().is_empty());
    // … and at its end the one that waits is ended; the usual one is not.
    assert_eq!(
        play.roster.next_deadline(),
        Some(play.now + Duration::from_millis(1))
    );
    play.pass(Duration::from_millis(1));
    let last = play.last();
    assert_eq!(play.actions(), [Action::Kill(last)]);
}

#[test]
fn a_kind_that_fails_is_not_tried_ahead_of_need() {
    let mut play = keeping();
    play.ask_for(ROOMY, 1);
    play.fork_all();
    play.pass(SCRIPT_FIRST);
    assert_eq!(play.forks(), [ROOMY]);
    let order = play.last();
    play.roster
        .refused(order, Failure::of_step("network", "no"), play.now);
    play.pass(Duration::from_secs(30));
    assert!(play.forks().is_empty());
}

#[test]
fn the_latest_few_are_kept() {
    let mut play = keeping();
    for size in 1..=MOST as u64 + 2 {
        let tmp_limit = size;
        let allowance = Allowance { tmp_limit, ..LOUD };
        play.ask_for(allowance, size);
        play.fork_all();
        play.pass(SCRIPT_FIRST);
        play.fork_all();
        play.roster.gone(Ticket(size), play.now);
        let mut all = play.roster.fleet.iter();
        let ending = all.find(|(.., phase)| *phase == Phase::Ending);
        let (order, ..) = ending.unwrap();
        drop(all);
        play.roster.reaped(order, play.now);
        play.fork_all();
    }
    play.pass(Duration::from_secs(1));
    play.fork_all();
    let warm = play.roster.fleet.warm().into_iter();
    let mut kept: Vec<u64> = warm.map(|(kind, _)| kind.allowance.tmp_limit).collect();
    kept.sort_unstable();
    assert_eq!(kept, [0, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn where_none_are_kept_warm_none_are_after_a_call() {
    let mut play = Play::warm(0, 8);
    play.configure(|settings| settings.keep_warm = 60_000);
    play.ask_for(ROOMY, 1);
    play.fork_all();
    play.pass(Duration::from_secs(1));
    assert!(play.forks().is_empty());
}

#[test]
fn a_pool_that_is_used_has_one_waiting() {
    let mut play = Play {
        roster: Roster::new(1, 4, true),
        now: Instant::now(),
    };
    let mut keeping = settings(1, 8);
    keeping.keep_warm = 60_000;
    play.roster.configure(keeping, false, play.now);
    play.roster.zygote_ready(Generation(1), play.now);
    play.fork_all();
    play.ask(in_pool(1, "reports", 0));
    assert_eq!(assigned_warm(&play.make()), [(1, false)]);
    play.pass(SCRIPT_FIRST);
    play.make();
    play.ask(in_pool(2, "reports", 0));
    assert_eq!(assigned_warm(&play.fork_all()), [(2, true)]);
}
