//! What a call ended in, as statistics and log tell it.

use crate::error::CallError;
use crate::streams::decode::StreamError;
use launchpad_protocol::control::Failure;
use launchpad_protocol::launch::{Ending, Refusal};
use pgrx::PgSqlErrorCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    /// The script failed.
    Script,
    /// The arguments or the input query did.
    Input,
    /// What came back does not fit.
    Result,
    /// No satellite was given.
    Refused,
    /// A limit was reached.
    Limit,
    /// `launchpad.script_timeout` or `statement_timeout`
    Timeout,
    /// By the client, `pg_cancel_backend` or `launchpad.cancel`.
    Cancelled,
    /// The satellite was killed, crashed, or broke the protocol.
    Died,
    /// The session ended.
    Terminated,
    Other,
}

impl Outcome {
    /// As the log writes it.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Script => "script_error",
            Outcome::Input => "input_error",
            Outcome::Result => "result_error",
            Outcome::Refused => "refused",
            Outcome::Limit => "limit",
            Outcome::Timeout => "timeout",
            Outcome::Cancelled => "cancelled",
            Outcome::Died => "died",
            Outcome::Terminated => "terminated",
            Outcome::Other => "other_error",
        }
    }

    /// Of an error that a call returns, as far as its kind tells.
    pub fn of(error: &CallError) -> Self {
        match error {
            CallError::Query(_)
            | CallError::Request(_)
            | CallError::Params(_)
            | CallError::Statements(_)
            | CallError::NotReading(_)
            | CallError::QueryNul
            | CallError::ParameterNul(_)
            | CallError::ColumnName(_)
            | CallError::NoList(..)
            | CallError::RowTooLarge(_)
            | CallError::TooManyNames
            | CallError::Text(..) => Outcome::Input,
            CallError::Script(_, Failure::Result { .. })
            | CallError::ColumnCount { .. }
            | CallError::ColumnType { .. }
            | CallError::Cell(_)
            | CallError::Stream(StreamError::Type { .. }) => Outcome::Result,
            CallError::Script(..) => Outcome::Script,
            CallError::Died { how, .. } => of_death(*how),
            CallError::ScriptTimeout { .. } => Outcome::Timeout,
            CallError::Stream(_)
            | CallError::Control(_)
            | CallError::ReadBack(_)
            | CallError::RowCount { .. }
            | CallError::LaunchpadGone => Outcome::Died,
            CallError::Refused(Refusal::Cancelled) => Outcome::Cancelled,
            CallError::Refused(_)
            | CallError::TooDeep { .. }
            | CallError::NotPreloaded
            | CallError::Disabled
            | CallError::Restricted
            | CallError::ParallelWorker
            | CallError::ProgramsInContainer
            | CallError::LanguageDenied(_)
            | CallError::NoPool(_)
            | CallError::NoProcessor { .. }
            | CallError::NotRunning(_)
            | CallError::Silent
            | CallError::NoDescriptors => Outcome::Refused,
            CallError::NoMemory(_)
            | CallError::OtherSql
            | CallError::NoFunctions
            | CallError::Processors(..)
            | CallError::NotYours(_)
            | CallError::Os { .. } => Outcome::Other,
        }
    }

    /// The same when the SQLSTATE that it is reported by, as PostgreSQL packs it, is known.
    pub fn under(self, code: i32) -> Self {
        let is = |known: PgSqlErrorCode| code == known as i32;
        match self {
            Outcome::Input | Outcome::Other if is(PgSqlErrorCode::ERRCODE_QUERY_CANCELED) => {
                match crate::pg::server::statement_is_late() {
                    true => Outcome::Timeout,
                    false => Outcome::Cancelled,
                }
            }
            Outcome::Script | Outcome::Died
                if is(PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY)
                    || is(PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED) =>
            {
                Outcome::Limit
            }
            outcome => outcome,
        }
    }
}

fn of_death(how: Ending) -> Outcome {
    match how {
        Ending::Exited(_) => Outcome::Script,
        Ending::Signaled(_) | Ending::Killed => Outcome::Died,
        Ending::Cancelled => Outcome::Cancelled,
        Ending::OutOfMemory { .. }
        | Ending::OutOfSpace { .. }
        | Ending::TooManyProcesses { .. }
        | Ending::TooMuchProcessor { .. }
        | Ending::PoolOutOfMemory { .. }
        | Ending::PoolTooManyProcesses { .. } => Outcome::Limit,
    }
}
