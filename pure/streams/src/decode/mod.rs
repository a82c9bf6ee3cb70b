//! What a satellite sent, made into Arrow's arrays. Everything here is read as hostile.
//!
//! `message` cuts the byte stream into messages, growing with what arrived and never with a claim;
//! `bounds` refuses a batch whose header does not add up, before arrow sees it, and says in a `layout`
//! where everything lies; `batch` makes arrays of some rows at a time; `stream` puts these together and
//! knows the order of a stream; `cell` is one value of an array.

mod batch;
mod bounds;
pub mod cell;
mod layout;
mod message;
pub mod stream;

use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_memory::NoMemory;

/// What is wrong with an output stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    #[error("the output is not an Arrow IPC stream")]
    NotAStream,
    #[error("a message claims {0} bytes of metadata")]
    MetadataTooLong(u64),
    #[error("a message claims {claimed} bytes, the limit is {limit}")]
    BodyTooLong { claimed: u64, limit: u64 },
    #[error("a message is malformed: {0}")]
    Malformed(&'static str),
    #[error("the stream does not start with a schema")]
    NoSchema,
    #[error("a message has an unexpected kind")]
    UnexpectedMessage,
    #[error("the output is compressed")]
    Compressed,
    #[error("a record batch does not match its schema: {0}")]
    Batch(&'static str),
    #[error("a record batch could not be read: {0}")]
    Arrow(String),
    #[error("{0} bytes follow the end of the stream")]
    BytesAfterEnd(usize),
    #[error("the stream ended before its end marker")]
    Truncated,
    #[error("column \"{column}\" has the Arrow type {arrow}, which has no PostgreSQL type")]
    Type { column: String, arrow: String },
    #[error("no memory for a message of {0} bytes")]
    NoMemory(usize),
    #[error("the result is larger than {0} bytes")]
    ResultTooLarge(u64),
    #[error("row {0} of the result takes 1 GB or more")]
    RowTooLong(u64),
    #[error("no memory for row {0} of the result")]
    NoMemoryForRow(u64),
}

impl Fault for StreamError {
    fn report(&self) -> Report {
        let new = |code, outcome| Report::new(code, outcome, self.to_string());
        match self {
            StreamError::Type { .. } => new(SqlState::DATATYPE_MISMATCH, Outcome::Result),
            StreamError::BodyTooLong { limit, .. } | StreamError::ResultTooLarge(limit) => {
                new(SqlState::CONFIGURATION_LIMIT_EXCEEDED, Outcome::Limit)
                    .set_hint(format!("launchpad.max_result_size is {} MB.", limit >> 20))
            }
            StreamError::NoMemory(_) | StreamError::NoMemoryForRow(_) => {
                new(SqlState::OUT_OF_MEMORY, Outcome::Limit)
            }
            StreamError::RowTooLong(_) => new(SqlState::PROGRAM_LIMIT_EXCEEDED, Outcome::Died),
            _ => Report::broken_protocol(self),
        }
    }
}

impl From<NoMemory> for StreamError {
    fn from(refused: NoMemory) -> Self {
        StreamError::NoMemory(refused.bytes)
    }
}

/// At most 300 bytes of what `shown` says, for messages: a script names its columns as it likes.
pub fn brief(shown: &dyn std::fmt::Display) -> String {
    struct Brief(String);
    impl std::fmt::Write for Brief {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let room = 300 - self.0.len();
            let end = text.floor_char_boundary(room);
            #[expect(clippy::disallowed_methods, reason = "at most 300 bytes")]
            self.0.push_str(&text[..end]);
            if end < text.len() {
                Err(std::fmt::Error)
            } else {
                Ok(())
            }
        }
    }
    let mut brief = Brief(String::new());
    match std::fmt::Write::write_fmt(&mut brief, format_args!("{shown}")) {
        Ok(()) => brief.0,
        Err(_) => brief.0 + "…",
    }
}
