//! What an error is: its SQLSTATE, its words, and what the call ended in. Pure, and below everything
//! else.
//!
//! Each room has an error of its own, and says beside its definition, in one `match`, all that is told
//! of each variant. Message: lower case, with the facts. DETAIL: evidence. HINT: what to do, with the
//! setting's name. What they show of settings, the error carries: the call's own, which may have been
//! changed since.

mod outcome;
mod sqlstate;

pub use outcome::Outcome;
pub use sqlstate::SqlState;

use std::any::Any;
use std::fmt::{Debug, Display};

/// An error of ours.
pub trait Fault: Any + Debug {
    fn report(&self) -> Report;
}

/// All that is told of an error, in UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub sqlstate: SqlState,
    pub outcome: Outcome,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

/// What can be done about memory that the server's host lacks.
pub const MEMORY_HINT: &str =
    "The server's host has too little memory for what this call sends or returns, or limits it.";

impl Report {
    pub fn new(sqlstate: SqlState, outcome: Outcome, message: impl Into<String>) -> Self {
        Report {
            sqlstate,
            outcome,
            message: message.into(),
            detail: None,
            hint: None,
        }
    }

    pub fn set_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn set_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The system refused so many bytes: in the words of PostgreSQL's own allocator.
    pub fn out_of_memory(outcome: Outcome, bytes: usize) -> Self {
        Report::new(SqlState::OUT_OF_MEMORY, outcome, "out of memory")
            .set_detail(format!("Failed on request of size {bytes}."))
            .set_hint(MEMORY_HINT)
    }

    /// By `launchpad.cancel`, in the queue or later.
    pub fn cancelled() -> Self {
        Report::new(
            SqlState::QUERY_CANCELED,
            Outcome::Cancelled,
            "the call was ended by launchpad.cancel",
        )
    }

    /// `what` came from a satellite, which no launcher of ours sends.
    pub fn broken_protocol(what: impl Display) -> Self {
        Report::new(
            SqlState::EXTERNAL_ROUTINE_EXCEPTION,
            Outcome::Died,
            "the satellite broke the protocol",
        )
        .set_detail(format!("{what}."))
    }
}
