//! The requests that wait for a satellite: first come, first served within a role and language, and
//! the roles take turns, so that one role's hundred sessions do not stand before another's one.
//!
//! A request passes others whose language has no satellite to give. Their roles keep their turns:
//! they are next as soon as it has one.

use super::action::Ticket;
use launchpad_protocol::launch::{Language, Launch};
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

    /// Gives a call that could not be served its place back: it is the next of its language.
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

    /// The next call in turn whose language is `ready`; its role goes to the end.
    pub fn pop(&mut self, ready: impl Fn(Language) -> bool) -> Option<Call> {
        let is_ready = |call: &Call| ready(call.launch.language);
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

    /// One call of `language`, whose turn it need not be; its role keeps its own.
    pub fn remove_one_of(&mut self, language: Language) -> Option<Call> {
        self.take_first(|call| call.launch.language == language)
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

    pub fn count(&self, language: Language) -> usize {
        self.iter()
            .filter(|call| call.launch.language == language)
            .count()
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
    use launchpad_protocol::launch::Limits;

    fn call(ticket: u64, role: u32) -> Call {
        call_of(Language::Python, ticket, role)
    }

    fn call_of(language: Language, ticket: u64, role: u32) -> Call {
        Call {
            ticket: Ticket(ticket),
            launch: Launch {
                version: 1,
                request: ticket,
                language,
                database: 1,
                role,
                limits: Limits { memory: 0 },
                allowance: Default::default(),
                queue_timeout: 0,
            },
            backend: 1,
            since: Instant::now(),
            deadline: None,
        }
    }

    fn drain(queue: &mut Queue) -> Vec<u64> {
        pop_all(queue, |_| true)
    }

    fn pop_all(queue: &mut Queue, ready: impl Fn(Language) -> bool) -> Vec<u64> {
        std::iter::from_fn(|| queue.pop(&ready).map(|call| call.ticket.0)).collect()
    }

    fn is_python(language: Language) -> bool {
        language == Language::Python
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
    fn a_language_that_is_not_ready_holds_nobody_up_and_loses_no_turn() {
        let mut queue = Queue::default();
        queue.push(call_of(Language::R, 1, 10));
        queue.push(call(2, 10));
        queue.push(call_of(Language::R, 3, 20));
        queue.push(call_of(Language::R, 4, 20));
        queue.push(call(5, 30));
        queue.push(call(6, 20));
        assert_eq!(queue.count(Language::R), 3);
        assert_eq!(pop_all(&mut queue, is_python), [2, 6, 5]);
        assert_eq!(drain(&mut queue), [1, 3, 4]);

        // Role 10 has not been served at all: it is still its turn.
        let mut queue = Queue::default();
        queue.push(call_of(Language::R, 1, 10));
        queue.push(call(2, 20));
        queue.push(call(3, 20));
        assert_eq!(queue.pop(is_python).unwrap().ticket, Ticket(2));
        assert_eq!(drain(&mut queue), [1, 3]);
    }

    #[test]
    fn what_is_put_back_is_next_of_its_language() {
        let mut queue = Queue::default();
        queue.push(call_of(Language::R, 1, 10));
        queue.push(call(2, 10));
        queue.push(call(3, 20));
        let passed = queue.pop(is_python).unwrap();
        assert_eq!(passed.ticket, Ticket(2));
        queue.put_back(passed);
        assert_eq!(queue.pop(is_python).unwrap().ticket, Ticket(2));
        assert_eq!(drain(&mut queue), [3, 1]);
    }

    #[test]
    fn a_refused_call_costs_its_role_no_turn() {
        let mut queue = Queue::default();
        queue.push(call_of(Language::R, 1, 10));
        queue.push(call(2, 10));
        queue.push(call(3, 20));
        assert_eq!(queue.remove_one_of(Language::R).unwrap().ticket, Ticket(1));
        assert!(queue.remove_one_of(Language::R).is_none());
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
