//! The requests that wait for a satellite: first come, first served within a role, and the roles
//! take turns, so that one role's hundred sessions do not stand before another's one.

use super::action::Ticket;
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

    /// Gives a call that could not be served its place at the head back.
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

    /// The next call in turn; its role goes to the end.
    pub fn pop(&mut self) -> Option<Call> {
        let mut line = self.lines.pop_front()?;
        let call = line.pop_front();
        if !line.is_empty() {
            self.lines.push_back(line);
        }
        call
    }

    pub fn remove(&mut self, ticket: Ticket) -> Option<Call> {
        self.take_first(|call| call.ticket == ticket)
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

    fn call(ticket: u64, role: u32) -> Call {
        Call {
            ticket: Ticket(ticket),
            launch: Launch {
                version: 1,
                request: ticket,
                language: Language::Python,
                database: 1,
                role,
                limits: Limits { memory: 0 },
                queue_timeout: 0,
            },
            backend: 1,
            since: Instant::now(),
            deadline: None,
        }
    }

    fn drain(queue: &mut Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.pop().map(|call| call.ticket.0)).collect()
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
        let first = queue.pop().unwrap();
        queue.put_back(first);
        assert_eq!(drain(&mut queue), [1, 3, 2]);
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
