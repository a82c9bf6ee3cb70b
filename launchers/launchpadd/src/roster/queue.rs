//! The requests that wait for a satellite: first come, first served within a role and kind, and the
//! roles take turns, so that one role's hundred sessions do not stand before another's one.
//!
//! A request passes others of whose kind there is no satellite to give. Their roles keep their
//! turns: they are next as soon as there is one.

use super::action::Ticket;
use super::kind::Kind;
use launchpad_protocol::launch::Launch;
use std::collections::VecDeque;
use std::time::Instant;

/// A request and whose it is.
#[derive(Debug, Clone)]
pub struct Call {
    pub ticket: Ticket,
    pub launch: Launch,
    /// The backend's pid.
    pub backend: u32,
    /// When it arrived.
    pub since: Instant,
    /// When it is refused if it still waits; None waits without limit.
    pub deadline: Option<Instant>,
}

impl Call {
    pub fn kind(&self) -> Kind {
        Kind::of(&self.launch)
    }
}

#[derive(Debug, Default)]
pub struct Queue {
    /// The role whose turn it is comes first; no line is empty.
    lines: VecDeque<VecDeque<Call>>,
}

impl Queue {
    pub fn push(&mut self, call: Call) {
        match self.line_of(&call) {
            Some(line) => line.push_back(call),
            None => self.lines.push_back(VecDeque::from([call])),
        }
    }

    /// Gives a call that could not be served its place back: it is the next of its kind.
    pub fn put_back(&mut self, call: Call) {
        let role = call.launch.role;
        match self
            .lines
            .iter()
            .position(|line| line[0].launch.role == role)
        {
            Some(at) => {
                let mut line = self.lines.remove(at).unwrap_or_default();
                line.push_front(call);
                self.lines.push_front(line);
            }
            None => self.lines.push_front(VecDeque::from([call])),
        }
    }

    /// The next call in turn whose kind is `ready`; its role goes to the end.
    pub fn pop(&mut self, ready: impl Fn(Kind) -> bool) -> Option<Call> {
        let is_ready = |call: &Call| ready(call.kind());
        let (turn, place) = self
            .lines
            .iter()
            .enumerate()
            .find_map(|(turn, line)| Some((turn, line.iter().position(is_ready)?)))?;
        let mut line = self.lines.remove(turn)?;
        let call = line.remove(place);
        if !line.is_empty() {
            self.lines.push_back(line);
        }
        call
    }

    pub fn remove(&mut self, ticket: Ticket) -> Option<Call> {
        self.take_first(|call| call.ticket == ticket)
    }

    /// One call of `kind`, whose turn it need not be; its role keeps its own.
    pub fn remove_one_of(&mut self, kind: Kind) -> Option<Call> {
        self.take_first(|call| call.kind() == kind)
    }

    /// One call whose deadline has passed.
    pub fn remove_expired(&mut self, now: Instant) -> Option<Call> {
        self.take_first(|call| call.deadline.is_some_and(|deadline| deadline <= now))
    }

    pub fn contains(&self, ticket: Ticket) -> bool {
        self.iter().any(|call| call.ticket == ticket)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.lines.iter().flatten()
    }

    pub fn len(&self) -> usize {
        self.lines.iter().map(VecDeque::len).sum()
    }

    pub fn count(&self, kind: Kind) -> usize {
        self.iter().filter(|call| call.kind() == kind).count()
    }

    /// The kinds that are waited for: in the order in which their first calls would be served if
    /// all were ready.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut first: Vec<((usize, usize), Kind)> = Vec::new();
        for (turn, line) in self.lines.iter().enumerate() {
            for (round, call) in line.iter().enumerate() {
                let place = (round, turn);
                match first.iter_mut().find(|(_, kind)| *kind == call.kind()) {
                    Some((earliest, _)) => *earliest = place.min(*earliest),
                    None => first.push((place, call.kind())),
                }
            }
        }
        first.sort_by_key(|(place, _)| *place);
        first.into_iter().map(|(_, kind)| kind).collect()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.iter().filter_map(|call| call.deadline).min()
    }

    fn line_of(&mut self, call: &Call) -> Option<&mut VecDeque<Call>> {
        self.lines
            .iter_mut()
            .find(|line| line[0].launch.role == call.launch.role)
    }

    fn take_first(&mut self, wanted: impl Fn(&Call) -> bool) -> Option<Call> {
        for at in 0..self.lines.len() {
            let line = &mut self.lines[at];
            if let Some(place) = line.iter().position(&wanted) {
                let call = line.remove(place);
                if line.is_empty() {
                    self.lines.remove(at);
                }
                return call;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use launchpad_protocol::launch::{Language, Limits};
    use launchpad_protocol::policy::Allowance;

    const PYTHON: Kind = Kind {
        language: Language::Python,
        allowance: CLOSED,
    };

    const CLOSED: Allowance = Allowance {
        network: launchpad_protocol::policy::Network::None,
        programs: false,
        tell_refused: false,
        tmp_limit: 0,
    };

    const PROGRAMS: Kind = Kind {
        language: Language::Python,
        allowance: Allowance {
            programs: true,
            ..CLOSED
        },
    };

    const R: Kind = Kind {
        language: Language::R,
        allowance: CLOSED,
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
                language: kind.language,
                database: 1,
                role,
                limits: Limits::default(),
                allowance: kind.allowance,
                queue_timeout: 0,
                max_satellites_per_role: 0,
                pool: Default::default(),
            },
            backend: 1,
            since: Instant::now(),
            deadline: None,
        }
    }

    fn drain(queue: &mut Queue) -> Vec<u64> {
        pop_all(queue, |_| true)
    }

    fn pop_all(queue: &mut Queue, ready: impl Fn(Kind) -> bool) -> Vec<u64> {
        std::iter::from_fn(|| queue.pop(&ready).map(|call| call.ticket.0)).collect()
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
        assert_eq!(queue.count(R), 3);
        assert_eq!(pop_all(&mut queue, is_python), [2, 6, 5]);
        assert_eq!(drain(&mut queue), [1, 3, 4]);

        // Role 10 has not been served at all: it is still its turn.
        let mut queue = Queue::default();
        queue.push(call_of(R, 1, 10));
        queue.push(call(2, 20));
        queue.push(call(3, 20));
        assert_eq!(queue.pop(is_python).unwrap().ticket, Ticket(2));
        assert_eq!(drain(&mut queue), [1, 3]);
    }

    #[test]
    fn what_is_put_back_is_next_of_its_kind() {
        let mut queue = Queue::default();
        queue.push(call_of(R, 1, 10));
        queue.push(call(2, 10));
        queue.push(call(3, 20));
        let passed = queue.pop(is_python).unwrap();
        assert_eq!(passed.ticket, Ticket(2));
        queue.put_back(passed);
        assert_eq!(queue.pop(is_python).unwrap().ticket, Ticket(2));
        assert_eq!(drain(&mut queue), [3, 1]);
    }

    #[test]
    fn what_may_be_done_is_a_part_of_the_kind() {
        let mut queue = Queue::default();
        queue.push(call_of(PROGRAMS, 1, 10));
        queue.push(call(2, 10));
        assert_eq!((queue.count(PROGRAMS), queue.count(PYTHON)), (1, 1));
        assert_eq!(pop_all(&mut queue, is_python), [2]);
        assert_eq!(pop_all(&mut queue, is_python), []);
        assert_eq!(pop_all(&mut queue, |kind| kind == PROGRAMS), [1]);
    }

    #[test]
    fn kinds_are_in_the_order_of_the_calls() {
        let mut queue = Queue::default();
        assert_eq!(queue.kinds(), []);
        queue.push(call(1, 10));
        queue.push(call_of(R, 2, 10));
        queue.push(call_of(PROGRAMS, 3, 20));
        assert_eq!(queue.kinds(), [PYTHON, PROGRAMS, R]);
        queue.push(call_of(R, 4, 30));
        assert_eq!(queue.kinds(), [PYTHON, PROGRAMS, R]);
        queue.pop(|_| true);
        assert_eq!(queue.kinds(), [PROGRAMS, R]);
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
}
