//! The one rule of admission, as a table; and leases.

use super::pools::call;
use super::*;
use crate::roster::book::{Admission, Book};
use crate::roster::queue::{Call, Queue};

/// Of three satellites a role may have two, and so may the pool `p`.
fn waiting(ticket: u64, role: u32, pool: &str, holds: bool, book: &mut Book) -> Call {
    let now = Instant::now();
    let launch = Launch {
        role,
        holds,
        max_satellites_per_role: 2,
        pool: pool_of(pool, if pool == "p" { 2 } else { 0 }),
        ..call(ticket)
    };
    let pool = book.define(&launch.pool, now);
    Call {
        ticket: Ticket(ticket),
        kind: Kind::usual(launch.environment, &Settings::default()).unwrap(),
        launch,
        pool,
        backend: 1,
        since: now,
        deadline: None,
    }
}

/// What becomes of a call of role 1 in pool `p` beside calls of such roles and pools that run. Of those,
/// the first so many are idle leases, or else are being ended; so many others wait, of role 9 and the
/// default pool. `holds`: whether its session holds a satellite.
fn admit(
    running: &[(u32, &str)],
    [idle, ending, others]: [u64; 3],
    is_warm: bool,
    holds: bool,
) -> Admission {
    let mut book = Book::default();
    book.limit(3);
    for (order, (role, pool)) in (1..).zip(running) {
        let call = waiting(order, *role, pool, false, &mut book);
        book.give(Order(order), &call);
    }
    (1..=idle).for_each(|order| book.park(Order(order), Instant::now()));
    (1..=ending).for_each(|order| book.ending(Order(order)));
    let mut queue = Queue::default();
    for ticket in 0..others {
        queue.push(waiting(50 + ticket, 9, "default", false, &mut book));
    }
    let call = waiting(100, 1, "p", holds, &mut book);
    queue.push(call.clone());
    book.admit(&call, is_warm, &queue)
}

#[test]
fn one_rule_for_all() {
    use Admission::{Queued, Refused, Served};
    let (now, behind) = (Queued(None), |lack| Queued(Some(lack)));
    let (slots, pool, role) = ((Wait::Slots, 3), (Wait::Pool, 2), (Wait::Role, 2));
    let full: &[_] = &[(7, "q"), (8, "q"), (9, "q")];
    let of_pool: &[_] = &[(7, "p"), (8, "p")];
    let of_role: &[_] = &[(1, "q"), (1, "q")];
    // What runs, which of it is idle or ending, how many wait, whether one is warm: what becomes of a
    // call whose session holds no satellite, and of one whose session holds one.
    let table = [
        (&[][..], [0, 0, 0], true, Served, Served),
        (&[], [0, 0, 0], false, now, now),
        (&[], [0, 0, 2], false, now, now),
        (full, [0, 0, 0], false, behind(slots), Refused(slots)),
        (full, [0, 0, 0], true, behind(slots), Refused(slots)),
        (of_pool, [0, 0, 0], true, behind(pool), Refused(pool)),
        (of_role, [0, 0, 0], true, behind(role), Refused(role)),
        // Slots that others will have.
        (&full[..1], [0, 0, 2], false, now, Refused(slots)),
        // What is being ended, and idle leases, are as good as free.
        (full, [0, 1, 0], false, behind(slots), now),
        (full, [0, 1, 1], false, behind(slots), Refused(slots)),
        (full, [1, 0, 0], false, behind(slots), now),
        (of_pool, [1, 0, 0], true, behind(pool), now),
    ];
    for (running, state, is_warm, none, one) in table {
        let what = format!("{running:?} {state:?} {is_warm}");
        assert_eq!(admit(running, state, is_warm, false), none, "{what}: none");
        assert_eq!(admit(running, state, is_warm, true), one, "{what}: one");
    }
}

#[test]
fn idle_leases_are_taken_back_the_oldest_first_when_somebody_queues() {
    let mut play = Play::warm(0, 3);
    (1..=3).for_each(|ticket| play.launch(ticket, 0));
    assert_eq!(assigned(&play.fork_all()), [(1, 1), (2, 2), (3, 3)]);
    play.roster.park(Order(2), play.now);
    play.now += Duration::from_secs(1);
    play.roster.park(Order(1), play.now);
    assert!(play.actions().is_empty());
    assert!(play.roster.resume(Order(1), play.now));
    play.roster.park(Order(1), play.now);
    // Nobody queues, both stay; then one does.
    play.launch(4, 0);
    let actions = play.fork_all();
    assert!(actions.contains(&Action::Kill(Order(2))), "{actions:?}");
    assert!(!actions.contains(&Action::Kill(Order(1))), "{actions:?}");
    assert!(!play.roster.resume(Order(2), play.now));
    play.roster.reaped(Order(2), play.now);
    assert_eq!(assigned(&play.fork_all())[0].0, 4);
    // One that is not idle any more is not taken back.
    assert!(play.roster.resume(Order(1), play.now));
    play.launch(5, 0);
    assert_eq!(told(&play.fork_all()), [(5, &ToBackend::Queued)]);
    // Parked while somebody queues, it goes at once.
    play.roster.park(Order(3), play.now);
    assert!(play.fork_all().contains(&Action::Kill(Order(3))));
}

#[test]
fn the_lease_of_a_full_pool_is_the_one_that_helps() {
    let mut play = Play::warm(0, 3);
    play.ask(call(1));
    play.ask(super::pools::in_pool(2, "p", 1));
    assert_eq!(assigned(&play.fork_all()), [(1, 1), (2, 2)]);
    play.roster.park(Order(1), play.now);
    play.now += Duration::from_secs(1);
    play.roster.park(Order(2), play.now);
    play.ask(super::pools::in_pool(3, "p", 1));
    let actions = play.fork_all();
    assert!(actions.contains(&Action::Kill(Order(2))), "{actions:?}");
    assert!(!actions.contains(&Action::Kill(Order(1))), "{actions:?}");
    // One that is being ended is no lease any more.
    play.roster.park(Order(2), play.now);
    assert!(!play.roster.resume(Order(2), play.now));
}
