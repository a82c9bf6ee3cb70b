//! Station 1, and the way through the others: one execution of `execute_external_script`, the
//! function, or of `sp_execute_external_script`, the procedure.
//!
//! The arguments become an [`Invocation`], which passes through the [`stations`]; what happens between
//! the call and its satellites is the [`exchange`]'s.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod arguments;
mod depth;
mod exchange;
mod invocation;
mod params;
mod permission;
mod stations;
mod warnings;

use crate::error::{CallError, LibraryError, Terms};
use crate::monitor::{Record, shared};
use crate::pg::arguments::Arguments;
use crate::pg::caught::{Caught, catch};
use crate::pg::context::Context;
use crate::pg::output::Output;
use crate::pg::result_set::ResultSet;
use crate::request::Request;
use crate::settings::{self, Settings};
use depth::Level;
use invocation::{ByArguments, Written};
use launchpad_fault::{Outcome, SqlState};
use launchpad_protocol::environment::Environment;
use stations::{Call, Prepared};
use std::rc::Rc;

/// What calls. The two differ in their arguments' order, in where the rows go, in what the input query
/// sees, and in what comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routine {
    Function,
    Procedure,
}

/// The function's body.
#[expect(clippy::disallowed_methods, reason = "at most 1,664 columns")]
pub fn function(arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let asked = ByArguments {
        routine: Routine::Function,
        arguments: &arguments,
        declared: result.columns().to_vec(),
    };
    execute(asked, result).map(drop)
}

/// The procedure's body.
pub fn procedure(arguments: Arguments) -> Result<Output, CallError> {
    let name = arguments::cursor_name(&arguments);
    let mut result = ResultSet::undeclared(name.as_deref());
    let asked = ByArguments {
        routine: Routine::Procedure,
        arguments: &arguments,
        declared: Vec::new(),
    };
    let changed = execute(asked, &mut result)?;
    let cursor = result.into_cursor();
    if cursor.is_some() && arguments.is_transaction() {
        warnings::of_cursor();
    }
    Ok(Output { changed, cursor })
}

/// One call; the variables that changed, as a JSON object.
fn execute(asked: impl Written, result: &mut ResultSet) -> Result<Option<String>, CallError> {
    permission::check_place()?;
    let request_id = shared::next_request().ok_or(LibraryError::NotPreloaded)?;
    let settings = Settings::now();
    let request = asked.request()?;
    let pool = Settings::now_pool();
    let record = Record::begin(
        request_id,
        environment(&request),
        &request.script,
        &pool,
        settings.log_min_duration,
    );
    let terms = Terms {
        language: request.language,
        pool: pool.clone(),
        queue_timeout: settings.queue_timeout,
        memory_limit: settings.memory_limit,
        cpu_limit: settings.cpu_limit,
        max_processes: settings.max_processes,
        allowance: settings.allowance,
        sandbox: settings::sandbox(),
        lacks_params: asked.lacks_params(),
    };
    let words = format!("{} script, request {request_id}", request.language.name());
    let level = Level::enter();
    let outcome = catch(|| {
        let _context = Context::push(&words);
        level.check(settings.max_call_depth)?;
        permission::check(&request, &settings)?;
        let invocation = asked.invocation(request)?;
        let parameters = invocation.params.for_query();
        let call = Call {
            id: request_id,
            invocation: &invocation,
            settings: &settings,
            pool: &pool,
            terms: &terms,
            record: &record,
            relations: result.relations(),
        };
        Prepared::new(call, &parameters)?
            .launch(result)?
            .send()?
            .finish()
    });
    drop(level);
    conclude(record, outcome, words)
}

/// What the call runs in.
fn environment(request: &Request) -> Environment {
    let found = settings::environments().find(|of| of.id == request.environment);
    found.unwrap_or_else(|| Environment::of(request.language, ""))
}

/// Writes down how the call ended, and hands that on.
fn conclude<T>(
    record: Rc<Record>,
    outcome: Result<Result<T, CallError>, Box<Caught>>,
    context: String,
) -> Result<T, CallError> {
    let result = outcome.unwrap_or_else(|caught| Err(CallError::Caught(caught)));
    let (outcome, sqlstate) = match &result {
        Ok(_) => (Outcome::Ok, SqlState::SUCCESSFUL_COMPLETION),
        Err(error) => error.outcome(),
    };
    record.end(outcome, sqlstate.as_str());
    result.map_err(|error| error.within(context))
}
