//! The words of every error: SQLSTATE, message, detail, hint.
//!
//! Message: lower case, with the facts. DETAIL: evidence. HINT: what to do, with the setting's name.

use super::satellite::{died, garbage, refused, script};
use super::{CallError, CellError, Misfit};
use crate::encode::batch::MAX_ROW;
use crate::memory::NoMemory;
use crate::pg::array::NoList;
use crate::pg::casts::OutOfRange;
use crate::pg::report::ErrorReport;
use crate::pg::shortage;
use crate::request::{ReadBackError, RequestError};
use crate::settings::Settings;
use crate::streams::decode::StreamError;
use crate::streams::encode::schema::NameError;
use launchpad_languages::Language;
use launchpad_protocol::{MAX_FRAME, WireError, cut};
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
            CallError::Restricted => new(
                ERRCODE_INSUFFICIENT_PRIVILEGE,
                "permission denied to run a script in another role's security-restricted operation".into(),
            )
            .set_detail("A materialized view's query or an index's expression runs with its owner's rights, but the command is another role's.")
            .set_hint("The object's owner must run the command: SET ROLE to it before REFRESH MATERIALIZED VIEW, outside of SECURITY DEFINER functions. Scripts in indexes and statistics are not supported."),
            CallError::ParallelWorker => new(
                ERRCODE_FEATURE_NOT_SUPPORTED,
                "scripts cannot be run in a parallel worker".into(),
            )
            .set_hint("ALTER FUNCTION … PARALLEL UNSAFE for the functions that run them, or SET max_parallel_workers_per_gather = 0."),
            CallError::ProgramsInContainer => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "scripts cannot be allowed to start programs on this server".into(),
            )
            .set_detail("launchpad.allow_exec is on, and the sandbox that launchpad.sandbox = container makes cannot confine programs.")
            .set_hint("Set launchpad.allow_exec to off for this role, or launchpad.sandbox to strict for the server."),
            CallError::LanguageDenied(language) => {
                let object = language.entry().object.to_string_lossy();
                new(
                    ERRCODE_INSUFFICIENT_PRIVILEGE,
                    format!("permission denied for language {object}"),
                )
                .set_detail(format!(
                    "Scripts in {} need USAGE on it, besides EXECUTE on the function.",
                    language.name()
                ))
                .set_hint(format!("GRANT USAGE ON LANGUAGE {object} TO …"))
            }
            CallError::NoPool(name) => new(
                ERRCODE_UNDEFINED_OBJECT,
                format!("pool \"{name}\" does not exist in this database"),
            )
            .set_hint("launchpad.pool names it; launchpad.create_pool makes one."),
            CallError::NoProcessor { pool } => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "there is no processor that the script may run on".into(),
            )
            .set_detail(format!(
                "launchpad.cpu_affinity and the cpu_affinity of pool \"{pool}\" have none in common."
            ))
            .set_hint("Change launchpad.cpu_affinity, or the pool with launchpad.alter_pool."),
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
            .set_hint("It is started again: repeat the call."),
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
            CallError::TooDeep { most } => new(
                ERRCODE_STATEMENT_TOO_COMPLEX,
                "calls of external scripts are nested too deeply".into(),
            )
            .set_detail(match most {
                1 => "This call is inside another one of its session.".to_owned(),
                most => format!("This call is inside {most} others of its session."),
            })
            .set_hint(format!("launchpad.max_call_depth is {most}.")),
            CallError::Script(language, failure) => script(language, failure, new),
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
            .set_hint(format!(
                "launchpad.max_result_size is {} MB.",
                Settings::now().max_result_size >> 20
            )),
            CallError::Stream(
                error @ (StreamError::NoMemory(_) | StreamError::NoMemoryForRow(_)),
            ) => new(ERRCODE_OUT_OF_MEMORY, error.to_string()),
            CallError::Stream(error @ StreamError::RowTooLong(_)) => {
                new(ERRCODE_PROGRAM_LIMIT_EXCEEDED, error.to_string())
            }
            CallError::Stream(error) => garbage(error.to_string(), new),
            CallError::Control(WireError::NoMemory { bytes }) => {
                CallError::NoMemory(NoMemory { bytes }).report()
            }
            CallError::Control(error) => garbage(error.to_string(), new),
            CallError::ReadBack(error @ ReadBackError::TooLarge(_)) => {
                new(ERRCODE_PROGRAM_LIMIT_EXCEEDED, error.to_string())
            }
            CallError::ReadBack(error) => garbage(error.to_string(), new),
            CallError::NoMemory(refused) => new(ERRCODE_OUT_OF_MEMORY, "out of memory".into())
                .set_detail(format!("Failed on request of size {}.", refused.bytes))
                .set_hint(shortage::HINT),
            CallError::RowTooLarge(place) => new(
                ERRCODE_PROGRAM_LIMIT_EXCEEDED,
                format!("a row of more than {} GB cannot be passed to a script", MAX_ROW >> 30),
            )
            .set_detail(format!("{place} takes it there.")),
            CallError::TooManyNames => new(
                ERRCODE_PROGRAM_LIMIT_EXCEEDED,
                "the names and types of columns and parameters take too much memory".into(),
            )
            .set_detail(format!("In all they can have {} kB.", MAX_FRAME >> 10)),
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
            CallError::NoFunctions => new(
                ERRCODE_FEATURE_NOT_SUPPORTED,
                "functions cannot be written in the launchpad's languages".into(),
            )
            .set_hint("They are there to GRANT USAGE on. Pass the script to execute_external_script, in a function of any other language."),
            CallError::OtherSql => new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "the extension in this database is of another version than its library".into(),
            )
            .set_hint("ALTER EXTENSION pg_launchpad UPDATE."),
            CallError::Processors(text, why) => new(
                ERRCODE_INVALID_PARAMETER_VALUE,
                format!("\"{text}\" is no set of processors: {why}"),
            )
            .set_hint("Write numbers and ranges, such as 0-3,6; nothing is all of them."),
            CallError::NotYours(request) => new(
                ERRCODE_INSUFFICIENT_PRIVILEGE,
                format!("permission denied to cancel request {request}"),
            )
            .set_hint("It takes the role that called, a member of it, or of pg_signal_backend; a superuser's calls only a superuser cancels."),
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
        RequestError::JsonBytes(_) | RequestError::JsonValues(_) | RequestError::TooManyParams => {
            PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED
        }
        _ => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
    };
    let hint = match &error {
        RequestError::JsonBytes(_) | RequestError::JsonValues(_) => Some(
            "Pass large values as a row value, whose columns are the parameters, or by the input query.",
        ),
        RequestError::NotAnObject(_) | RequestError::Json(_) => Some(
            "Write an object such as '{\"k\": 2}', or pass a row value, whose columns are the parameters.",
        ),
        RequestError::NotARow(_) => Some(
            "Write ROW(…)::type or a table's row, whose columns are the parameters; JSON goes into params.",
        ),
        RequestError::InBoth(_) => Some(
            "params comes back after the run, typed_params only goes in: choose one for each name.",
        ),
        _ => None,
    };
    let report = new(code, error.to_string());
    if matches!(error, RequestError::Language(_)) {
        return report.set_hint(format!("The languages are {}.", Language::list()));
    }
    match hint {
        Some(hint) => report.set_hint(hint),
        None => report,
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
    let mut text: Vec<&str> = names.iter().take(20).map(|name| cut(name, 200)).collect();
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
        Misfit::Range(OutOfRange::ArrayTooLong) => range(
            ERRCODE_PROGRAM_LIMIT_EXCEEDED,
            "array of more elements than PostgreSQL's arrays can have",
        ),
        Misfit::Range(OutOfRange::RowTooLong) => range(
            ERRCODE_PROGRAM_LIMIT_EXCEEDED,
            "composite value of 1 GB or more",
        ),
        // The first is reported for the whole result.
        Misfit::Range(OutOfRange::BeyondBudget | OutOfRange::NoMemory) => {
            range(ERRCODE_OUT_OF_MEMORY, "no memory for the value")
        }
    }
}
