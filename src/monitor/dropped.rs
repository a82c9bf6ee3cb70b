//! Counters of roles and databases that are no more: nobody tells that one was dropped, so it is looked
//! for where it matters.

use super::shared;
use super::statistics::{ByRole, ByScript};
use crate::memory::{self, NoMemory};
use crate::pg::server::{is_database, is_role};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often a session looks whether there could be room.
const PAUSE: Duration = Duration::from_secs(60);

/// Counts what they have among the rest. In a transaction.
pub fn forget() -> Result<(), NoMemory> {
    // Copied, since look-ups in the catalog may raise.
    let (by_role, by_script) = shared::with_statistics(|table| {
        let by_role = memory::collect(table.by_role.iter().map(|(key, _)| key));
        let by_script = memory::collect(table.by_script.iter().map(|(key, _)| key));
        (by_role, by_script)
    });
    let (mut by_role, mut by_script) = (by_role?, by_script?);
    by_role.retain(is_dropped);
    by_script.retain(|key: &ByScript| is_dropped(&key.of) || lacks(key.session_role, is_role));
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

fn is_dropped(key: &ByRole) -> bool {
    lacks(key.role, is_role) || lacks(key.database, is_database)
}

fn lacks(oid: u32, is_known: fn(u32) -> bool) -> bool {
    oid != 0 && !is_known(oid)
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
    if lacks_room && was_long_ago() {
        LOOKED.set(Some(Instant::now()));
        // Without memory there is none.
        let _ = forget();
    }
}
