//! Whose turn it is.

use super::*;
use crate::roster::queue::Call;

const PYTHON: Kind = Kind {
    environment: EnvironmentId::of(Language::PYTHON),
    allowance: CLOSED,
    pool: PoolId::DEFAULT,
};

const CLOSED: Allowance = Allowance {
    network: launchpad_protocol::policy::Network::None,
    programs: false,
    tell_refused: false,
    tmp_limit: 0,
};

const LOUD: Kind = Kind {
    environment: EnvironmentId::of(Language::PYTHON),
    allowance: Allowance {
        programs: true,
        ..CLOSED
    },
    pool: PoolId::DEFAULT,
};

const R: Kind = Kind {
    environment: EnvironmentId::of(Language::R),
    allowance: CLOSED,
    pool: PoolId::DEFAULT,
};

fn call(ticket: u64, role: u32) -> Call {
    call_of(PYTHON, ticket, role)
}

fn call_of(kind: Kind, ticket: u64, role: u32) -> Call {
    Call {
        ticket: Ticket(ticket),
        launch: Launch {
            version: 1,
            request: ticket,
            environment: kind.environment,
            database: 1,
            role,
            current_role: 10,
            script: 1,
            limits: Limits::default(),
            allowance: kind.allowance,
            queue_timeout: 0,
            max_satellites_per_role: 0,
            holds: false,
            pool: Default::default(),
        },
        kind,
        pool: kind.pool,
        backend: 1,
        since: Instant::now(),
        deadline: None,
    }
}

fn drain(queue: &mut Queue) -> Vec<u64> {
    pop_all(queue, |_| true)
}

fn pop_all(queue: &mut Queue, ready: impl Fn(Kind) -> bool) -> Vec<u64> {
    std::iter::from_fn(|| queue.pop(|call| ready(call.kind)))
        .map(|call| call.ticket.0)
        .collect()
}

fn is_python(kind: Kind) -> bool {
    kind == PYTHON
}

#[test]
fn one_role_is_first_come_first_served() {
    let mut queue = Queue::default();
    (1..=4).for_each(|ticket| queue.push(call(ticket, 10)));
    assert_eq!(queue.len(), 4);
    assert_eq!(drain(&mut queue), [1, 2, 3, 4]);
}

#[test]
fn roles_take_turns() {
    let mut queue = Queue::default();
    for (ticket, role) in [(1, 10), (2, 10), (3, 10), (4, 20), (5, 30), (6, 20)] {
        queue.push(call(ticket, role));
    }
    assert_eq!(drain(&mut queue), [1, 4, 5, 2, 6, 3]);
}

#[test]
fn what_is_put_back_is_next() {
    let mut queue = Queue::default();
    for (ticket, role) in [(1, 10), (2, 10), (3, 20)] {
        queue.push(call(ticket, role));
    }
    let first = queue.pop(|_| true).unwrap();
    queue.put_back(first);
    assert_eq!(drain(&mut queue), [1, 3, 2]);
}

#[test]
fn a_kind_that_is_not_ready_holds_nobody_up_and_loses_no_turn() {
    let mut queue = Queue::default();
    queue.push(call_of(R, 1, 10));
    queue.push(call(2, 10));
    queue.push(call_of(R, 3, 20));
    queue.push(call_of(R, 4, 20));
    queue.push(call(5, 30));
    queue.push(call(6, 20));
    assert_eq!(queue.of(R).count(), 3);
    assert_eq!(pop_all(&mut queue, is_python), [2, 5, 6]);
    assert_eq!(drain(&mut queue), [1, 3, 4]);

    // Role 10 has not been served at all: it is still its turn.
    let mut queue = Queue::default();
    queue.push(call_of(R, 1, 10));
    queue.push(call(2, 20));
    queue.push(call(3, 20));
    assert_eq!(
        queue.pop(|call| is_python(call.kind)).unwrap().ticket,
        Ticket(2)
    );
    assert_eq!(drain(&mut queue), [1, 3]);
}

#[test]
fn what_is_put_back_is_next_of_its_kind() {
    let mut queue = Queue::default();
    queue.push(call_of(R, 1, 10));
    queue.push(call(2, 10));
    queue.push(call(3, 20));
    let passed = queue.pop(|call| is_python(call.kind)).unwrap();
    assert_eq!(passed.ticket, Ticket(2));
    queue.put_back(passed);
    assert_eq!(
        queue.pop(|call| is_python(call.kind)).unwrap().ticket,
        Ticket(2)
    );
    assert_eq!(drain(&mut queue), [3, 1]);
}

#[test]
fn what_may_be_done_is_a_part_of_the_kind() {
    let mut queue = Queue::default();
    queue.push(call_of(LOUD, 1, 10));
    queue.push(call(2, 10));
    assert_eq!((queue.of(LOUD).count(), queue.of(PYTHON).count()), (1, 1));
    assert_eq!(pop_all(&mut queue, is_python), [2]);
    assert_eq!(pop_all(&mut queue, is_python), []);
    assert_eq!(pop_all(&mut queue, |kind| kind == LOUD), [1]);
}

#[test]
fn kinds_are_in_the_order_of_the_calls() {
    let mut queue = Queue::default();
    assert_eq!(queue.kinds(), []);
    queue.push(call(1, 10));
    queue.push(call_of(R, 2, 10));
    queue.push(call_of(LOUD, 3, 20));
    assert_eq!(queue.kinds(), [PYTHON, LOUD, R]);
    queue.push(call_of(R, 4, 30));
    assert_eq!(queue.kinds(), [PYTHON, LOUD, R]);
    queue.pop(|_| true);
    assert_eq!(queue.kinds(), [LOUD, R]);
}

#[test]
fn a_refused_call_costs_its_role_no_turn() {
    let mut queue = Queue::default();
    queue.push(call_of(R, 1, 10));
    queue.push(call(2, 10));
    queue.push(call(3, 20));
    assert_eq!(queue.remove_one_of(R).unwrap().ticket, Ticket(1));
    assert!(queue.remove_one_of(R).is_none());
    assert_eq!(drain(&mut queue), [2, 3]);
}

#[test]
fn removing_leaves_no_empty_line() {
    let mut queue = Queue::default();
    queue.push(call(1, 10));
    queue.push(call(2, 20));
    assert!(queue.remove(Ticket(1)).is_some());
    assert!(queue.remove(Ticket(1)).is_none());
    assert!(!queue.contains(Ticket(1)));
    assert_eq!(drain(&mut queue), [2]);
}

#[test]
fn a_role_that_is_served_in_one_pool_loses_no_turn_in_another() {
    let in_pool = |ticket, role, pool| {
        let mut call = call(ticket, role);
        call.pool = PoolId(pool);
        call
    };
    let mut queue = Queue::default();
    for (ticket, role, pool) in [(1, 10, 1), (2, 20, 1), (3, 10, 1), (4, 20, 1)] {
        queue.push(in_pool(ticket, role, pool));
    }
    for ticket in 5..8 {
        queue.push(in_pool(ticket, 10, 2));
    }
    let mut served = Vec::new();
    for _ in 0..3 {
        // Pool 2 has room twice as often.
        for pool in [2, 1] {
            let call = queue.pop(|call| call.pool == PoolId(pool)).unwrap();
            served.push(call.ticket.0);
        }
    }
    assert_eq!(served, [5, 1, 6, 2, 7, 3]);
    assert_eq!(drain(&mut queue), [4]);
}
