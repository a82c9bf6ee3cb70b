//! Sessions that hold a satellite and ask for another.

use super::*;

impl Play {
    /// A call of a session that holds a satellite.
    fn launch_inside(&mut self, ticket: u64) {
        self.launch_inside_as(ticket, 10, 0);
    }

    fn launch_inside_as(&mut self, ticket: u64, role: u32, most: i32) {
        let launch = Launch {
            holds: true,
            role,
            max_satellites_per_role: most,
            ..super::pools::call(100 + ticket)
        };
        self.roster.launch(Ticket(ticket), launch, 77, self.now);
    }

    /// A satellite's script and init end.
    fn end(&mut self, order: u64) {
        self.roster.reported(Order(order), ended(0), self.now);
        self.roster.reaped(Order(order), self.now);
    }

    fn running(&self) -> usize {
        let states = self.states().into_iter();
        states.filter(|state| *state == State::Running).count()
    }
}

fn held(wait: Wait, most: u32) -> Refusal {
    Refusal::Held { wait, most }
}

#[test]
fn it_gets_a_warm_one_at_once() {
    let mut play = Play::warm(2, 8);
    play.launch(1, 0);
    play.launch_inside(2);
    assert_eq!(assigned(&play.actions()), [(1, 1), (2, 2)]);
}

#[test]
fn it_gets_a_slot_that_is_left_and_waits_for_the_fork_alone() {
    let mut play = Play::warm(0, 2);
    play.launch(1, 0);
    play.fork_all();
    play.launch_inside(2);
    let order = play.order();
    // Who comes meanwhile does not get its slot, not even with a satellite of another kind.
    play.launch(3, 0);
    assert_eq!(told(&play.actions()), [(3, &ToBackend::Queued)]);
    let lines = play.roster.lines(play.now, 0);
    let waits: Vec<_> = lines.iter().filter_map(|line| line.wait).collect();
    assert_eq!(waits, [Wait::Satellite, Wait::Slots]);
    play.roster.forked(order, 9, play.now);
    play.roster.ready(order, play.now);
    assert_eq!(assigned(&play.actions()), [(2, order.0)]);
}

#[test]
fn it_is_refused_at_once_where_it_would_wait_for_others() {
    let mut play = Play::warm(0, 2);
    play.launch(1, 0);
    play.launch(2, 0);
    play.fork_all();
    play.launch_inside(3);
    assert_eq!(refusals(&play.actions()), [(3, &held(Wait::Slots, 2))]);
    // The slots that are left are those of others that wait for a fork, too.
    let mut play = Play::new(0, 2);
    play.launch(1, 0);
    play.launch(2, 0);
    play.launch_inside(3);
    assert_eq!(refusals(&play.actions()), [(3, &held(Wait::Slots, 2))]);
}

#[test]
fn the_refusal_names_the_limit() {
    let mut play = Play::warm(4, 8);
    play.launch(1, 0);
    play.launch_inside_as(2, 10, 1);
    assert_eq!(refusals(&play.actions()), [(2, &held(Wait::Role, 1))]);
    let launch = Launch {
        holds: true,
        ..super::pools::in_pool(103, pool::DEFAULT, 1)
    };
    play.roster.launch(Ticket(3), launch, 77, play.now);
    assert_eq!(refusals(&play.actions()), [(3, &held(Wait::Pool, 1))]);
    play.pass(SCRIPT_FIRST);
    play.fork_all();
    // All but one, of eight.
    for ticket in 10..16 {
        play.launch_inside_as(ticket, 10, -1);
        play.pass(SCRIPT_FIRST);
        assert_eq!(assigned(&play.fork_all()).len(), 1, "{ticket}");
    }
    play.launch_inside_as(16, 10, -1);
    assert_eq!(refusals(&play.actions()), [(16, &held(Wait::Role, 7))]);
    play.launch_inside_as(17, 20, -1);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
}

#[test]
fn those_who_wait_for_their_role_leave_it_what_is_free() {
    let mut play = Play::warm(2, 4);
    play.launch(1, 0);
    play.actions();
    let behind = |request, role| Launch {
        max_satellites_per_role: 1,
        role,
        ..super::pools::call(request)
    };
    play.roster.launch(Ticket(2), behind(102, 10), 77, play.now);
    assert_eq!(told(&play.actions()), [(2, &ToBackend::Queued)]);
    play.launch_inside_as(3, 20, 0);
    assert_eq!(assigned(&play.actions()), [(3, 2)]);
}

#[test]
fn a_satellite_that_is_being_ended_is_in_nobodys_way() {
    let mut play = Play::warm(2, 2);
    play.launch(1, 0);
    play.launch(2, 0);
    play.fork_all();
    play.roster.reported(Order(2), ended(0), play.now);
    play.launch_inside(3);
    let actions = play.fork_all();
    assert!(assigned(&actions).is_empty() && refusals(&actions).is_empty());
    play.roster.reaped(Order(2), play.now);
    let served = assigned(&play.fork_all());
    assert_eq!((served.len(), served[0].0), (1, 3));
}

#[test]
fn a_promise_ends_with_a_tighter_limit() {
    let mut play = Play::warm(0, 2);
    play.launch(1, 0);
    play.fork_all();
    play.launch_inside(2);
    play.roster.configure(settings(0, 1), false, play.now);
    assert_eq!(refusals(&play.actions()), [(2, &held(Wait::Slots, 1))]);
}

#[test]
fn it_waits_for_a_zygote() {
    let mut play = Play::warm(0, 2);
    play.launch(1, 0);
    play.fork_all();
    play.roster.zygote_killed(Generation(1), "killed", play.now);
    play.launch_inside(2);
    play.launch(3, 0);
    assert!(refusals(&play.actions()).is_empty());
    play.roster.zygote_ready(Generation(2), play.now);
    assert_eq!(assigned(&play.fork_all()).len(), 1);
    assert!(!play.roster.queue.contains(Ticket(2)));
}

#[test]
fn a_slot_that_was_given_is_free_again_when_the_session_goes() {
    let mut play = Play::warm(0, 2);
    play.launch(1, 0);
    play.fork_all();
    play.launch_inside(2);
    play.launch(3, 0);
    play.roster.gone(Ticket(2), play.now);
    assert_eq!(
        assigned(&play.fork_all()).first().map(|pair| pair.0),
        Some(3)
    );
}

#[test]
fn one_whose_satellite_cannot_be_given_keeps_its_slot() {
    let mut play = Play::warm(2, 2);
    play.launch(1, 0);
    play.launch_inside(2);
    play.launch(3, 0);
    play.fork_all();
    play.roster.assign_failed(Order(2), play.now);
    assert_eq!(assigned(&play.fork_all()), [(2, 3)]);
}

/// Eight sessions on four satellites, each of which calls inside of its call: whatever the order of
/// events, all end.
#[test]
fn sessions_that_call_inside_of_calls_all_end() {
    for seed in 1_u64..=50 {
        let mut play = Play::warm(2, 4);
        let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut roll = |sides: usize| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            usize::try_from(dice >> 16).unwrap_or(0) % sides
        };
        (1..=8).for_each(|session| play.launch(session, 0));
        // What serves a ticket; inner calls have tickets of one hundred more.
        let mut serving: Vec<(u64, u64)> = Vec::new();
        let (mut done, mut refused) = (0, 0);
        for _ in 0..2000 {
            play.pass(SCRIPT_FIRST);
            let actions = play.fork_all();
            serving.extend(assigned(&actions));
            for (ticket, _) in refusals(&actions) {
                // Its session's call ends with the error.
                refused += 1;
                play.roster.gone(Ticket(ticket - 100), play.now);
                let at = serving.iter().position(|pair| pair.0 == ticket - 100);
                let (_, order) = serving.remove(at.expect("it runs"));
                play.roster.reaped(Order(order), play.now);
            }
            if serving.is_empty() {
                continue;
            }
            let at = roll(serving.len());
            let (ticket, order) = serving[at];
            let inner = serving.iter().position(|pair| pair.0 == ticket + 100);
            let waits = play.roster.queue.contains(Ticket(ticket + 100));
            if ticket < 100 && inner.is_none() && !waits {
                play.launch_inside(ticket + 100);
            } else if ticket > 100 {
                // The inner call ends, then the outer one.
                serving.remove(at);
                play.end(order);
                let at = serving.iter().position(|pair| pair.0 == ticket - 100);
                let (_, outer) = serving.remove(at.expect("it runs"));
                play.end(outer);
                done += 1;
            }
        }
        assert_eq!(done + refused, 8, "seed {seed}: {done} and {refused}");
        assert_eq!((play.running(), play.roster.queue.len()), (0, 0));
    }
}
