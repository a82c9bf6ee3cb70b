//! `launchpad.check()`: what this installation has and what it lacks. The server's own side first,
//! then what launchpadd tells of the host, the languages and the sandbox.

use super::table::{Table, text};
use crate::conversation::Broken;
use crate::error::CallError;
use crate::launch::LaunchError;
use crate::launch::answer::ask;
use crate::monitor::shared;
use crate::os::spawn;
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::pg::{extension, server};
use crate::settings::{Settings, for_launchpad};
use crate::types::Natural;
use launchpad_protocol::VERSION;
use launchpad_protocol::check::{Finding, Standing};
use launchpad_protocol::environment::Environment;
use launchpad_protocol::launch::{FromBackend, Refusal, ToBackend};
use nix::unistd::{AccessFlags, access};
use std::io;
use std::path::Path;

/// Its SQL has the same version, which a test checks.
const LIBRARY: &str = env!("CARGO_PKG_VERSION");

/// The body of the SQL function. What is wrong is a row, not an error.
pub fn check(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let mut table = Table::new(result, &[Natural::Utf8; 4])?;
    for finding in findings() {
        table.put([
            text(&finding.what),
            text(finding.state.name()),
            text(&finding.found),
            text(&finding.advice),
        ]);
    }
    Ok(())
}

fn findings() -> Vec<Finding> {
    let mut rows = vec![build(), sql()];
    let is_preloaded = shared::is_preloaded();
    rows.push(match is_preloaded {
        true => ok("server: preloaded", "yes"),
        false => failed(
            "server: preloaded",
            "no",
            "add pg_launchpad to shared_preload_libraries and restart the server",
        ),
    });
    rows.push(match Settings::now().enabled {
        true => ok("server: launchpad.enabled", "on"),
        false => failed(
            "server: launchpad.enabled",
            "off: every script is refused",
            "launchpad.enabled = on",
        ),
    });
    rows.push(installed());
    rows.extend(for_launchpad().environments.iter().map(program));
    if !is_preloaded {
        return rows;
    }
    match ask(&FromBackend::Check { version: VERSION }, finding) {
        Ok(more) => {
            rows.push(ok("server: launchpad", "running"));
            rows.extend(more);
        }
        Err(error) => rows.push(trouble(&error)),
    }
    rows
}

/// Which build the server runs, where it comes from, and whether another one has been installed since.
fn build() -> Finding {
    let what = "server: version";
    let used = spawn::installed();
    let name = |folder: &Path| folder.file_name().unwrap_or_default().display().to_string();
    let origin = match used.as_deref().and_then(Path::parent) {
        Some(folder) if folder.join("package").is_dir() => "from a package",
        Some(_) => "from make install",
        None => "not installed beside the library",
    };
    let build = used.as_deref().map(name).unwrap_or_default();
    let found = format!(
        "PostgreSQL {}; pg_launchpad {LIBRARY}, {origin}, build {build}",
        server::version()
    );
    let next = spawn::current().and_then(|link| link.canonicalize().ok());
    match next.filter(|next| Some(next) != used.as_ref()) {
        None => ok(what, &found),
        Some(next) => row(
            what,
            Standing::Missing,
            &found,
            &format!("restart the server: build {} is installed", name(&next)),
        ),
    }
}

/// Whether the database's functions and views are those of the library.
fn sql() -> Finding {
    let what = "server: SQL";
    match extension::sql_version() {
        Some(version) if version == LIBRARY => ok(what, &version),
        Some(version) => failed(
            what,
            &format!("{version}, the library is {LIBRARY}"),
            "ALTER EXTENSION pg_launchpad UPDATE; if the library is the older one, restart the server",
        ),
        None => failed(
            what,
            "not in this database",
            "CREATE EXTENSION pg_launchpad",
        ),
    }
}

/// The service's own program, which lies beside the library.
fn installed() -> Finding {
    let folder = spawn::installed().or_else(spawn::current);
    let path = folder.unwrap_or_default().join("launchpadd");
    match access(&path, AccessFlags::X_OK) {
        Ok(()) => ok("server: launchpadd", "installed"),
        Err(errno) => failed(
            "server: launchpadd",
            &format!("{}: {}", path.display(), io::Error::from(errno)),
            "reinstall the package, or run make install: it belongs beside the library",
        ),
    }
}

/// The environment's program, as far as it can be judged without starting it.
fn program(environment: &Environment) -> Finding {
    let (name, setting) = (environment.language.name(), environment.language.setting());
    let (what, path) = (format!("server: program for {name}"), &environment.program);
    if !environment.is_offered() {
        return row(
            &what,
            Standing::Missing,
            &format!("{setting} is empty: scripts in {name} are refused"),
            &format!("set {setting} to the program's path and reload the configuration"),
        );
    }
    match access(path.as_str(), AccessFlags::X_OK) {
        Ok(()) => ok(&what, path),
        Err(errno) => failed(
            &what,
            &format!("{path}: {}", io::Error::from(errno)),
            &format!("{setting} must name a program that the server's user can read and start"),
        ),
    }
}

fn finding(message: ToBackend) -> Option<Finding> {
    match message {
        ToBackend::Finding(finding) => Some(finding),
        _ => None,
    }
}

fn trouble(error: &CallError) -> Finding {
    let row = |found: &str, advice| failed("server: launchpad", found, advice);
    if let Some(Broken::LaunchpadGone) = error.fault() {
        return row("ended just now", "it is started again: look again");
    }
    match error.fault() {
        Some(LaunchError::NotRunning(errno)) => row(
            &format!("not running: {}", io::Error::from(*errno)),
            "the server log says why; it needs a free slot of max_worker_processes",
        ),
        Some(LaunchError::Silent) => row(
            "does not answer",
            "its process launchpadd is stopped or stuck; ending it starts another",
        ),
        Some(LaunchError::Refused {
            refusal: Refusal::VersionMismatch { launchpad },
            ..
        }) => row(
            &format!("of another version: it speaks protocol {launchpad}, this session {VERSION}"),
            "restart the server, or reconnect if it was restarted after an upgrade",
        ),
        _ => row(&format!("{error:?}"), "the server log may say more"),
    }
}

fn ok(what: &str, found: &str) -> Finding {
    row(what, Standing::Ok, found, "")
}

fn failed(what: &str, found: &str, advice: &str) -> Finding {
    row(what, Standing::Failed, found, advice)
}

fn row(what: &str, state: Standing, found: &str, advice: &str) -> Finding {
    Finding {
        what: what.to_owned(),
        state,
        found: found.to_owned(),
        advice: advice.to_owned(),
    }
}
