//! The words of the errors that launchpad and satellites report: refusals, failures, deaths.

use super::denied;
use crate::lines::printable;
use crate::pg::report::ErrorReport;
use crate::settings::Settings;
use launchpad_languages::Limit;
use launchpad_protocol::control::Failure;
use launchpad_protocol::launch::{Ending, Language, Refusal, Wait};
use launchpad_protocol::middle_cut;
use pgrx::prelude::*;

/// Bytes of each of a failure's texts at most, before what cannot be printed is written out.
const MAX_SHOWN: usize = 16 << 10;

pub(super) fn refused(
    refusal: Refusal,
    new: impl Fn(PgSqlErrorCode, String) -> ErrorReport,
) -> ErrorReport {
    use PgSqlErrorCode::*;
    match refusal {
        Refusal::Busy {
            wait,
            most,
            waiting,
        } => busy(wait, most, waiting, new),
        Refusal::Held { wait, most } => held(wait, most, new),
        Refusal::Crowded { most } => new(
            ERRCODE_TOO_MANY_CONNECTIONS,
            "too many sessions have calls at once".into(),
        )
        .set_detail(format!(
            "{most} have, as many as the launchpad has open files for."
        ))
        .set_hint("Raise the server's limit of open files (ulimit -n, LimitNOFILE).".to_owned()),
        Refusal::Cancelled => cancelled(new),
        Refusal::NotOffered { language } => {
            let setting = language.setting();
            new(
                ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                format!("this server does not run {} scripts", language.name()),
            )
            .set_detail(format!("{setting} is empty."))
            .set_hint(format!(
                "Set {setting} to the path of a program and reload the configuration."
            ))
        }
        Refusal::EnvironmentBroken { language, reason } => new(
            ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("the {} environment does not start", language.name()),
        )
        .set_detail(reason)
        .set_hint(language.entry().needs),
        Refusal::SandboxRefused { step, reason } => new(
            ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            "the sandbox cannot be set up on this host".into(),
        )
        .set_hint(step_hint(&step))
        .set_detail(format!(
            "Step \"{step}\": {}.",
            reason.trim_end_matches('.')
        )),
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
        Refusal::Starved { pool, seconds } => new(
            ERRCODE_TOO_MANY_CONNECTIONS,
            format!("no satellite of pool \"{pool}\" became ready within {seconds} s"),
        )
        .set_detail("The limits of the pool hold also while its satellites are made.".to_owned())
        .set_hint(
            "Raise the pool's limits (launchpad.alter_pool), or repeat the statement when fewer of its calls run.",
        ),
    }
}

/// The queue's time is over.
fn busy(
    wait: Wait,
    most: u32,
    waiting: u32,
    new: impl Fn(PgSqlErrorCode, String) -> ErrorReport,
) -> ErrorReport {
    let others = match waiting {
        1 => "1 other call waits".to_owned(),
        many => format!("{many} other calls wait"),
    };
    let (why, limit) = waited_for(wait, most);
    new(
        PgSqlErrorCode::ERRCODE_TOO_MANY_CONNECTIONS,
        format!(
            "no satellite became free within launchpad.queue_timeout ({} ms)",
            Settings::now().queue_timeout
        ),
    )
    .set_detail(format!("{why}, {others}."))
    .set_hint(format!("Raise {limit} or launchpad.queue_timeout."))
}

/// A session that holds a satellite waits for no other.
fn held(wait: Wait, most: u32, new: impl Fn(PgSqlErrorCode, String) -> ErrorReport) -> ErrorReport {
    let (why, limit) = waited_for(wait, most);
    new(
        PgSqlErrorCode::ERRCODE_TOO_MANY_CONNECTIONS,
        "no satellite is free for a call inside another call".into(),
    )
    .set_detail(format!(
        "{why}. This session has a satellite already, and does not wait for another."
    ))
    .set_hint(format!("Raise {limit}, or repeat the statement later."))
}

/// What there is none of, and the limit that says so.
fn waited_for(wait: Wait, most: u32) -> (String, &'static str) {
    match wait {
        Wait::Slots => (
            format!("All {most} satellites are busy"),
            "launchpad.max_satellites",
        ),
        Wait::Role => (
            format!("The role's {most} satellites are busy"),
            "launchpad.max_satellites_per_role",
        ),
        Wait::Pool => (
            format!("The pool's {most} satellites are busy"),
            "the pool's max_satellites (launchpad.alter_pool)",
        ),
        Wait::Satellite => (
            "No satellite was ready".to_owned(),
            "launchpad.warm_satellites",
        ),
    }
}

fn cancelled(new: impl Fn(PgSqlErrorCode, String) -> ErrorReport) -> ErrorReport {
    new(
        PgSqlErrorCode::ERRCODE_QUERY_CANCELED,
        "the call was ended by launchpad.cancel".into(),
    )
}

/// What can be done about a step of the sandbox (launchers/sandbox) that was refused.
fn step_hint(step: &str) -> &'static str {
    match step {
        "namespaces" | "propagation" | "root" => {
            "The server's user must be allowed to create user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns; in containers, the seccomp profile). Where that cannot be, launchpad.sandbox = container does without, and says in the documentation what is lost."
        }
        "worker" | "identity" => {
            "launchpad.worker_uids gives each satellite a user of its own: it needs newuidmap and newgidmap, and a range for the server's user in /etc/subuid and /etc/subgid. Set it to off to do without."
        }
        "trees" => {
            "Scripts see the folders of the interpreter and of launchpad.readable_paths, which must exist, be readable for the satellites' user, and hold none of the server's own files."
        }
        "processors" => {
            "launchpad.cpu_affinity and the pool's cpu_affinity must have a processor that the server may use."
        }
        "pool" => "launchpad.alter_pool changes the limits of the pool that launchpad.pool names.",
        "landlock" => {
            "launchpad.sandbox = container needs a kernel with Landlock; strict needs user namespaces instead."
        }
        "cgroup" => {
            "The server's service must own its cgroup (systemd: Delegate=yes), or have none of its own."
        }
        _ => "SELECT * FROM launchpad.check() tells what this host has and lacks.",
    }
}

pub(super) fn script(
    language: Language,
    failure: Failure,
    new: impl Fn(PgSqlErrorCode, String) -> ErrorReport,
) -> ErrorReport {
    let code = PgSqlErrorCode::ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
    match failure {
        Failure::Raised {
            kind,
            message,
            trace,
        } => {
            // They reach the server's log.
            let shown = |text: String| printable(&middle_cut(&text, MAX_SHOWN));
            let [kind, message, trace] = [kind, message, trace].map(shown);
            let report = match Limit::hit(language, &kind, &message, &trace) {
                Some(Limit::Memory) => new(
                    PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
                    match message.as_str() {
                        "" => format!("{kind}: the script needs more memory than it may have"),
                        message => format!("{kind}: {message}"),
                    },
                )
                .set_hint(memory_limit_hint()),
                Some(Limit::Tmp) => new(
                    PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                    format!("{kind}: {message}"),
                )
                .set_hint(tmp_limit_hint()),
                Some(Limit::Processes) => new(
                    PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                    format!("{kind}: {message}"),
                )
                .set_hint(max_processes_hint()),
                None => {
                    let has = Settings::now().allowance;
                    let hint = denied::hint(language, &kind, &message, &trace, has);
                    let text = match message.as_str() {
                        "" => kind,
                        message => format!("{kind}: {message}"),
                    };
                    match hint {
                        Some(hint) => new(code, text).set_hint(hint),
                        None => new(code, text),
                    }
                }
            };
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
        Failure::Result { message } => new(
            PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
            printable(&middle_cut(&message, MAX_SHOWN)),
        ),
    }
}

fn memory_limit_hint() -> String {
    format!(
        "launchpad.memory_limit is {} MB.",
        Settings::now().memory_limit >> 20
    )
}

fn max_processes_hint() -> String {
    format!(
        "launchpad.max_processes, for processes and threads together, is {}.",
        Settings::now().max_processes
    )
}

fn tmp_limit_hint() -> String {
    format!(
        "launchpad.tmp_limit, for all of a script's files, is {} MB.",
        Settings::now().allowance.tmp_limit >> 20
    )
}

pub(super) fn died(
    how: Ending,
    last_words: Option<String>,
    new: impl Fn(PgSqlErrorCode, String) -> ErrorReport,
) -> ErrorReport {
    let message = match how {
        Ending::OutOfMemory { used } => {
            return new(
                PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
                "the script's processes need more memory than they may have".into(),
            )
            .set_detail(format!("Together they had {} MB.", used >> 20))
            .set_hint(memory_limit_hint());
        }
        Ending::OutOfSpace { used } => {
            return new(
                PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                "the script's files need more space than they may have".into(),
            )
            .set_detail(format!("Together they had {} MB.", used >> 20))
            .set_hint(tmp_limit_hint());
        }
        Ending::TooManyProcesses { used } => {
            return new(
                PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                "the script has more processes than it may have".into(),
            )
            .set_detail(format!("It had {used} processes and threads."))
            .set_hint(max_processes_hint());
        }
        Ending::TooMuchProcessor { used } => {
            return new(
                PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                "the script uses more processor time than it may".into(),
            )
            .set_detail(format!("It used {used} percent of one processor."))
            .set_hint(format!(
                "launchpad.cpu_limit is {} percent of one processor.",
                Settings::now().cpu_limit
            ));
        }
        Ending::PoolOutOfMemory { used, limit } => {
            return new(
                PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
                "the scripts of a pool need more memory than they may have".into(),
            )
            .set_detail(format!(
                "Together they had {} MB, this one the most; pool \"{}\" may have {} MB.",
                used >> 20,
                Settings::now_pool(),
                limit >> 20
            ))
            .set_hint("launchpad.alter_pool changes its max_memory_percent.");
        }
        Ending::PoolTooManyProcesses { used, limit } => {
            return new(
                PgSqlErrorCode::ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
                "the scripts of a pool have more processes than they may have".into(),
            )
            .set_detail(format!(
                "Together they had {used} processes and threads, this one the most; pool \"{}\" may have {limit}.",
                Settings::now_pool()
            ))
            .set_hint("launchpad.alter_pool changes its max_processes.");
        }
        Ending::Cancelled => return cancelled(new),
        // SIGABRT.
        Ending::Signaled(6) if last_words.as_deref().is_some_and(Limit::ended_it) => {
            return new(
                PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
                "the script needs more memory than it may have".into(),
            )
            .set_detail(format!(
                "Last lines of stderr:\n{}",
                last_words.unwrap_or_default()
            ))
            .set_hint(memory_limit_hint());
        }
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
        Some(words) => {
            let hint = denied::absent(&words);
            let report = report.set_detail(format!("Last lines of stderr:\n{words}"));
            match hint {
                Some(hint) => report.set_hint(hint),
                None => report,
            }
        }
        None => report,
    }
}

pub(super) fn garbage(
    what: String,
    new: impl Fn(PgSqlErrorCode, String) -> ErrorReport,
) -> ErrorReport {
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
