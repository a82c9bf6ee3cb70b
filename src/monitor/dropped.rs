//! Counters of roles and databases that are no more: nobody tells that one was dropped, so it is looked
//! for where it matters.

use super::shared;
use super::statistics::Key;
use crate::memory::{self, NoMemory};
use crate::pg::server::{is_database, is_role};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often a session looks whether there could be room.
const PAUSE: Duration = Duration::from_secs(60);

/// Counts what they have among the rest. In a transaction.
pub fn forget() -> Result<(), NoMemory> {
    // Copied, since look-ups in the catalog may raise.
    let entries = shared::with_statistics(|table| memory::copy(table.entries()))?;
    let mut gone = memory::with_capacity(entries.len())?;
    for (key, _) in entries {
        let is_dropped = |oid: u32, is_known: fn(u32) -> bool| oid != 0 && !is_known(oid);
        if is_dropped(key.role, is_role) || is_dropped(key.database, is_database) {
            memory::push(&mut gone, key)?;
        }
    }
    if !gone.is_empty() {
        shared::with_statistics(|table| table.forget(&gone));
    }
    Ok(())
}

/// Makes room for a call's counters, if there is none.
pub fn make_room(key: Key) {
    thread_local! {
        static LOOKED: Cell<Option<Instant>> = const { Cell::new(None) };
    }
    let was_long_ago = LOOKED.get().is_none_or(|looked| looked.elapsed() > PAUSE);
    if was_long_ago && shared::with_statistics(|table| table.lacks_room_for(&key)) {
        LOOKED.set(Some(Instant::now()));
        // Without memory there is none.
        let _ = forget();
    }
}
