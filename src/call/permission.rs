//! Whether the role may run such a script, here and now. EXECUTE on the routine has been checked by
//! PostgreSQL.

use crate::error::CallError;
use crate::pg::{identity, language};
use crate::request::Request;
use crate::settings::Settings;
use launchpad_protocol::policy::Sandbox;

/// Whether scripts may run where the call is made: asked before anything is read, counted or started.
/// An autovacuum that tries again and again leaves nothing but PostgreSQL's own message.
pub fn check_place() -> Result<(), CallError> {
    if identity::is_parallel_worker() {
        return Err(CallError::ParallelWorker);
    }
    if identity::serves_another() {
        return Err(CallError::Restricted);
    }
    Ok(())
}

pub fn check(request: &Request, settings: &Settings) -> Result<(), CallError> {
    if !settings.enabled {
        return Err(CallError::Disabled);
    }
    if !language::may_use(request.language.entry().object) {
        return Err(CallError::LanguageDenied(request.language));
    }
    if settings.allowance.programs && settings.sandbox == Sandbox::Container {
        return Err(CallError::ProgramsInContainer);
    }
    Ok(())
}
