//! Who is admitted, as a table; and leases.

use super::pools::call;
use super::*;
use crate::roster::book::{Book, Lack};
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
    let pool = book.define(&launch.pool, launch.database, &Queue::default(), now);
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

/// What keeps a call of role 1 in pool `p` from a satellite that is warm, and what it is refused for if its
/// session holds one and none is, beside calls of such roles and pools that run. Of those, the first so
/// many are idle leases, or else are being ended; so many others wait, of role 9 and the default pool.
fn lacks(
    running: &[(u32, &str)],
    [idle, ending, others]: [u64; 3],
) -> (Option<Lack>, Option<Lack>) {
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
    let call = waiting(100, 1, "p", true, &mut book);
    queue.push(call.clone());
    let now = book.capacity().wait(&call);
    assert_eq!(book.capacity().fits(&call), now.is_none());
    (now, book.lack_inside(&call, &queue))
}

#[test]
fn who_is_served_and_who_is_refused() {
    let slots = Some((Wait::Slots, 3));
    let pool = Some((Wait::Pool, 2));
    let role = Some((Wait::Role, 2));
    let full: &[_] = &[(7, "q"), (8, "q"), (9, "q")];
    let of_pool: &[_] = &[(7, "p"), (8, "p")];
    let of_role: &[_] = &[(1, "q"), (1, "q")];
    // What runs, which of it is idle or ending, how many wait.
    let table = [
        (&[][..], [0, 0, 0], None, None),
        (&[], [0, 0, 2], None, None),
        (full, [0, 0, 0], slots, slots),
        (of_pool, [0, 0, 0], pool, pool),
        (of_role, [0, 0, 0], role, role),
        // Slots that others will have.
        (&full[..1], [0, 0, 2], None, slots),
        // What is being ended, and idle leases, are as good as free.
        (full, [0, 1, 0], slots, None),
        (full, [0, 1, 1], slots, slots),
        (full, [1, 0, 0], slots, None),
        (of_pool, [1, 0, 0], pool, None),
    ];
    for (running, state, now, refused) in table {
        let found = lacks(running, state);
        assert_eq!(found, (now, refused), "{running:?} {state:?}");
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
