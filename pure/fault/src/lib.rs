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

/// What can be done about a process that may not open more files.
pub const OPEN_FILES_HINT: &str =
    "Raise the limit of open files of the server's processes (ulimit -n, LimitNOFILE).";

// Linux's numbers for them.
const ENOMEM: i32 = 12;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;

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

    /// A system call failed, which was to do `what`. The SQLSTATEs are PostgreSQL's own for these errors.
    pub fn system_call(
        outcome: Outcome,
        what: impl Display,
        error: impl Into<std::io::Error>,
    ) -> Self {
        let error = error.into();
        let (sqlstate, hint) = match error.raw_os_error() {
            Some(EMFILE) => (SqlState::INSUFFICIENT_RESOURCES, Some(OPEN_FILES_HINT)),
            Some(ENFILE) => (
                SqlState::INSUFFICIENT_RESOURCES,
                Some(
                    "The host has no file descriptors left: raise its limit (sysctl fs.file-max).",
                ),
            ),
            Some(ENOMEM) => (SqlState::OUT_OF_MEMORY, Some(MEMORY_HINT)),
            Some(ENOSPC) => (SqlState::DISK_FULL, None),
            _ => (SqlState::SYSTEM_ERROR, None),
        };
        let report = Report::new(sqlstate, outcome, format!("could not {what}: {error}"));
        match hint {
            Some(hint) => report.set_hint(hint),
            None => report,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Error;

    #[test]
    fn a_system_call_fails_as_postgresql_says_it() {
        let report =
            |errno| Report::system_call(Outcome::Other, "do it", Error::from_raw_os_error(errno));
        let files = report(EMFILE);
        assert_eq!(
            files.message,
            "could not do it: Too many open files (os error 24)"
        );
        assert_eq!(files.hint.as_deref(), Some(OPEN_FILES_HINT));
        for (errno, name, state) in [
            (
                EMFILE,
                "Too many open files",
                SqlState::INSUFFICIENT_RESOURCES,
            ),
            (
                ENFILE,
                "Too many open files in system",
                SqlState::INSUFFICIENT_RESOURCES,
            ),
            (ENOMEM, "Cannot allocate memory", SqlState::OUT_OF_MEMORY),
            (ENOSPC, "No space left on device", SqlState::DISK_FULL),
            (5, "Input/output error", SqlState::SYSTEM_ERROR),
        ] {
            let report = report(errno);
            assert!(report.message.contains(name), "{}", report.message);
            assert_eq!(report.sqlstate, state, "{name}");
        }
    }
}
