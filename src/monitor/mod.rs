//! What is known of calls while they run and afterwards: their progress in shared memory, the
//! statistics, the line in the server's log.
//!
//! A [`Record`] accompanies each call from its first check to its end, whatever the end is.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod dropped;
pub mod keep;
mod line;
pub mod progress;
mod record;
pub mod statistics;
pub mod view;

pub use progress::Stage;
pub use record::Record;

use crate::error::LibraryError;
use crate::pg::shared;
use launchpad_fault::Outcome;

/// Begins to count anew.
pub fn reset_statistics() -> Result<(), LibraryError> {
    if !shared::is_preloaded() {
        return Err(LibraryError::NotPreloaded);
    }
    shared::with_statistics(|table| table.reset(progress::now()));
    Ok(())
}

/// Runs when the library is loaded.
pub fn prepare() {
    record::prepare();
}

/// Runs when the session ends: calls that it had open have nobody else to end them.
pub fn session_ends() {
    record::end_all(Outcome::Terminated);
}
