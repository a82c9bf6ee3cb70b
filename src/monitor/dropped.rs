//! Counters of roles and databases that are no more: nobody tells that one was dropped, so it is looked
//! for where it matters. A reader counts them among the rest, as its snapshot has it; that is for good
//! only where there is no room, and when no transaction can have the role or database any more.

use super::counters::Counters;
use super::rows::Key;
use super::shared;
use super::statistics::{ByRole, ByScript};
use crate::memory::{self, NoMemory};
use crate::pg::server::{Certainty, has_written, is_database, is_role};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often a session looks whether there could be room.
const PAUSE: Duration = Duration::from_secs(60);

/// Counts what they have among the rest, of a copy.
pub fn fold<K: Key + Whose>(rows: &mut Vec<(K, Counters)>) {
    for (key, _) in rows
        .iter_mut()
        .filter(|(key, _)| key.is_dropped(Certainty::Seen))
    {
        *key = key.rest();
    }
    rows.sort_unstable_by_key(|(key, _)| *key);
    rows.dedup_by(|(key, counters), (before, sum)| {
        let is_same = key == before;
        if is_same {
            sum.absorb(counters);
        }
        is_same
    });
}

/// The same, of all sessions' own.
fn forget() -> Result<(), NoMemory> {
    // Copied, since look-ups in the catalog may raise.
    let (by_role, by_script) = shared::with_statistics(|table| {
        let by_role = memory::collect(table.by_role.iter().map(|(key, _)| key));
        let by_script = memory::collect(table.by_script.iter().map(|(key, _)| key));
        (by_role, by_script)
    });
    let (mut by_role, mut by_script) = (by_role?, by_script?);
    by_role.retain(|key| key.is_dropped(Certainty::ForGood));
    by_script.retain(|key| key.is_dropped(Certainty::ForGood));
    by_role.sort_unstable();
    by_script.sort_unstable();
    if !(by_role.is_empty() && by_script.is_empty()) {
        shared::with_statistics(|table| {
            table.by_role.forget(&by_role);
            table.by_script.forget(&by_script);
        });
    }
    Ok(())
}

/// Whose counters a key has.
pub trait Whose {
    /// Whether one of them is no more. In a transaction.
    fn is_dropped(&self, certainty: Certainty) -> bool;
}

impl Whose for ByRole {
    fn is_dropped(&self, certainty: Certainty) -> bool {
        lacks(self.role, is_role, certainty) || lacks(self.database, is_database, certainty)
    }
}

impl Whose for ByScript {
    fn is_dropped(&self, certainty: Certainty) -> bool {
        self.of.is_dropped(certainty) || lacks(self.session_role, is_role, certainty)
    }
}

fn lacks(oid: u32, is_known: fn(u32, Certainty) -> bool, certainty: Certainty) -> bool {
    oid != 0 && !is_known(oid, certainty)
}

/// Makes room for a call's counters, if there is none.
pub fn make_room(key: &ByScript) {
    thread_local! {
        static LOOKED: Cell<Option<Instant>> = const { Cell::new(None) };
    }
    let lacks_room = shared::with_statistics(|table| {
        table.by_script.make_room_for(key);
        table.by_role.lacks_room_for(&key.of)
    });
    let was_long_ago = || LOOKED.get().is_none_or(|looked| looked.elapsed() > PAUSE);
    // One that has written may have dropped a role, and take that back.
    if lacks_room && !has_written() && was_long_ago() {
        LOOKED.set(Some(Instant::now()));
        // Without memory there is none.
        let _ = forget();
    }
}
