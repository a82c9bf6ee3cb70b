//! Who is served when: nobody is passed for ever, a flood makes nobody wait for more than its share.

use super::pools::{as_role, call, in_pool, of_another_kind};
use super::*;

#[test]
fn a_call_that_others_pass_for_want_of_a_satellite_is_next_when_it_has_one() {
    // By one slot for all, then by one of the pool; always enough warm ones of the kind that is kept.
    for (max, pool) in [(1, 0), (8, 1)] {
        let mut play = Play::warm(3, max);
        let mut next = 1;
        for _ in 0..5 {
            play.ask(as_role_in(next, 10, pool));
            next += 1;
        }
        assert_eq!(assigned(&play.actions()), [(1, 1)]);
        play.ask(of_another_kind(as_role_in(100, 20, pool)));
        let (mut turns, mut serving) = (0, 1);
        loop {
            turns += 1;
            assert!(turns < 4, "passed for ever");
            play.end_of(serving);
            play.ask(as_role_in(next, 10, pool));
            next += 1;
            let served = play.served();
            let [(request, order)] = served[..] else {
                panic!("{served:?}");
            };
            serving = order;
            if request == 100 {
                break;
            }
        }
    }
}

fn as_role_in(request: u64, role: u32, most: u32) -> Launch {
    Launch {
        role,
        ..in_pool(request, "small", most)
    }
}

#[test]
fn a_flood_of_one_role_makes_the_others_wait_for_their_share_only() {
    const SLOTS: usize = 3;
    let mut play = Play::warm(4, SLOTS as u32);
    // The flood is there first.
    let (flood, quiet) = (700, 100);
    for request in 0..flood {
        play.ask(as_role(request, 1, 0));
    }
    for request in 0..quiet {
        for role in 2..=4 {
            play.ask(as_role(role * 1000 + request, role as u32, 0));
        }
    }
    let mut running: Vec<u64> = Vec::new();
    let mut served = Vec::new();
    loop {
        for (request, order) in play.served() {
            served.push(request / 1000);
            running.push(order);
        }
        if running.is_empty() {
            break;
        }
        assert!(running.len() <= SLOTS);
        play.now += Duration::from_millis(20);
        play.end_of(running.remove(0));
    }
    assert_eq!(served.len() as u64, flood + 3 * quiet);
    for role in 2..=4 {
        let last = served.iter().rposition(|of| *of == role).unwrap();
        // A quarter each, while all wait.
        let fair = 4 * quiet as usize;
        assert!(last < 2 * fair, "role {role}: {last}");
    }
}

#[test]
fn a_satellite_was_warm_if_it_was_ready_before_the_request_came() {
    let warm = |actions: &[Action]| {
        actions.iter().find_map(|action| match action {
            Action::Assign { warm, .. } => Some(*warm),
            _ => None,
        })
    };
    let mut play = Play::warm(1, 8);
    play.now += Duration::from_millis(1);
    play.ask(call(1));
    assert_eq!(warm(&play.actions()), Some(true));
    let mut play = Play::warm(0, 8);
    play.ask(call(1));
    play.now += Duration::from_millis(1);
    assert_eq!(warm(&play.fork_all()), Some(false));
}
