//! Why there is no satellite for a call, or no answer from the launchpad.

use launchpad_fault::{Fault, OPEN_FILES_HINT, Outcome, Report, SqlState};
use launchpad_protocol::launch::{Language, Refusal, Wait};
use nix::errno::Errno;
use std::io::Error;

#[derive(Debug)]
pub enum LaunchError {
    /// `launchpad.pool` names none of the database's pools.
    NoPool(String),
    /// The pool leaves the call none of the processors that it may have.
    NoProcessor {
        pool: String,
    },
    /// A text that is no set of processors, and why.
    Processors(String, String),
    NoDescriptors,
    /// This process, or the host, has none of what a connection takes.
    Connection(Errno),
    /// Nobody listens on launchpadd's socket.
    NotRunning(Errno),
    /// launchpadd is there and does not answer.
    Silent,
    Refused {
        refusal: Refusal,
        /// `launchpad.queue_timeout` that the request came with.
        queue_timeout: u32,
    },
    /// `launchpad.cancel` of another role's request.
    NotYours(u64),
}

impl Fault for LaunchError {
    fn report(&self) -> Report {
        let unready = |outcome, message: &str| {
            Report::new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, outcome, message)
        };
        match self {
            LaunchError::NoPool(name) => Report::new(
                SqlState::UNDEFINED_OBJECT,
                Outcome::Refused,
                format!("pool \"{name}\" does not exist in this database"),
            )
            .set_hint("Create it with launchpad.create_pool, or set launchpad.pool to another pool."),
            LaunchError::NoProcessor { pool } => unready(
                Outcome::Refused,
                "there is no CPU that the script can run on",
            )
            .set_detail(format!(
                "launchpad.cpu_affinity and the cpu_affinity of pool \"{pool}\" have none in common."
            ))
            .set_hint("Change launchpad.cpu_affinity, or the pool with launchpad.alter_pool."),
            LaunchError::Processors(text, why) => Report::new(
                SqlState::INVALID_PARAMETER_VALUE,
                Outcome::Other,
                format!("invalid CPU list \"{text}\": {why}"),
            )
            .set_hint("Write CPU numbers and ranges, such as 0-3,6, or leave it empty for all CPUs."),
            LaunchError::NoDescriptors => Report::new(
                SqlState::INSUFFICIENT_RESOURCES,
                Outcome::Refused,
                "no file descriptors left for an external script",
            )
            .set_hint("Raise max_files_per_process, or the limit of open files (ulimit -n, LimitNOFILE) where that is lower."),
            LaunchError::Connection(errno) => {
                Report::system_call(Outcome::Refused, "connect to the launchpad", *errno)
            }
            LaunchError::NotRunning(errno) => {
                unready(Outcome::Refused, "the launchpad is not running")
                    .set_detail(format!("Connecting to it failed: {}.", Error::from(*errno)))
                    .set_hint("The server log shows why it does not start. It needs pg_launchpad in shared_preload_libraries and a free slot of max_worker_processes.")
            }
            LaunchError::Silent => unready(Outcome::Refused, "the launchpad does not answer")
                .set_hint("Its process launchpadd is stopped or stuck; if it is ended, another one starts."),
            LaunchError::Refused {
                refusal,
                queue_timeout,
            } => refused(refusal, *queue_timeout),
            LaunchError::NotYours(request) => Report::new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                Outcome::Other,
                format!("permission denied to cancel request {request}"),
            )
            .set_hint("Only members of the role that made the call and members of pg_signal_backend can cancel it; only superusers can cancel a superuser's call."),
        }
    }
}

fn refused(refusal: &Refusal, queue_timeout: u32) -> Report {
    let new = |code, message: &str| Report::new(code, Outcome::Refused, message);
    let unready = |message: &str| new(SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE, message);
    let full = |message: &str| new(SqlState::TOO_MANY_CONNECTIONS, message);
    match refusal {
        // The queue's time is over.
        Refusal::Busy {
            wait,
            most,
            waiting,
        } => {
            let others = match waiting {
                1 => "1 other call waits".to_owned(),
                many => format!("{many} other calls wait"),
            };
            let (why, limit) = waited_for(*wait, *most);
            full(&format!(
                "no satellite became free within launchpad.queue_timeout ({queue_timeout} ms)"
            ))
            .set_detail(format!("{why}, {others}."))
            .set_hint(format!("Raise {limit} or launchpad.queue_timeout."))
        }
        // A session that holds a satellite waits for no other.
        Refusal::Held { wait, most } => {
            let (why, limit) = waited_for(*wait, *most);
            full("no satellite is free for a call inside another call")
                .set_detail(format!(
                    "{why}. This session has a satellite already, and does not wait for another."
                ))
                .set_hint(format!("Raise {limit}, or repeat the statement later."))
        }
        Refusal::NoDescriptors { reason } => new(
            SqlState::INSUFFICIENT_RESOURCES,
            "no file descriptors are left for a satellite",
        )
        .set_detail(format!("{reason}."))
        .set_hint(OPEN_FILES_HINT),
        Refusal::Crowded { most } => full("too many sessions have calls at once")
            .set_detail(format!(
                "{most} sessions have calls, which is the most that the launchpad's limit of open files allows."
            ))
            .set_hint(OPEN_FILES_HINT),
        Refusal::Cancelled => Report::cancelled(),
        Refusal::NotOffered { language } => {
            let setting = language.setting();
            unready(&format!(
                "this server does not run {} scripts",
                language.name()
            ))
            .set_detail(format!("{setting} is empty."))
            .set_hint(format!(
                "Set {setting} to the path of a program and reload the configuration."
            ))
        }
        Refusal::EnvironmentBroken { language, reason } => unready(&format!(
            "the {} environment does not start",
            language.name()
        ))
        .set_detail(in_short(reason))
        .set_hint(start_hint(*language, reason)),
        Refusal::SandboxRefused { step, reason } => {
            unready("the sandbox cannot be set up on this host")
                .set_detail(format!(
                    "Step \"{step}\": {}.",
                    reason.trim_end_matches('.')
                ))
                .set_hint(step_hint(step))
        }
        Refusal::Starved { pool, seconds } => Report::new(
            SqlState::TOO_MANY_CONNECTIONS,
            Outcome::Refused,
            format!("no satellite of pool \"{pool}\" became ready within {seconds} s"),
        )
        .set_detail("The limits of the pool also apply while its satellites are created.")
        .set_hint(
            "Raise the pool's limits (launchpad.alter_pool), or repeat the statement when fewer of its calls run.",
        ),
        Refusal::Loading { language, seconds } => unready(&format!(
            "the {} environment is not loaded yet",
            language.name()
        ))
        .set_detail(format!(
            "Its program was started {seconds} s ago; launchpad.queue_timeout is {queue_timeout} ms."
        ))
        .set_hint(format!(
            "Repeat the statement later. If that lasts, {} names a program that hangs.",
            language.setting()
        )),
        Refusal::VersionMismatch { launchpad } => {
            unready("this session and the launchpad are of different versions of pg_launchpad")
                .set_detail(format!(
                    "The session speaks protocol {}, the launchpad {launchpad}.",
                    launchpad_protocol::VERSION
                ))
                .set_hint("Restart the server, or reconnect if it was restarted after an upgrade.")
        }
        Refusal::BadRequest => new(
            SqlState::INTERNAL_ERROR,
            "the launchpad did not understand the request",
        ),
    }
}

/// What can be done about an environment that does not start.
fn start_hint(language: Language, reason: &str) -> String {
    if reason.starts_with("cannot execute") {
        let setting = language.setting();
        return format!("{setting} must name a program that the server's user can execute.");
    }
    // What launchpadd says of a zygote whose files are newer than itself.
    if reason.contains("of the protocol, launchpadd") {
        return "pg_launchpad was upgraded while the server ran: restart the server.".to_owned();
    }
    // What the zygote of a container says, where no keeper names a step.
    if reason.contains("cannot be shown to scripts") {
        return step_hint("trees").to_owned();
    }
    (language.entry().start_hint)(reason).to_owned()
}

/// A reason without the traceback in its middle, which the log has.
fn in_short(reason: &str) -> String {
    let Some((first, rest)) = reason.trim_end().split_once('\n') else {
        return reason.to_owned();
    };
    let how = first.split_once(": ").map_or(first, |(how, _)| how);
    let last = rest.lines().next_back().unwrap_or_default();
    format!("{how}: {last}\nThe server log has the complete message.")
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

/// What can be done about a step of the sandbox (launchers/sandbox) that was refused.
fn step_hint(step: &str) -> &'static str {
    match step {
        "namespaces" | "propagation" | "root" | "pivot" => {
            "The server's user must be allowed to create user namespaces, and to mount in them (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns; in a container, the seccomp profile docker/seccomp.json and the AppArmor profile docker/apparmor). Where that is not possible, set launchpad.sandbox = container, which needs no namespaces; the documentation says what it does not protect."
        }
        "worker" | "identity" => {
            "launchpad.worker_uids gives each satellite a separate user. It needs newuidmap and newgidmap, and a range for the server's user in /etc/subuid and /etc/subgid. Set it to off to run satellites as the server's user."
        }
        "trees" => {
            "Scripts see the folders of the interpreter and of launchpad.readable_paths, which must exist, be readable for the satellites' user, and hold none of the server's own files."
        }
        "processors" => {
            "launchpad.cpu_affinity and the pool's cpu_affinity must share a CPU that the server can use."
        }
        "pool" => "launchpad.alter_pool changes the limits of the pool that launchpad.pool names.",
        "landlock" => {
            "launchpad.sandbox = container needs a kernel with Landlock; strict needs user namespaces instead."
        }
        "work directory" => {
            "With launchpad.sandbox = container, launchpad.work_directory must name a directory that the server's user can write and nobody else can rename, on another file system than the data directory and pg_wal: a volume, or a tmpfs such as /dev/shm."
        }
        "cgroup" => {
            "The server's service must own its cgroup (systemd: Delegate=yes), or not have a separate one."
        }
        _ => "SELECT * FROM launchpad.check() shows what this host has and lacks.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_containers_refuse_name_the_profiles() {
        for step in ["namespaces", "propagation", "root", "pivot"] {
            for named in [
                "docker/seccomp.json",
                "docker/apparmor",
                "launchpad.sandbox",
            ] {
                assert!(step_hint(step).contains(named), "{step}: {named}");
            }
        }
    }

    #[test]
    fn what_helps_depends_on_the_reason() {
        let hint = |reason| start_hint(Language::PYTHON, reason);
        assert!(hint("the zygote exited with status 1").contains("needs the packages"));
        assert!(hint("cannot execute \"/x\": Permission denied").contains("can execute"));
        let newer = "the zygote speaks version 10 of the protocol, launchpadd 9";
        assert!(hint(newer).ends_with("restart the server."));
    }

    #[test]
    fn a_traceback_is_shortened_to_its_end() {
        let all = "the zygote exited with status 1: Traceback: x\n  y\nValueError: z\n";
        let told = "the zygote exited with status 1: ValueError: z\nThe server log has the complete message.";
        assert_eq!(in_short(all), told);
        assert_eq!(in_short("it ended: why"), "it ended: why");
    }
}
