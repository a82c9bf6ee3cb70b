//! The roster as the views show it.

use super::kind::{Kind, Variant};
use super::queue::Call;
use super::{Health, Roster};
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Language, Line, State, Wait};
use launchpad_protocol::pool::PoolLine;
use std::time::Instant;

impl Roster {
    /// `launchpad.satellites`: one line for each waiting request and each satellite. `wall` is what the
    /// wall clock shows at `now`, microseconds since 1970-01-01 UTC.
    pub fn lines(&self, now: Instant, wall: i64) -> Vec<Line> {
        let capacity = self.book.capacity();
        let language = |kind: Kind| self.environments[kind.variant()].language();
        let on_wall = |then| on_wall(then, now, wall);
        let queued = self.queue.iter().map(|call| {
            let (language, since) = (language(call.kind), on_wall(call.since));
            let lack = capacity.wait(call);
            Line {
                wait: Some(lack.map_or(Wait::Satellite, |(wait, _)| wait)),
                ..line(language, Some(call), State::Queued, since)
            }
        });
        queued.chain(self.fleet.lines(language, on_wall)).collect()
    }

    /// `launchpad.pools`: one line for each pool that has been used.
    pub fn pool_lines(&self, now: Instant, wall: i64) -> Vec<PoolLine> {
        self.book
            .lines(&self.queue, |then| on_wall(then, now, wall))
    }

    /// For `launchpad.check()`.
    pub fn health(&self, id: EnvironmentId) -> Health {
        match self.settings.program(id) {
            Some(_) => self.environments[Variant::usual(id, &self.settings)].health(),
            None => Health::NotOffered,
        }
    }
}

/// `since`: microseconds since 1970-01-01 UTC.
pub(super) fn line(language: Language, call: Option<&Call>, state: State, since: i64) -> Line {
    Line {
        request: call.map(|call| call.launch.request),
        backend: call.map(|call| call.backend),
        database: call.map(|call| call.launch.database),
        role: call.map(|call| call.launch.role),
        language,
        satellite: None,
        state,
        since,
        pool: call.map(|call| call.launch.pool.name.clone()),
        wait: None,
        cpu: None,
        memory: None,
    }
}

/// `then` on the wall clock, which shows `wall` at `now`.
fn on_wall(then: Instant, now: Instant, wall: i64) -> i64 {
    let micros = now.saturating_duration_since(then).as_micros();
    wall.saturating_sub(i64::try_from(micros).unwrap_or(i64::MAX))
}
