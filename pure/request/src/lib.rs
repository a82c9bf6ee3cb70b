//! Station 2: what the call asks for, validated. Pure: no PostgreSQL type, no call into it.
//!
//! A bad request ends here, before a satellite is used.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod params;
pub mod read_back;
mod unescape;
pub mod weight;

pub use params::{JsonParam, JsonValue, parse_json};
pub use read_back::{ReadBackError, check_read_back};

use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_memory::NoMemory;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::Language;
use launchpad_protocol::{MAX_FRAME, cut};

/// Bytes of a variable's name at most. No name of PostgreSQL's own is as long.
const MAX_NAME: usize = 255;

/// Bytes of a query that may be blank: what is longer is for PostgreSQL to judge.
const MAX_BLANK: usize = 1 << 20;

/// The arguments as they came.
#[derive(Debug, Default, Clone)]
pub struct Raw {
    pub language: Option<String>,
    pub script: Option<String>,
    pub input_query: Option<String>,
    pub input_name: Option<String>,
    pub output_name: Option<String>,
    pub partition_by: Option<String>,
    pub order_by: Option<String>,
    pub rows_per_read: Option<i32>,
    pub parallel: bool,
    pub environment: Option<String>,
}

/// A valid request but for its parameters, whose names [`Request::check_params`] judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub language: Language,
    /// What it runs in.
    pub environment: EnvironmentId,
    pub script: String,
    /// None: no input.
    pub input_query: Option<String>,
    pub input_name: String,
    pub output_name: String,
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("{0} must not be null")]
    Missing(&'static str),
    #[error("language \"{0}\" is not supported")]
    Language(String),
    #[error("{argument} \"{name}\" is not a valid {language} name")]
    Name {
        argument: &'static str,
        name: String,
        language: &'static str,
    },
    #[error("parameter \"{0}\" has the same name as a data set")]
    Collision(String),
    #[error("parameter \"{0}\" occurs more than once")]
    Duplicate(String),
    #[error("parameter \"{0}\" is in params and in typed_params")]
    InBoth(String),
    #[error("params is not valid JSON: {0}")]
    Json(String),
    #[error("params must be a JSON object or a row value, not {0}")]
    NotAnObject(String),
    /// Neither JSON nor a row value; its type.
    #[error("params must be a JSON object or a row value, not {0}")]
    NotParams(String),
    #[error("typed_params must be a row value, not {0}")]
    NotARow(String),
    #[error("params is {0} bytes of JSON, the limit is {limit} bytes", limit = params::MAX_BYTES)]
    JsonBytes(usize),
    #[error("params holds {0} values and names, the limit is {limit}", limit = params::MAX_VALUES)]
    JsonValues(usize),
    #[error("params holds more than {limit} parameters", limit = params::MAX_PARAMS)]
    TooManyParams,
    #[error("the names and types of columns and parameters take too much memory")]
    TooManyNames,
    #[error("out of memory")]
    NoMemory(#[from] NoMemory),
    #[error("{0} is not supported yet")]
    Unsupported(&'static str),
}

impl Fault for RequestError {
    fn report(&self) -> Report {
        let new = |code| Report::new(code, Outcome::Input, self.to_string());
        let invalid = || new(SqlState::INVALID_PARAMETER_VALUE);
        match self {
            RequestError::Missing(_) => new(SqlState::NULL_VALUE_NOT_ALLOWED),
            RequestError::Language(_) => {
                invalid().set_hint(format!("The languages are {}.", Language::list()))
            }
            RequestError::InBoth(_) => invalid().set_hint(
                "params comes back after the run, typed_params only goes in: choose one for each name.",
            ),
            RequestError::Json(_) => {
                new(SqlState::INVALID_TEXT_REPRESENTATION).set_hint(WRITE_AN_OBJECT)
            }
            RequestError::NotAnObject(_) => invalid().set_hint(WRITE_AN_OBJECT),
            RequestError::NotARow(_) => invalid().set_hint(
                "Write ROW(…)::type or a table's row, whose columns are the parameters; JSON goes into params.",
            ),
            RequestError::JsonBytes(_) | RequestError::JsonValues(_) => {
                new(SqlState::PROGRAM_LIMIT_EXCEEDED).set_hint(
                    "Pass large values as a row value, whose columns are the parameters, or by the input query.",
                )
            }
            RequestError::TooManyParams => new(SqlState::PROGRAM_LIMIT_EXCEEDED),
            RequestError::TooManyNames => new(SqlState::PROGRAM_LIMIT_EXCEEDED)
                .set_detail(format!("In total they are limited to {} kB.", MAX_FRAME >> 10)),
            RequestError::NoMemory(refused) => refused.report(),
            RequestError::Unsupported(_) => new(SqlState::FEATURE_NOT_SUPPORTED),
            _ => invalid(),
        }
    }
}

const WRITE_AN_OBJECT: &str =
    "Write an object such as '{\"k\": 2}', or pass a row value, whose columns are the parameters.";

impl Request {
    pub fn validate(raw: Raw) -> Result<Self, RequestError> {
        let language = raw.language.ok_or(RequestError::Missing("language"))?;
        let language =
            Language::parse(&language).ok_or_else(|| RequestError::Language(shown(&language)))?;
        let script = raw.script.ok_or(RequestError::Missing("script"))?;
        if raw.partition_by.is_some() {
            return Err(RequestError::Unsupported(
                "input_data_1_partition_by_columns",
            ));
        }
        if raw.order_by.is_some() {
            return Err(RequestError::Unsupported("input_data_1_order_by_columns"));
        }
        if raw.rows_per_read.is_some() {
            return Err(RequestError::Unsupported("rows_per_read"));
        }
        if raw.parallel {
            return Err(RequestError::Unsupported("parallel"));
        }
        if raw.environment.is_some() {
            return Err(RequestError::Unsupported("environment"));
        }
        let name = |given: Option<String>, argument: &'static str| {
            let name = given.ok_or(RequestError::Missing(argument))?;
            if is_name(language, &name) {
                Ok(name)
            } else {
                Err(RequestError::Name {
                    argument,
                    name: shown(&name),
                    language: language.name(),
                })
            }
        };
        Ok(Request {
            input_name: name(raw.input_name, "input_data_1_name")?,
            output_name: name(raw.output_name, "output_data_1_name")?,
            // The one that each language has.
            environment: EnvironmentId::of(language),
            language,
            script,
            input_query: raw.input_query.filter(|query| !is_blank(query)),
        })
    }

    /// The names of the parameters: valid, distinct, and none a data set's.
    pub fn check_params<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<(), RequestError> {
        let mut seen = std::collections::HashSet::new();
        for name in names {
            if !is_name(self.language, name) {
                return Err(RequestError::Name {
                    argument: "parameter",
                    name: shown(name),
                    language: self.language.name(),
                });
            }
            if name == self.input_name || name == self.output_name {
                return Err(RequestError::Collision(shown(name)));
            }
            if !seen.insert(name) {
                return Err(RequestError::Duplicate(shown(name)));
            }
        }
        Ok(())
    }
}

fn is_name(language: Language, name: &str) -> bool {
    name.len() <= MAX_NAME && (language.entry().is_variable)(name)
}

/// As much of a name as an error shows.
fn shown(name: &str) -> String {
    match cut(name, MAX_NAME) {
        whole if whole == name => String::from(whole),
        beginning => format!("{beginning}…"),
    }
}

/// No statement at all: blanks and semicolons.
fn is_blank(query: &str) -> bool {
    query.len() <= MAX_BLANK && query.chars().all(|c| c.is_whitespace() || c == ';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> Raw {
        Raw {
            language: Some("PYTHON".into()),
            script: Some("pass".into()),
            input_name: Some("InputDataSet".into()),
            output_name: Some("OutputDataSet".into()),
            ..Raw::default()
        }
    }

    #[test]
    fn language_is_matched_in_any_case_and_blank_input_is_none() {
        let request = Request::validate(Raw {
            input_query: Some(" ;\n".into()),
            ..raw()
        })
        .unwrap();
        assert_eq!(request.language, Language::PYTHON);
        assert_eq!(request.input_query, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (
                Raw {
                    language: None,
                    ..raw()
                },
                "language must not be null",
            ),
            (
                Raw {
                    language: Some("Perl".into()),
                    ..raw()
                },
                "language \"Perl\" is not supported",
            ),
            (
                Raw {
                    script: None,
                    ..raw()
                },
                "script must not be null",
            ),
            (
                Raw {
                    output_name: Some("out put".into()),
                    ..raw()
                },
                "output_data_1_name \"out put\" is not a valid Python name",
            ),
            (
                Raw {
                    parallel: true,
                    ..raw()
                },
                "parallel is not supported yet",
            ),
            (
                Raw {
                    environment: Some(String::new()),
                    ..raw()
                },
                "environment is not supported yet",
            ),
        ];
        for (raw, message) in cases {
            assert_eq!(Request::validate(raw).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_long_name_is_cut_in_its_error() {
        let long = "x".repeat(MAX_NAME);
        let request = |name: &str| {
            Request::validate(Raw {
                output_name: Some(name.to_owned()),
                ..raw()
            })
        };
        assert!(request(&long).is_ok());
        let error = request(&long.repeat(1000)).unwrap_err();
        assert!(error.to_string().len() < MAX_NAME + 100);
    }

    #[test]
    fn parameter_names_are_judged() {
        let request = Request::validate(raw()).unwrap();
        assert_eq!(request.check_params(["k", "model"].into_iter()), Ok(()));
        assert_eq!(
            request.check_params(["k", "k"].into_iter()),
            Err(RequestError::Duplicate("k".into()))
        );
        assert_eq!(
            request.check_params(["InputDataSet"].into_iter()),
            Err(RequestError::Collision("InputDataSet".into()))
        );
        assert!(request.check_params(["class"].into_iter()).is_err());
    }
}
