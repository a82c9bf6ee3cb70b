//! The requests that wait for a satellite: first come, first served within a role, pool and kind, and
//! the roles take turns, so that one role's hundred sessions do not stand before another's one.
//!
//! A request passes others that cannot be served now: there is no satellite of their kind to give, or
//! their pool or role has all that it may have. Their roles keep their turns: they are next as soon as
//! there is what they wait for. The turns are kept for each pool and kind, so that a role that is
//! served here loses none there, and once more for all of them together.

use super::action::Ticket;
use super::book::{Holder, PoolId};
use super::kind::Kind;
use launchpad_protocol::launch::Launch;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

/// A request and whose it is.
#[derive(Debug, Clone)]
pub struct Call {
    pub ticket: Ticket,
    pub launch: Launch,
    /// What its satellite must have been made for.
    pub kind: Kind,
    pub pool: PoolId,
    /// The backend's pid.
    pub backend: u32,
    /// When it arrived.
    pub since: Instant,
    /// When it is refused if it still waits; None waits without limit.
    pub deadline: Option<Instant>,
}

/// The calls among which the roles take turns.
type Class = (PoolId, Kind);

impl Call {
    pub fn holder(&self) -> Holder {
        Holder {
            role: self.launch.role,
            pool: self.pool,
            database: self.launch.database,
        }
    }

    fn class(&self) -> Class {
        (self.pool, self.kind)
    }
}

/// One role's calls; there is at least one.
#[derive(Debug)]
struct Line {
    role: u32,
    /// In the order of their arrival.
    calls: VecDeque<Call>,
    /// When the role's turn is in each class of its calls: the lowest number comes first.
    turns: HashMap<Class, u64>,
}

#[derive(Debug, Default)]
pub struct Queue {
    /// The role whose turn it is comes first.
    lines: VecDeque<Line>,
    /// The last number of a turn.
    last_turn: u64,
    /// Kinds that are waited for, of which calls could have been served before others if there had
    /// been a satellite.
    passed: HashSet<Kind>,
}

impl Line {
    fn of(call: Call, turn: u64) -> Self {
        Line {
            role: call.launch.role,
            turns: HashMap::from([(call.class(), turn)]),
            calls: VecDeque::from([call]),
        }
    }

    /// Takes a call out; the role keeps its turn.
    fn take(&mut self, place: usize) -> Option<Call> {
        let call = self.calls.remove(place)?;
        let class = call.class();
        if !self.calls.iter().any(|other| other.class() == class) {
            self.turns.remove(&class);
        }
        Some(call)
    }
}

impl Queue {
    pub fn push(&mut self, call: Call) {
        let turn = self.next_turn();
        match self.line_of(call.launch.role) {
            Some(at) => {
                let line = &mut self.lines[at];
                line.turns.entry(call.class()).or_insert(turn);
                line.calls.push_back(call);
            }
            None => self.lines.push_back(Line::of(call, turn)),
        }
    }

    /// Gives a call that could not be served its place back: it is the next of its kind.
    pub fn put_back(&mut self, call: Call) {
        let line = match self.line_of(call.launch.role) {
            Some(at) => self.lines.remove(at),
            None => None,
        };
        let line = match line {
            Some(mut line) => {
                line.turns.insert(call.class(), 0);
                line.calls.push_front(call);
                line
            }
            None => Line::of(call, 0),
        };
        self.lines.push_front(line);
    }

    /// The next call in turn that is `ready`; its role goes to the end.
    pub fn pop(&mut self, ready: impl Fn(&Call) -> bool) -> Option<Call> {
        // In each class, the place of the one call that is next.
        let mut next: HashMap<Class, (u64, usize, usize)> = HashMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            for (place, call) in line.calls.iter().enumerate() {
                let class = call.class();
                let turn = line.turns.get(&class).copied().unwrap_or(0);
                let is_later = next.get(&class).is_some_and(|(first, ..)| *first <= turn);
                if !is_later && ready(call) {
                    next.insert(class, (turn, at, place));
                }
            }
        }
        let (_, at, place) = next
            .into_values()
            .min_by_key(|(_, at, place)| (*at, *place))?;
        let turn = self.next_turn();
        let mut line = self.lines.remove(at)?;
        let call = line.take(place)?;
        if let Some(last) = line.turns.get_mut(&call.class()) {
            *last = turn;
        }
        if !line.calls.is_empty() {
            self.lines.push_back(line);
        }
        self.passed.remove(&call.kind);
        Some(call)
    }

    pub fn remove(&mut self, ticket: Ticket) -> Option<Call> {
        self.take_first(|call| call.ticket == ticket)
    }

    /// Another call is served before those that `passed` is true of, which lack nothing but satellites.
    pub fn pass(&mut self, passed: impl Fn(&Call) -> bool) {
        let calls = self.lines.iter().flat_map(|line| &line.calls);
        let kinds = calls.filter(|call| passed(call)).map(|call| call.kind);
        self.passed.extend(kinds);
    }

    pub fn was_passed(&self, kind: Kind) -> bool {
        self.passed.contains(&kind)
    }

    pub fn remove_request(&mut self, request: u64) -> Option<Call> {
        self.take_first(|call| call.launch.request == request)
    }

    /// One call of `kind`, whose turn it need not be; its role keeps its own.
    pub fn remove_one_of(&mut self, kind: Kind) -> Option<Call> {
        self.take_first(|call| call.kind == kind)
    }

    /// One call whose deadline has passed.
    pub fn remove_expired(&mut self, now: Instant) -> Option<Call> {
        self.take_first(|call| call.deadline.is_some_and(|deadline| deadline <= now))
    }

    pub fn contains(&self, ticket: Ticket) -> bool {
        self.iter().any(|call| call.ticket == ticket)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.lines.iter().flat_map(|line| &line.calls)
    }

    pub fn len(&self) -> usize {
        self.lines.iter().map(|line| line.calls.len()).sum()
    }

    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Call> {
        self.iter().filter(move |call| call.kind == kind)
    }

    /// The kinds that are waited for: in the order in which their first calls would be served if
    /// all were ready.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut first: HashMap<Kind, (usize, usize)> = HashMap::new();
        for (turn, line) in self.lines.iter().enumerate() {
            for (round, call) in line.calls.iter().enumerate() {
                let earliest = first.entry(call.kind).or_insert((round, turn));
                *earliest = (round, turn).min(*earliest);
            }
        }
        let mut kinds: Vec<_> = first.into_iter().collect();
        kinds.sort_by_key(|(_, place)| *place);
        kinds.into_iter().map(|(kind, _)| kind).collect()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.iter().filter_map(|call| call.deadline).min()
    }

    fn next_turn(&mut self) -> u64 {
        self.last_turn += 1;
        self.last_turn
    }

    fn line_of(&self, role: u32) -> Option<usize> {
        self.lines.iter().position(|line| line.role == role)
    }

    fn take_first(&mut self, wanted: impl Fn(&Call) -> bool) -> Option<Call> {
        for at in 0..self.lines.len() {
            let line = &mut self.lines[at];
            if let Some(place) = line.calls.iter().position(&wanted) {
                let call = line.take(place)?;
                if line.calls.is_empty() {
                    self.lines.remove(at);
                }
                if self.of(call.kind).next().is_none() {
                    self.passed.remove(&call.kind);
                }
                return Some(call);
            }
        }
        None
    }
}
