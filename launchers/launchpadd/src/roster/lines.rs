//! The roster as the view `launchpad.satellites` shows it.

use super::Roster;
use super::queue::Call;
use super::satellites::Phase;
use launchpad_protocol::launch::{Line, State, Wait};
use std::time::Instant;

impl Roster {
    /// One line for each waiting request and each satellite. `wall` is what the wall clock shows at
    /// `now`, microseconds since 1970-01-01 UTC.
    pub fn lines(&self, now: Instant, wall: i64) -> Vec<Line> {
        let room = self.room();
        let line = |id, call: Option<&Call>, satellite, state, then| Line {
            request: call.map(|call| call.launch.request),
            backend: call.map(|call| call.backend),
            database: call.map(|call| call.launch.database),
            role: call.map(|call| call.launch.role),
            language: self.environments[id].language,
            satellite,
            state,
            since: on_wall(then, now, wall),
            pool: call.map(|call| call.launch.pool.name.clone()),
            wait: None,
            cpu: None,
            memory: None,
        };
        let queued = self.queue.iter().map(|call| {
            let lack = self.wait(&room, call);
            Line {
                wait: Some(lack.map_or(Wait::Satellite, |(wait, _)| wait)),
                ..line(
                    call.launch.environment,
                    Some(call),
                    None,
                    State::Queued,
                    call.since,
                )
            }
        });
        let satellites = self.satellites.values().map(|satellite| {
            let state = match satellite.phase {
                Phase::Forking | Phase::Warming => State::Warming,
                Phase::Warm => State::Warm,
                Phase::Running => State::Running,
                Phase::Ending => State::Ending,
            };
            line(
                satellite.kind.environment,
                satellite.call.as_ref(),
                satellite.init,
                state,
                satellite.since,
            )
        });
        queued.chain(satellites).collect()
    }
}

/// `then` on the wall clock, which shows `wall` at `now`: microseconds since 1970-01-01 UTC.
pub(super) fn on_wall(then: Instant, now: Instant, wall: i64) -> i64 {
    let micros = now.saturating_duration_since(then).as_micros();
    wall.saturating_sub(i64::try_from(micros).unwrap_or(i64::MAX))
}
