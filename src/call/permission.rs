//! Whether the role may run such a script here and now. EXECUTE on the routine has been checked by
//! PostgreSQL.

use crate::error::CallError;
use crate::pg::language;
use crate::request::Request;
use crate::settings::Settings;
use launchpad_protocol::policy::Sandbox;

pub fn check(request: &Request, settings: &Settings) -> Result<(), CallError> {
    if !settings.enabled {
        return Err(CallError::Disabled);
    }
    if !language::may_use(language::object(request.language)) {
        return Err(CallError::LanguageDenied(request.language));
    }
    if settings.allowance.programs && settings.sandbox == Sandbox::Container {
        return Err(CallError::ProgramsInContainer);
    }
    Ok(())
}
