//! An error on its way out of the library, whichever room it comes from. Each room's own has its words
//! beside its definition; here are those that belong to no room, and those of a satellite.

mod denied;
mod satellite;

pub use satellite::{SatelliteError, Terms};

use crate::pg::caught::Caught;
use crate::pg::guard::{PgError, Thrown};
use crate::pg::query::PrepareError;
use crate::pg::report::raw;
use crate::pg::server::{is_in_recovery, statement_is_late};
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use std::any::Any;

/// Why a function of the library's fails. Any room's error becomes one by `?`.
#[derive(Debug)]
pub enum CallError {
    /// PostgreSQL's own, of the input query; raised again as it was.
    Query(PgError),
    /// PostgreSQL's own, of whatever else the call did; the same.
    Caught(Box<Caught>),
    /// Ours, and what its CONTEXT says.
    Fault(Box<dyn Fault>, Option<String>),
}

impl<F: Fault> From<F> for CallError {
    fn from(fault: F) -> Self {
        CallError::Fault(Box::new(fault), None)
    }
}

impl From<PgError> for CallError {
    fn from(error: PgError) -> Self {
        CallError::Query(error)
    }
}

impl From<PrepareError> for CallError {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Query(error) => error.into(),
            PrepareError::Unfit(error) => error.into(),
        }
    }
}

impl CallError {
    /// `context`: what the CONTEXT of an error of ours says. That of PostgreSQL's own is complete.
    pub fn within(self, context: String) -> Self {
        match self {
            CallError::Fault(fault, _) => CallError::Fault(fault, Some(context)),
            error => error,
        }
    }

    /// The room's error, if it is of that kind.
    pub fn fault<F: Fault>(&self) -> Option<&F> {
        match self {
            CallError::Fault(fault, _) => (&**fault as &dyn Any).downcast_ref(),
            CallError::Query(_) | CallError::Caught(_) => None,
        }
    }

    /// What the call has ended in, now.
    pub fn outcome(&self) -> (Outcome, SqlState) {
        let (outcome, sqlstate) = match self {
            CallError::Query(error) => (Outcome::Input, error.sqlstate()),
            CallError::Caught(caught) => (Outcome::Other, caught.sqlstate()),
            CallError::Fault(fault, _) => {
                let report = fault.report();
                return (report.outcome, report.sqlstate);
            }
        };
        let outcome = match sqlstate {
            SqlState::QUERY_CANCELED if statement_is_late() => Outcome::Timeout,
            SqlState::QUERY_CANCELED => Outcome::Cancelled,
            // A standby's replay was in conflict with the statement.
            SqlState::SERIALIZATION_FAILURE if is_in_recovery() => Outcome::Cancelled,
            // temp_file_limit
            SqlState::CONFIGURATION_LIMIT_EXCEEDED => Outcome::Limit,
            _ => outcome,
        };
        (outcome, sqlstate)
    }
}

/// For the outermost frame to raise.
impl From<CallError> for Thrown {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Query(error) => error.into_thrown(),
            CallError::Caught(caught) => caught.into_thrown(),
            CallError::Fault(fault, context) => {
                Thrown::New(raw(&fault.report(), context.as_deref()))
            }
        }
    }
}

/// What the library finds itself in, whichever of its functions is called.
#[derive(Debug, Clone, Copy)]
pub enum LibraryError {
    NotPreloaded,
    /// The database's extension is of another version than the library.
    OtherSql,
    /// A function written in one of our languages.
    NoFunctions,
    /// The extension's own schema cannot be made.
    SchemaExists,
}

impl Fault for LibraryError {
    fn report(&self) -> Report {
        match self {
            LibraryError::NotPreloaded => Report::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                Outcome::Refused,
                "pg_launchpad is not preloaded",
            )
            .set_hint("Add pg_launchpad to shared_preload_libraries in postgresql.conf and restart the server."),
            LibraryError::OtherSql => Report::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                Outcome::Other,
                "the extension in this database has a different version from its library",
            )
            .set_hint("Run ALTER EXTENSION pg_launchpad UPDATE in this database."),
            LibraryError::NoFunctions => Report::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                Outcome::Other,
                "functions cannot be written in the launchpad's languages",
            )
            .set_hint("These languages exist only for GRANT USAGE. Write the function in another language, and call execute_external_script in it."),
            LibraryError::SchemaExists => Report::new(
                SqlState::DUPLICATE_SCHEMA,
                Outcome::Other,
                "schema \"launchpad\" already exists",
            )
            .set_detail("The extension creates it for its views and functions, and does not take over a schema that others could have put objects into.")
            .set_hint("Drop or rename it. CREATE EXTENSION … SCHEMA names a different one, that of execute_external_script and sp_execute_external_script."),
        }
    }
}

/// A system call of ours failed.
#[derive(Debug)]
struct OsError {
    what: &'static str,
    errno: nix::errno::Errno,
}

impl Fault for OsError {
    fn report(&self) -> Report {
        Report::system_call(Outcome::Other, self.what, self.errno)
    }
}

/// For `map_err`: the system call that `what` names failed.
pub fn os(what: &'static str) -> impl Fn(nix::errno::Errno) -> CallError {
    move |errno| OsError { what, errno }.into()
}
