//! What is known of calls while they run and afterwards: their progress in shared memory, the
//! statistics, the line in the server's log.
//!
//! A [`Record`] accompanies each call from its first check to its end, whatever the end is.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod counters;
pub mod dropped;
pub mod keep;
pub mod line;
pub mod progress;
mod record;
pub mod rows;
pub mod shared;
pub mod statistics;

pub use progress::Stage;
pub use record::Record;

use crate::error::LibraryError;
use launchpad_fault::Outcome;
use launchpad_protocol::launch::{Account, Usage};

/// An error if the library was not preloaded, so that nothing is shared.
pub fn check_preloaded() -> Result<(), LibraryError> {
    let is_preloaded = shared::is_preloaded().then_some(());
    is_preloaded.ok_or(LibraryError::NotPreloaded)
}

/// Begins to count anew.
pub fn reset_statistics() -> Result<(), LibraryError> {
    check_preloaded()?;
    shared::with_statistics(|table| table.reset(progress::now()));
    Ok(())
}

/// Counts what a call used whose end its backend did not wait for; the call itself has been counted.
pub fn count_late(account: &Account, usage: Usage) {
    shared::with_statistics(|table| table.count_late(account, usage));
}

/// Runs when the library is loaded.
pub fn prepare() {
    record::prepare();
}

/// Runs when the session ends: calls that it had open have nobody else to end them.
pub fn session_ends() {
    record::end_all(Outcome::Terminated);
}
