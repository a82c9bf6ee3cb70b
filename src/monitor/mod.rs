//! What is known of calls while they run and afterwards: their progress in shared memory, the
//! statistics, the line in the server's log.
//!
//! A [`Record`] accompanies each call from its first check to its end, whatever the end is.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod counters;
mod dropped;
pub mod keep;
mod line;
pub mod outcome;
pub mod progress;
mod record;
mod rows;
pub mod statistics;
pub mod view;

pub use outcome::Outcome;
pub use progress::Stage;
pub use record::Record;

use crate::error::CallError;
use crate::pg::shared;
use launchpad_protocol::launch::{Account, Usage};

/// Begins to count anew.
pub fn reset_statistics() -> Result<(), CallError> {
    if !shared::is_preloaded() {
        return Err(CallError::NotPreloaded);
    }
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
