//! `launchpad.cancel(request)`: ends a call, waiting or running, and nothing else that its session
//! may do by then.

use super::LaunchError;
use super::answer::{ask, satellites};
use crate::error::CallError;
use crate::pg::messages::{Severity, report};
use crate::pg::server::may_end;
use launchpad_protocol::VERSION;
use launchpad_protocol::launch::{FromBackend, ToBackend};

/// Whether there was such a request to end.
pub fn cancel(request: i64) -> Result<bool, CallError> {
    let wanted = u64::try_from(request).ok();
    let lines = satellites()?;
    let line = lines
        .iter()
        .find(|line| line.request.is_some() && line.request == wanted);
    let Some((request, role)) = line.and_then(|line| Some((line.request?, line.role?))) else {
        report(
            Severity::Warning,
            &format!("request {request} is not waiting or running"),
            None,
        );
        return Ok(false);
    };
    if !may_end(role) {
        return Err(LaunchError::NotYours(request).into());
    }
    let question = FromBackend::Cancel {
        version: VERSION,
        request,
    };
    let answers = ask(&question, |message| match message {
        ToBackend::Cancelled(was_there) => Some(was_there),
        _ => None,
    })?;
    Ok(answers.contains(&true))
}
