//! What all sessions share: the counter of requests, the progress of calls, the statistics.

use super::progress::{Slots, now};
use super::statistics::Table;
use super::{keep, session_ends};
use crate::pg::messages::{Severity, report};
use crate::pg::shared::{self, Alone, Locked, Registered, Shared, Value};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub use crate::pg::shared::is_preloaded;

static REQUESTS: Shared<AtomicU64> = Shared::new(c"pg_launchpad requests");
static SLOTS: Shared<Slots> = Shared::new(c"pg_launchpad progress");
static STATISTICS: Locked<Table> =
    Locked::new(c"pg_launchpad statistics", c"pg_launchpad statistics lock");

static VALUES: [&dyn Value; 3] = [&REQUESTS, &SLOTS, &STATISTICS];

/// Reserves the memory. Only while the server preloads libraries.
pub fn register() {
    shared::register(Registered {
        values: &VALUES,
        started: read,
        stopped: write,
    });
}

fn read(alone: &mut Alone) {
    STATISTICS.with_alone(alone, |table| {
        table.reset(now());
        log(keep::read(table).map(drop), "read");
    });
}

fn write(alone: &mut Alone) {
    STATISTICS.with_alone(alone, |table| log(keep::write(table), "write"));
}

fn log(done: io::Result<()>, what: &str) {
    if let Err(error) = done {
        let text = format!("launchpad: could not {what} the statistics: {error}");
        report(Severity::Log, &text, None);
    }
}

/// The number of the next request, from 1: unique in the cluster since its start. None when the
/// library was not preloaded.
pub fn next_request() -> Option<u64> {
    is_preloaded().then(|| REQUESTS.get().fetch_add(1, Relaxed) + 1)
}

/// Of a preloaded library.
pub fn slots() -> &'static Slots {
    SLOTS.get()
}

/// Runs `work`, which raises and waits for nothing, on the statistics of a preloaded library.
pub fn with_statistics<T>(work: impl FnOnce(&mut Table) -> T) -> T {
    STATISTICS.with(work)
}

/// A session that is terminated unwinds no frame: the calls that it had open end by a callback.
pub fn mind_the_session() {
    shared::at_exit(session_ends);
}
