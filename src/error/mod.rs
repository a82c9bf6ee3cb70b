//! Every way a call can fail. `report` and, for what comes from the other processes, `satellite` alone
//! turn one into an ErrorReport.

mod denied;
mod report;
mod satellite;

use crate::encode::batch::Unsent;
use crate::memory::NoMemory;
use crate::pg::array::NoList;
use crate::pg::casts::OutOfRange;
use crate::pg::caught::Caught;
use crate::pg::guard::{PgError, Thrown};
use crate::pg::messages::CaughtError;
use crate::pg::query::PrepareError;
use crate::pg::report::ErrorReport;
use crate::request::{ReadBackError, RequestError};
use crate::streams::decode::StreamError;
use crate::streams::encode::schema::NameError;
use launchpad_protocol::control::Failure;
use launchpad_protocol::launch::{Ending, Language, Refusal};

/// One variant per failing step.
#[derive(Debug)]
pub enum CallError {
    /// PostgreSQL's own error of the input query; raised again as it was.
    Query(PgError),
    NotPreloaded,
    Disabled,
    /// An object's owner has put the call where another role's command runs it.
    Restricted,
    ParallelWorker,
    /// Scripts may start programs, in a sandbox that cannot confine them.
    ProgramsInContainer,
    /// The role has no right to use the language.
    LanguageDenied(Language),
    /// `launchpad.pool` names none of the database's pools.
    NoPool(String),
    /// The pool leaves the call none of the processors that it may have.
    NoProcessor {
        pool: String,
    },
    /// Nobody listens on launchpadd's socket.
    NotRunning(rustix::io::Errno),
    /// launchpadd is there and does not answer.
    Silent,
    /// launchpadd ended while it had the call.
    LaunchpadGone,
    Request(RequestError),
    Params(String),
    Statements(usize),
    NotReading(String),
    QueryNul,
    /// A parameter that the input query refers to holds a NUL character.
    ParameterNul(String),
    ColumnName(NameError),
    /// An array on its way to the script that is no list; where it stands.
    NoList(String, NoList),
    /// Text on its way to the script that is no text in UTF-8; where it stands.
    Text(String, Box<CaughtError>),
    /// A value that takes its row beyond what can be sent; where it stands.
    RowTooLarge(String),
    /// The names and types of columns and parameters take more than one message.
    TooManyNames,
    NoMemory(NoMemory),
    Refused(Refusal),
    /// More calls inside each other than `launchpad.max_call_depth`.
    TooDeep {
        most: u32,
    },
    Script(Language, Failure),
    /// The satellite ended without a word.
    Died {
        how: Ending,
        last_words: Option<String>,
    },
    ScriptTimeout {
        millis: u32,
    },
    Stream(StreamError),
    /// The control channel carried something that is no message.
    Control(launchpad_protocol::WireError),
    ReadBack(ReadBackError),
    RowCount {
        claimed: u64,
        came: u64,
    },
    ColumnCount {
        came: Vec<String>,
        declared: Vec<String>,
    },
    ColumnType {
        column: String,
        came: String,
        declared: String,
    },
    Cell(Box<CellError>),
    NoDescriptors,
    /// A function written in one of our languages.
    NoFunctions,
    /// The database's extension is of another version than the library.
    OtherSql,
    /// A text that is no set of processors, and why.
    Processors(String, String),
    /// `launchpad.cancel` of another role's request.
    NotYours(u64),
    /// A system call of ours failed.
    Os {
        what: &'static str,
        errno: rustix::io::Errno,
    },
}

impl CallError {
    /// A value that cannot be sent to the script; where it stands.
    pub fn unsent(place: String, why: Unsent) -> Self {
        match why {
            Unsent::Text(error) => CallError::Text(place, Box::new(error)),
            Unsent::NoList(why) => CallError::NoList(place, why),
            Unsent::NoMemory(refused) => CallError::NoMemory(refused),
            Unsent::TooLarge => CallError::RowTooLarge(place),
        }
    }
}

/// A value of the result that does not fit its column.
#[derive(Debug)]
pub struct CellError {
    pub column: String,
    /// Counted from 1 over the whole result.
    pub row: u64,
    /// At most 100 characters of it.
    pub value: String,
    pub why: Misfit,
}

#[derive(Debug)]
pub enum Misfit {
    /// PostgreSQL's cast, input function or length rule refused it.
    Refused(CaughtError),
    /// Outside what the type can hold at all.
    Range(OutOfRange),
}

impl From<StreamError> for CallError {
    fn from(error: StreamError) -> Self {
        CallError::Stream(error)
    }
}

impl From<NoMemory> for CallError {
    fn from(refused: NoMemory) -> Self {
        CallError::NoMemory(refused)
    }
}

impl From<RequestError> for CallError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NoMemory(refused) => CallError::NoMemory(refused),
            error => CallError::Request(error),
        }
    }
}

impl From<PrepareError> for CallError {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Query(error) => CallError::Query(error),
            PrepareError::Statements(count) => CallError::Statements(count),
            PrepareError::NotReading(tag) => CallError::NotReading(tag),
            PrepareError::Nul => CallError::QueryNul,
            PrepareError::Parameter(parameter) => CallError::ParameterNul(parameter.0),
        }
    }
}

/// For `map_err`: the system call that `what` names failed.
pub fn os(what: &'static str) -> impl Fn(rustix::io::Errno) -> CallError {
    move |errno| CallError::Os { what, errno }
}

/// An error on its way out, in the words that it will be reported by.
pub enum Raise {
    /// PostgreSQL's own, of the input query.
    Query(PgError),
    /// PostgreSQL's own, of whatever the call did.
    Caught(Box<Caught>),
    New(ErrorReport),
}

impl From<CallError> for Raise {
    fn from(error: CallError) -> Self {
        Raise::new(error, None)
    }
}

impl Raise {
    /// `context`: what its CONTEXT says. That of PostgreSQL's own errors is complete.
    pub fn new(error: CallError, context: Option<String>) -> Self {
        match error {
            CallError::Query(error) => Raise::Query(error),
            error => Raise::New(error.report().set_context(context)),
        }
    }

    /// The SQLSTATE, as PostgreSQL packs it.
    pub fn code(&self) -> i32 {
        match self {
            Raise::Query(error) => error.code(),
            Raise::Caught(caught) => caught.code(),
            Raise::New(report) => report.code(),
        }
    }

    /// For the outermost frame to raise.
    pub fn into_thrown(self) -> Thrown {
        match self {
            Raise::Query(error) => error.into_thrown(),
            Raise::Caught(caught) => caught.into_thrown(),
            Raise::New(report) => Thrown::New(report.into_raw()),
        }
    }
}

/// A SQLSTATE as PostgreSQL packs it, as its five characters: six bits each.
pub fn sqlstate(code: i32) -> String {
    (0..5)
        .map(|place| char::from(b'0' + ((code >> (6 * place)) & 0x3f) as u8))
        .collect()
}
