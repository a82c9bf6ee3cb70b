//! Whether the role may run such a script, here and now. EXECUTE on the routine has been checked by
//! PostgreSQL.

use crate::pg::{identity, language};
use crate::request::Request;
use crate::settings::Settings;
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_protocol::launch::Language;
use launchpad_protocol::policy::Sandbox;

#[derive(Debug)]
pub enum PermissionError {
    ParallelWorker,
    /// An object's owner has put the call where another role's command runs it.
    Restricted,
    Disabled,
    /// The role has no right to use the language.
    Language(Language),
    /// The database has nothing that the right could be granted on: its extension is older than the library.
    NoLanguage(Language),
    /// Scripts may start programs, in a sandbox that cannot confine them.
    ProgramsInContainer,
}

impl Fault for PermissionError {
    fn report(&self) -> Report {
        let new = |code, message: &str| Report::new(code, Outcome::Refused, message);
        match self {
            PermissionError::ParallelWorker => new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "scripts cannot be run in a parallel worker",
            )
            .set_hint("Mark the functions that run scripts with ALTER FUNCTION … PARALLEL UNSAFE, or SET max_parallel_workers_per_gather = 0."),
            PermissionError::Restricted => new(
                SqlState::INSUFFICIENT_PRIVILEGE,
                "permission denied to run a script in another role's security-restricted operation",
            )
            .set_detail("A materialized view's query or an index's expression runs with its owner's rights, but the command is another role's.")
            .set_hint("The object's owner must run the command: SET ROLE to it before REFRESH MATERIALIZED VIEW, outside of SECURITY DEFINER functions. Scripts in indexes and statistics are not supported."),
            PermissionError::Disabled => new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "external scripts are disabled",
            )
            .set_hint("Set launchpad.enabled to on, in postgresql.conf or for the role or database."),
            PermissionError::Language(language) => {
                let object = language.entry().object.to_str().unwrap_or_default();
                new(
                    SqlState::INSUFFICIENT_PRIVILEGE,
                    &format!("permission denied for language {object}"),
                )
                .set_detail(format!(
                    "Scripts in {} need USAGE on it, besides EXECUTE on the function.",
                    language.name()
                ))
                .set_hint(format!("GRANT USAGE ON LANGUAGE {object} TO …"))
            }
            PermissionError::NoLanguage(language) => {
                let object = language.entry().object.to_str().unwrap_or_default();
                new(
                    SqlState::UNDEFINED_OBJECT,
                    &format!("language {object} does not exist"),
                )
                .set_detail(format!(
                    "Scripts in {} need USAGE on it, and it is not in this database.",
                    language.name()
                ))
                .set_hint("ALTER EXTENSION pg_launchpad UPDATE creates what the extension lacks.")
            }
            PermissionError::ProgramsInContainer => new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                "scripts cannot be allowed to start programs on this server",
            )
            .set_detail("launchpad.allow_exec is on, and the container sandbox cannot confine programs.")
            .set_hint("Set launchpad.allow_exec to off for this role, or launchpad.sandbox to strict for the server."),
        }
    }
}

/// Whether scripts may run where the call is made: asked before anything is read, counted or started.
/// An autovacuum that tries again and again leaves nothing but PostgreSQL's own message.
pub fn check_place() -> Result<(), PermissionError> {
    if identity::is_parallel_worker() {
        return Err(PermissionError::ParallelWorker);
    }
    if identity::serves_another() {
        return Err(PermissionError::Restricted);
    }
    Ok(())
}

pub fn check(request: &Request, settings: &Settings) -> Result<(), PermissionError> {
    if !settings.enabled {
        return Err(PermissionError::Disabled);
    }
    match language::may_use(request.language.entry().object) {
        Some(true) => {}
        Some(false) => return Err(PermissionError::Language(request.language)),
        None => return Err(PermissionError::NoLanguage(request.language)),
    }
    if settings.allowance.programs && settings.sandbox == Sandbox::Container {
        return Err(PermissionError::ProgramsInContainer);
    }
    Ok(())
}
