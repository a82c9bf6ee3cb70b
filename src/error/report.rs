//! The words of every error: SQLSTATE, message, detail, hint.
//!
//! Message: lower case, with the facts. DETAIL: evidence. HINT: what to do, with the setting's name.

use super::{CallError, CellError, Misfit};
use crate::decode::StreamError;
use crate::encode::schema::NameError;
use crate::pg::array::NoList;
use crate::pg::casts::OutOfRange;
use crate::pg::report::ErrorReport;
use crate::request::RequestError;
use crate::settings::Settings;
use launchpad_protocol::control::Failure;
use launchpad_protocol::launch::{Ending, Refusal};
use pgrx::prelude::*;

const NEEDS_PRELOAD: &str =
    "Add pg_launchpad to shared_preload_libraries in postgresql.conf and restart the server.";
const SEE_LOG: &str = "The server log says why it does not start. It needs pg_launchpad in shared_preload_libraries and a free slot of max_worker_processes.";

impl CallError {
    pub(super) fn report(self) -> ErrorReport {
        use PgSqlErrorCode::*;
        let new = |code: PgSqlErrorCode, message: String| ErrorReport::new(code, message);
        match self {
            CallError::Query(_) => new(ERRCODE_INTERNAL_ERROR, "input query failed".into()),
            CallError::NotPreloaded => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "pg_launchpad is not preloaded".into(),
            )
            .set_hint(NEEDS_PRELOAD),
            CallError::Disabled => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "external scripts are disabled".into(),
            )
            .set_hint("Set launchpad.enabled to on."),
            CallError::NotRunning(errno) => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "the launchpad is not running".into(),
            )
            .set_detail(format!("Connecting to it failed: {errno}."))
            .set_hint(SEE_LOG),
            CallError::Silent => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "the launchpad does not answer".into(),
            )
            .set_hint("Its process launchpadd is stopped or stuck; ending it starts another."),
            CallError::LaunchpadGone => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "the launchpad ended while it had this call".into(),
            )
            .set_hint("It is started again at once: repeat the call."),
            CallError::Request(error) => request(error, new),
            CallError::Params(type_name) => new(
                ERRCODE_INVALID_PARAMETER_VALUE,
                format!("params must be a JSON object or a row value, not {type_name}"),
            ),
            CallError::Statements(0) => new(
                ERRCODE_SYNTAX_ERROR,
                "input_data_1 holds no statement".into(),
            ),
            CallError::Statements(count) => new(
                ERRCODE_SYNTAX_ERROR,
                format!("input_data_1 must be one statement, not {count}"),
            ),
            CallError::NotReading(tag) => new(
                ERRCODE_FEATURE_NOT_SUPPORTED,
                match tag.as_str() {
                    "SELECT" => {
                        "input_data_1 must only read: this query changes data or locks rows".into()
                    }
                    tag => format!("input_data_1 must be a query that only reads, not {tag}"),
                },
            )
            .set_hint("Use SELECT, VALUES, TABLE or WITH … SELECT, without data-modifying parts and row locks."),
            CallError::QueryNul => new(
                ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
                "input_data_1 contains a NUL character".into(),
            ),
            CallError::ParameterNul(name) => new(
                ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
                format!(
                    "parameter \"{name}\" contains a NUL character, which input_data_1 cannot use"
                ),
            ),
            CallError::ColumnName(NameError::Empty(position)) => new(
                ERRCODE_INVALID_COLUMN_DEFINITION,
                format!("column {position} of input_data_1 has no name"),
            )
            .set_hint("Give it one with AS."),
            CallError::ColumnName(NameError::Duplicate(name)) => new(
                ERRCODE_DUPLICATE_COLUMN,
                format!("input_data_1 has more than one column \"{name}\""),
            )
            .set_hint("Give each a name of its own with AS."),
            CallError::NoList(place, why) => new(
                ERRCODE_FEATURE_NOT_SUPPORTED,
                match why {
                    NoList::Dimensions(count) => {
                        format!("a script cannot be given an array of {count} dimensions")
                    }
                    NoList::LowerBound(bound) => {
                        format!("a script cannot be given an array whose first index is {bound}")
                    }
                },
            )
            .set_detail(format!("{place}."))
            .set_hint("Cast it to text, or to jsonb with to_jsonb."),
            CallError::Text(place, caught) => {
                new(caught.code, caught.message).set_detail(format!("{place}."))
            }
            CallError::Refused(refusal) => refused(refusal, new),
            CallError::Script(failure) => script(failure, new),
            CallError::Died { how, last_words } => died(how, last_words, new),
            CallError::ScriptTimeout { millis } => new(
                ERRCODE_QUERY_CANCELED,
                format!("the script ran longer than launchpad.script_timeout ({millis} ms)"),
            ),
            CallError::Stream(error @ StreamError::Type { .. }) => {
                new(ERRCODE_DATATYPE_MISMATCH, error.to_string())
            }
            CallError::Stream(error @ StreamError::ResultTooLarge(_))
            | CallError::Stream(error @ StreamError::BodyTooLong { .. }) => new(
                ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                error.to_string(),
            )
            .set_hint("The limit is launchpad.max_result_size."),
            CallError::Stream(error @ StreamError::NoMemory(_)) => {
                new(ERRCODE_OUT_OF_MEMORY, error.to_string())
            }
            CallError::Stream(error) => garbage(error.to_string(), new),
            CallError::Control(error) => garbage(error.to_string(), new),
            CallError::ReadBack(error) => garbage(error.to_string(), new),
            CallError::RowCount { claimed, came } => {
                garbage(format!("{came} rows came, {claimed} were announced"), new)
            }
            CallError::ColumnCount { came, declared } => new(
                ERRCODE_DATATYPE_MISMATCH,
                format!(
                    "the script returned {}, the call declares {}",
                    columns(came.len()),
                    columns(declared.len())
                ),
            )
            .set_detail(format!(
                "Returned: {}. Declared: {}.",
                list(&came),
                list(&declared)
            )),
            CallError::ColumnType {
                column,
                came,
                declared,
            } => new(
                ERRCODE_DATATYPE_MISMATCH,
                format!(
                    "column \"{column}\" is declared {declared}, but the script returned {came}, which cannot be cast to it"
                ),
            ),
            CallError::Cell(error) => cell(*error, new),
            CallError::NoDescriptors => new(
                ERRCODE_INSUFFICIENT_RESOURCES,
                "no file descriptors left for an external script".into(),
            )
            .set_hint("Raise max_files_per_process."),
            CallError::Os { what, errno } => {
                new(ERRCODE_SYSTEM_ERROR, format!("could not {what}: {errno}"))
            }
        }
    }
}

fn request(
    error: RequestError,
    new: impl Fn(PgSqlErrorCode, String) -> ErrorReport,
) -> ErrorReport {
    let code = match &error {
        RequestError::Unsupported(_) => PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
        RequestError::Json(_) => PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION,
        RequestError::Missing(_) => PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED,
        _ => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
    };
    let hint = match &error {
        RequestError::Language(_) => Some("The language is 'Python'."),
        RequestError::NotAnObject(_) | RequestError::Json(_) => Some(
            "Write an object such as '{\"k\": 2}', or pass a row value, whose columns are the parameters.",
        ),
        _ => None,
    };
    let report = new(code, error.to_string());
    match hint {
        Some(hint) => report.set_hint(hint),
        None => report,
    }
}

fn refused(refusal: Refusal, new: impl Fn(PgSqlErrorCode, String) -> ErrorReport) -> ErrorReport {
    use PgSqlErrorCode::*;
    match refusal {
        Refusal::Busy {
            max_satellites,
            waiting,
        } => new(
            ERRCODE_TOO_MANY_CONNECTIONS,
            "no satellite became free within launchpad.queue_timeout".into(),
        )
        .set_detail(format!(
            "All {max_satellites} satellites are busy, {waiting} other calls wait."
        ))
        .set_hint("Raise launchpad.max_satellites or launchpad.queue_timeout."),
        Refusal::EnvironmentBroken { language, reason } => new(
            ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("the {} environment does not start", language.name()),
        )
        .set_detail(reason)
        .set_hint(format!(
            "launchpad.{} names the interpreter, which needs the packages pyarrow, pandas and numpy.",
            language.name().to_lowercase()
        )),
        Refusal::SandboxRefused { step, reason } => new(
            ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            "the sandbox cannot be set up on this host".into(),
        )
        .set_detail(format!("Step \"{step}\": {reason}."))
        .set_hint("The server's user must be allowed to create user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns; in containers, the seccomp profile)."),
        Refusal::VersionMismatch { launchpad } => new(
            ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            "this session and the launchpad are of different versions of pg_launchpad".into(),
        )
        .set_detail(format!(
            "The session speaks protocol {}, the launchpad {launchpad}.",
            launchpad_protocol::VERSION
        ))
        .set_hint("Restart the server, or reconnect if it was restarted after an upgrade."),
        Refusal::BadRequest => new(
            ERRCODE_INTERNAL_ERROR,
            "the launchpad did not understand the request".into(),
        ),
    }
}

fn script(failure: Failure, new: impl Fn(PgSqlErrorCode, String) -> ErrorReport) -> ErrorReport {
    let code = PgSqlErrorCode::ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
    match failure {
        // What the limit's enforcement looks like from inside an interpreter.
        Failure::Raised {
            kind,
            message,
            trace,
        } if kind.ends_with("MemoryError") => new(
            PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
            match message.as_str() {
                "" => "MemoryError: the script needs more memory than it may have".into(),
                message => format!("{kind}: {message}"),
            },
        )
        .set_detail(trace.trim_end())
        .set_hint(format!(
            "launchpad.memory_limit is {} MB.",
            Settings::now().memory_limit >> 20
        )),
        // ENOSPC of the one file system that a script can write to.
        Failure::Raised {
            kind,
            message,
            trace,
        } if message.starts_with("[Errno 28]") => new(
            PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
            format!("{kind}: {message}"),
        )
        .set_detail(trace.trim_end())
        .set_hint("A script's files may take launchpad.tmp_limit in all."),
        Failure::Raised {
            kind,
            message,
            trace,
        } => {
            let primary = if message.is_empty() {
                kind
            } else {
                format!("{kind}: {message}")
            };
            let report = new(code, primary);
            if trace.is_empty() {
                report
            } else {
                report.set_detail(trace.trim_end())
            }
        }
        Failure::Exited { status } => new(
            code,
            format!("the script exited with status {status} before its end"),
        ),
        Failure::Result { message } => new(PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH, message),
    }
}

fn died(
    how: Ending,
    last_words: Option<String>,
    new: impl Fn(PgSqlErrorCode, String) -> ErrorReport,
) -> ErrorReport {
    let message = match how {
        Ending::Exited(status) => {
            format!("the script's process exited with status {status} before its end")
        }
        Ending::Signaled(signal) => format!(
            "the script's process was killed by signal {signal} ({})",
            signal_name(signal)
        ),
        Ending::Killed => "the script's satellite was killed from outside (SIGKILL)".into(),
    };
    let report = new(PgSqlErrorCode::ERRCODE_EXTERNAL_ROUTINE_EXCEPTION, message);
    match last_words {
        Some(words) => report.set_detail(format!("Last lines of stderr:\n{words}")),
        None => report,
    }
}

fn garbage(what: String, new: impl Fn(PgSqlErrorCode, String) -> ErrorReport) -> ErrorReport {
    new(
        PgSqlErrorCode::ERRCODE_EXTERNAL_ROUTINE_EXCEPTION,
        "the satellite broke the protocol".into(),
    )
    .set_detail(format!("{what}."))
}

/// SIGKILL and so on, for the signals that end processes.
fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => "unnamed",
    }
}

fn columns(count: usize) -> String {
    match count {
        1 => "1 column".into(),
        count => format!("{count} columns"),
    }
}

/// At most twenty names.
fn list(names: &[String]) -> String {
    let mut text: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
    if names.len() > 20 {
        text.push("…");
    }
    if text.is_empty() {
        "none".into()
    } else {
        text.join(", ")
    }
}

fn cell(error: CellError, new: impl Fn(PgSqlErrorCode, String) -> ErrorReport) -> ErrorReport {
    use PgSqlErrorCode::*;
    let at = format!(
        "Column \"{}\", row {}: {}",
        error.column, error.row, error.value
    );
    let range = |code, message: &str| new(code, message.into()).set_detail(at.as_str());
    match error.why {
        Misfit::Refused(caught) => {
            let more = caught.detail.map(|detail| format!("\n{detail}"));
            let report = new(caught.code, caught.message)
                .set_detail(format!("{at}{}", more.unwrap_or_default()));
            match caught.hint {
                Some(hint) => report.set_hint(hint),
                None => report,
            }
        }
        Misfit::Range(OutOfRange::Date) => {
            range(ERRCODE_DATETIME_FIELD_OVERFLOW, "date out of range")
        }
        Misfit::Range(OutOfRange::Timestamp) => {
            range(ERRCODE_DATETIME_FIELD_OVERFLOW, "timestamp out of range")
        }
        Misfit::Range(OutOfRange::Time) => {
            range(ERRCODE_DATETIME_FIELD_OVERFLOW, "time out of range")
        }
        Misfit::Range(OutOfRange::NulInText) => range(
            ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
            "text must not contain a NUL character",
        ),
        Misfit::Range(OutOfRange::TooLong) => {
            range(ERRCODE_PROGRAM_LIMIT_EXCEEDED, "value of 1 GB or more")
        }
    }
}
