//! How a satellite ends other than well: its script's failures, its death, its time.

use super::denied;
use crate::lines::printable;
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_languages::Limit;
use launchpad_protocol::control::Failure;
use launchpad_protocol::launch::{Ending, Language};
use launchpad_protocol::middle_cut;
use launchpad_protocol::policy::{Allowance, Sandbox};

/// Bytes of each of a failure's texts at most, before what cannot be printed is written out.
const MAX_SHOWN: usize = 16 << 10;

/// strerror(3)'s words for ENOSPC.
const FULL: &str = "No space left on device";

/// What the call began with, as far as errors show it: what it has changed since, by its input query or
/// a cast, was not what its satellite ran by. Sizes in bytes, times in milliseconds.
#[derive(Debug, Clone)]
pub struct Terms {
    pub language: Language,
    pub pool: String,
    pub queue_timeout: u32,
    pub memory_limit: u64,
    /// Percent of one processor.
    pub cpu_limit: u32,
    pub max_processes: u32,
    pub allowance: Allowance,
    pub sandbox: Sandbox,
    /// The call's parameters are a value that turned out to be NULL.
    pub lacks_params: bool,
}

#[derive(Debug)]
pub enum SatelliteError {
    Script(Failure, Terms),
    /// The satellite ended without a word.
    Died {
        how: Ending,
        last_words: Option<String>,
        terms: Terms,
    },
    /// The script has had `launchpad.script_timeout`.
    Late {
        millis: u32,
    },
}

impl Fault for SatelliteError {
    fn report(&self) -> Report {
        match self {
            SatelliteError::Script(failure, terms) => terms.script(failure),
            SatelliteError::Died {
                how,
                last_words,
                terms,
            } => terms.died(*how, last_words.as_deref()),
            SatelliteError::Late { millis } => Report::new(
                SqlState::QUERY_CANCELED,
                Outcome::Timeout,
                format!("the script ran longer than launchpad.script_timeout ({millis} ms)"),
            ),
        }
    }
}

impl Terms {
    fn script(&self, failure: &Failure) -> Report {
        // They reach the server's log.
        let shown = |text: &str| printable(&middle_cut(text, MAX_SHOWN));
        match failure {
            Failure::Raised {
                kind,
                message,
                trace,
            } => {
                let trace = shown(trace);
                let report = self.raised(&shown(kind), &shown(message), &trace);
                match trace.trim_end() {
                    "" => report,
                    trace => report.set_detail(trace),
                }
            }
            Failure::Exited { status } => failed(format!(
                "the script exited with status {status} before its end"
            )),
            Failure::Result { message } => {
                Report::new(SqlState::DATATYPE_MISMATCH, Outcome::Result, shown(message))
            }
        }
    }

    fn raised(&self, kind: &str, message: &str, trace: &str) -> Report {
        let limit = Limit::hit(self.language, kind, message, trace);
        let text = match (message, limit) {
            ("", Some(Limit::Memory)) => {
                format!("{kind}: the script exceeded its memory limit")
            }
            ("", None) => kind.to_owned(),
            _ => format!("{kind}: {message}"),
        };
        match limit {
            Some(Limit::Memory) => self.beyond_memory(text),
            // Nothing else says so there: the limit itself is "File too large", or ends the script.
            Some(Limit::Tmp) if self.sandbox == Sandbox::Container && text.contains(FULL) => {
                full_work_directory(text)
            }
            Some(Limit::Tmp) => self.beyond_tmp(text),
            Some(Limit::Processes) => self.beyond_processes(text),
            None => Report {
                hint: self
                    .denied(kind, message, trace)
                    .or_else(|| self.without_params(kind, message))
                    .map(str::to_owned),
                ..failed(text)
            },
        }
    }

    fn denied(&self, kind: &str, message: &str, trace: &str) -> Option<&'static str> {
        let is_alone = self.sandbox == Sandbox::Container;
        denied::hint(
            self.language,
            kind,
            message,
            trace,
            self.allowance,
            is_alone,
        )
    }

    /// A name may be missing because its parameter is.
    fn without_params(&self, kind: &str, message: &str) -> Option<&'static str> {
        let is_name = match self.language {
            Language::R => message.starts_with("object '") && message.ends_with("' not found"),
            _ => kind == "NameError",
        };
        (self.lacks_params && is_name).then_some(
            "params is NULL, like a subquery that returns no row, so the script does not have any parameters.",
        )
    }

    fn died(&self, how: Ending, last_words: Option<&str>) -> Report {
        let in_all = |used: u64| format!("In total they used {} MB.", used >> 20);
        match how {
            Ending::OutOfMemory { used } => self
                .beyond_memory("the script's processes exceeded their memory limit")
                .set_detail(in_all(used)),
            Ending::OutOfSpace { used } => self
                .beyond_tmp("the script's files exceeded their space limit")
                .set_detail(in_all(used)),
            Ending::TooManyProcesses { used } => self
                .beyond_processes("the script exceeded its limit of processes")
                .set_detail(format!("It had {used} processes and threads.")),
            Ending::TooMuchProcessor { used } => {
                beyond("the script exceeded its CPU limit")
                    .set_detail(format!("It used {used} percent of one CPU."))
                    .set_hint(format!(
                        "launchpad.cpu_limit is {} percent of one CPU.",
                        self.cpu_limit
                    ))
            }
            Ending::PoolOutOfMemory { used, limit } => Report::new(
                SqlState::OUT_OF_MEMORY,
                Outcome::Limit,
                "the scripts of a pool exceeded its memory limit",
            )
            .set_detail(format!(
                "In total they had {} MB, this one the most; the limit of pool \"{}\" is {} MB.",
                used >> 20,
                self.pool,
                limit >> 20
            ))
            .set_hint("launchpad.alter_pool changes its max_memory_percent."),
            Ending::PoolTooManyProcesses { used, limit } => {
                beyond("the scripts of a pool exceeded its limit of processes")
                    .set_detail(format!(
                        "In total they had {used} processes and threads, this one the most; the limit of pool \"{}\" is {limit}.",
                        self.pool
                    ))
                    .set_hint("launchpad.alter_pool changes its max_processes.")
            }
            Ending::Cancelled => Report::cancelled(),
            Ending::Exited(status) => after(
                last_words,
                failed(format!("the script's process exited with status {status} before its end")),
            ),
            // SIGABRT.
            Ending::Signaled(6) if last_words.is_some_and(Limit::ended_it) => after(
                last_words,
                self.beyond_memory("the script exceeded its memory limit"),
            ),
            Ending::Signaled(signal) => after(
                last_words,
                killed(&format!(
                    "the script's process was killed by signal {signal} ({})",
                    signal_name(signal)
                )),
            ),
            Ending::Killed => after(
                last_words,
                killed("the script's satellite was killed from outside (SIGKILL)"),
            ),
        }
    }

    fn beyond_memory(&self, message: impl Into<String>) -> Report {
        Report::new(SqlState::OUT_OF_MEMORY, Outcome::Limit, message).set_hint(format!(
            "launchpad.memory_limit is {} MB.",
            self.memory_limit >> 20
        ))
    }

    fn beyond_tmp(&self, message: impl Into<String>) -> Report {
        beyond(message).set_hint(format!(
            "launchpad.tmp_limit, for all of a script's files, is {} MB.",
            self.allowance.tmp_limit >> 20
        ))
    }

    fn beyond_processes(&self, message: impl Into<String>) -> Report {
        beyond(message).set_hint(format!(
            "launchpad.max_processes, which counts processes and threads, is {}.",
            self.max_processes
        ))
    }
}

/// A file system that all scripts of the container sandbox share.
fn full_work_directory(message: String) -> Report {
    Report::new(SqlState::DISK_FULL, Outcome::Limit, message).set_hint(
        "The file system of launchpad.work_directory is full. All scripts share it; launchpad.tmp_limit limits each of them.",
    )
}

fn beyond(message: impl Into<String>) -> Report {
    let code = SqlState::CONFIGURATION_LIMIT_EXCEEDED;
    Report::new(code, Outcome::Limit, message)
}

/// By the script's own doing.
fn failed(message: String) -> Report {
    let code = SqlState::EXTERNAL_ROUTINE_EXCEPTION;
    Report::new(code, Outcome::Script, message)
}

fn killed(message: &str) -> Report {
    let code = SqlState::EXTERNAL_ROUTINE_EXCEPTION;
    Report::new(code, Outcome::Died, message)
}

fn after(last_words: Option<&str>, report: Report) -> Report {
    let Some(words) = last_words else {
        return report;
    };
    let absent = || denied::absent(words).map(str::to_owned);
    Report {
        hint: report.hint.or_else(absent),
        detail: Some(format!("Last lines of stderr:\n{words}")),
        ..report
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use launchpad_protocol::policy::Network;

    fn terms() -> Terms {
        Terms {
            language: Language::PYTHON,
            pool: "night".into(),
            queue_timeout: 0,
            memory_limit: 300 << 20,
            cpu_limit: 90,
            max_processes: 8,
            allowance: Allowance {
                network: Network::None,
                programs: false,
                tell_refused: false,
                tmp_limit: 2 << 20,
            },
            sandbox: Sandbox::Strict,
            lacks_params: false,
        }
    }

    fn died(how: Ending, last_words: Option<&str>) -> Report {
        let last_words = last_words.map(str::to_owned);
        let terms = terms();
        SatelliteError::Died {
            how,
            last_words,
            terms,
        }
        .report()
    }

    #[test]
    fn a_missing_name_may_be_a_parameters() {
        let raised =
            |terms: &Terms, kind: &str, message: &str| terms.raised(kind, message, "").hint;
        let mut terms = terms();
        assert_eq!(raised(&terms, "NameError", "name 'k' is not defined"), None);
        terms.lacks_params = true;
        assert!(raised(&terms, "NameError", "name 'k' is not defined").is_some());
        assert_eq!(raised(&terms, "KeyError", "k"), None);
        terms.language = Language::R;
        assert!(raised(&terms, "simpleError", "object 'k' not found").is_some());
    }

    /// In the strict sandbox the file system is the script's own, and as large as its limit.
    #[test]
    fn a_full_file_system_may_be_all_scripts() {
        let mut terms = terms();
        let raised =
            |terms: &Terms| terms.raised("OSError", "[Errno 28] No space left on device", "");
        let own = raised(&terms);
        assert_eq!(own.sqlstate, SqlState::CONFIGURATION_LIMIT_EXCEEDED);
        terms.sandbox = Sandbox::Container;
        let shared = raised(&terms);
        assert_eq!(shared.sqlstate, SqlState::DISK_FULL);
        assert!(shared.hint.unwrap().contains("launchpad.work_directory"));
    }

    #[test]
    fn what_ends_at_a_limit_shows_the_calls_own() {
        let used = 512 << 20;
        for (how, hint) in [
            (
                Ending::OutOfMemory { used },
                "launchpad.memory_limit is 300 MB.",
            ),
            (
                Ending::OutOfSpace { used },
                "launchpad.tmp_limit, for all of a script's files, is 2 MB.",
            ),
            (
                Ending::TooMuchProcessor { used: 200 },
                "launchpad.cpu_limit is 90 percent of one CPU.",
            ),
        ] {
            let report = died(how, None);
            assert_eq!(
                (report.hint.as_deref(), report.outcome),
                (Some(hint), Outcome::Limit)
            );
        }
        let limit = 256 << 20;
        let detail = died(Ending::PoolOutOfMemory { used, limit }, None)
            .detail
            .unwrap();
        assert!(
            detail.contains("512 MB") && detail.contains("the limit of pool \"night\" is 256 MB")
        );
    }

    #[test]
    fn last_words_are_the_detail_and_may_give_the_hint() {
        let report = died(
            Ending::Signaled(6),
            Some("memory allocation of 99 bytes failed"),
        );
        assert_eq!(report.sqlstate, SqlState::OUT_OF_MEMORY);
        assert_eq!(
            report.hint.as_deref(),
            Some("launchpad.memory_limit is 300 MB.")
        );
        let report = died(Ending::Signaled(6), Some("Function not implemented"));
        assert_eq!(
            (report.sqlstate, report.outcome),
            (SqlState::EXTERNAL_ROUTINE_EXCEPTION, Outcome::Died)
        );
        assert!(report.hint.is_some() && report.detail.unwrap().ends_with("not implemented"));
        let report = died(Ending::Exited(3), None);
        assert_eq!(
            (report.outcome, report.hint, report.detail),
            (Outcome::Script, None, None)
        );
    }
}
