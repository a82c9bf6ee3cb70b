//! Station 1, and the way through the others: one execution of `execute_external_script`, the
//! function, or of `sp_execute_external_script`, the procedure.
//!
//! Each step of [`execute`] hands the next what it made; whatever fails on the way, the
//! descriptors close by their owners' `Drop`, and the launchpad ends the satellite when it sees
//! the connection close.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod arguments;
mod depth;
mod params;
mod permission;
mod warnings;

use crate::decode::rows::Rows;
use crate::encode::batch::Batch;
use crate::error::{CallError, LibraryError, Terms, os};
use crate::finish::speech::Speech;
use crate::launch::LaunchError;
use crate::memory;
use crate::monitor::{Record, shared};
use crate::os::channels;
use crate::pg::arguments::Arguments;
use crate::pg::catalog::names_and_types;
use crate::pg::caught::{Caught, catch};
use crate::pg::context::Context;
use crate::pg::encoding::server_is_utf8;
use crate::pg::fds::Claim;
use crate::pg::guard::PgError;
use crate::pg::output::Output;
use crate::pg::parameters::Parameters;
use crate::pg::query::{InputQuery, Session};
use crate::pg::receiver::Snapshot;
use crate::pg::result_set::ResultSet;
use crate::pump::Pump;
use crate::request::{Request, check_read_back};
use crate::settings::Settings;
use crate::streams::encode::message::{END_OF_STREAM, schema_message};
use crate::streams::encode::schema::{check_names, schema};
use crate::types::{Numeric, Tree};
use depth::Level;
use launchpad_fault::{Outcome, SqlState};
use launchpad_protocol::control::{Run, ToScript};
use params::Params;
use std::rc::Rc;

/// Script bytes per frame.
const PIECE: usize = 512 << 10;

/// What calls. The two differ in their arguments' order, in where the rows go, and in these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routine {
    Function,
    Procedure,
}

impl Routine {
    /// A function is a part of a statement; a CALL is a statement of its own, in PL/pgSQL too.
    fn snapshot(self) -> Snapshot {
        match self {
            Routine::Function => Snapshot::Callers,
            Routine::Procedure => Snapshot::Own,
        }
    }

    /// The variables that come back after the run.
    fn read_back(self, params: &Params) -> Vec<String> {
        match self {
            Routine::Function => Vec::new(),
            Routine::Procedure => params.to_read_back().map(str::to_owned).collect(),
        }
    }
}

/// The function's body.
pub fn function(arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    execute(Routine::Function, &arguments, result).map(drop)
}

/// The procedure's body.
pub fn procedure(arguments: Arguments) -> Result<Output, CallError> {
    let name = arguments::cursor_name(&arguments);
    let mut result = ResultSet::undeclared(name.as_deref());
    let changed = execute(Routine::Procedure, &arguments, &mut result)?;
    Ok(Output {
        changed,
        cursor: result.into_cursor(),
    })
}

/// One call; the variables that changed, as a JSON object.
fn execute(
    routine: Routine,
    arguments: &Arguments,
    result: &mut ResultSet,
) -> Result<Option<String>, CallError> {
    permission::check_place()?;
    let request_id = shared::next_request().ok_or(LibraryError::NotPreloaded)?;
    let settings = Settings::now();
    let request = Request::validate(arguments::read(arguments, routine))?;
    let pool = Settings::now_pool();
    let record = Record::begin(
        request_id,
        request.language,
        &pool,
        settings.log_min_duration,
    );
    let call = Call {
        routine,
        request: &request,
        id: request_id,
        settings: &settings,
        pool: &pool,
        record: &record,
    };
    let words = format!("{} script, request {request_id}", request.language.name());
    let level = Level::enter();
    let outcome = catch(|| {
        let _context = Context::push(&words);
        level.check(settings.max_call_depth)?;
        permission::check(&request, &settings)?;
        let given = arguments::params(arguments, routine);
        let params = Params::read(given, arguments::typed_params(arguments, routine), &request)?;
        call.run(&params, result)
    });
    drop(level);
    conclude(record, outcome, words)
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

/// What the stations below know of the call.
struct Call<'a> {
    routine: Routine,
    request: &'a Request,
    id: u64,
    settings: &'a Settings,
    pool: &'a str,
    record: &'a Record,
}

impl Call<'_> {
    fn run(&self, params: &Params, result: &mut ResultSet) -> Result<Option<String>, CallError> {
        let (request, settings) = (self.request, self.settings);
        let stream = params.stream(settings.numeric, request.language)?;
        let read_back = self.routine.read_back(params);
        let parameters = params.for_query();
        let session = Session::connect();
        let query = prepare(&session, request, &parameters)?;
        // A declared numeric takes any exact number as it is, whatever numbers scripts get.
        let declared = names_and_types(result.columns(), Numeric::Decimal);
        let wanted = schema_message(&schema(&declared))?;

        let _claim = Claim::new(channels::DESCRIPTORS).ok_or(LaunchError::NoDescriptors)?;
        let (ours, theirs) = channels::create().map_err(os("create a call's channels"))?;
        self.record.launches();
        let connection = crate::launch::launch(request, self.id, settings, self.pool, theirs)?;
        let rows = Rows::new(result, settings.max_result_size);
        let speech = Speech::new(settings.client_output, settings.max_output);
        let terms = Terms {
            language: request.language,
            pool: self.pool.to_owned(),
            queue_timeout: settings.queue_timeout,
            memory_limit: settings.memory_limit,
            cpu_limit: settings.cpu_limit,
            max_processes: settings.max_processes,
            allowance: settings.allowance,
        };
        let mut pump = Pump::new(&terms, ours, connection, rows, speech, self.record)?;
        // Ahead, so that the satellite finds it there.
        pump.say(&ToScript::Run(Run {
            input_name: request.input_name.clone(),
            output_name: request.output_name.clone(),
            has_params: stream.is_some(),
            has_input: query.is_some(),
            script_bytes: request.script.len() as u64,
            wanted,
            frame_types: settings.frame_types,
            read_back: read_back.clone(),
        }))?;
        for piece in request.script.as_bytes().chunks(PIECE) {
            pump.say(&ToScript::Script(memory::copy(piece)?))?;
        }
        pump.wait_for_satellite(settings.queue_timeout, settings.script_timeout)?;
        if let Some(stream) = stream {
            pump.send(&stream.slices()?)?;
        }
        let cut_short = match query {
            Some(query) => {
                let columns = names_and_types(query.columns(), settings.numeric);
                self.send_rows(&query, &columns, &mut pump)?
            }
            None => None,
        };
        pump.end_input();
        let variables = pump.finish()?;
        if let Some(error) = cut_short {
            // A query that was cancelled has left things half done: the call cannot be a success.
            return Err(CallError::Query(error));
        }
        session.finish();
        Ok(check_read_back(variables, &read_back)?)
    }

    /// Station 5: the query's rows onto the input pipe. Some: the watchdog cancelled the query, because
    /// the satellite is at its end; what the pump finds is the call's outcome.
    fn send_rows(
        &self,
        query: &InputQuery<'_>,
        columns: &[(String, Tree)],
        pump: &mut Pump<'_>,
    ) -> Result<Option<PgError>, CallError> {
        let (language, snapshot) = (self.request.language, self.routine.snapshot());
        if !pump.send(&[&schema_message(&schema(columns))?])? {
            return Ok(None);
        }
        let mut batch = Batch::new(
            columns.iter().map(|(_, tree)| tree),
            language,
            server_is_utf8(),
        )?
        .of_bytes(Settings::now_batch_size());
        let mut before = 0;
        let mut failure = None;
        let watchdog = pump.watchdog();
        pump.query_begins();
        // An error of ours ends the query early instead of passing through the executor.
        let ran = query.run(snapshot, &mut |row| {
            if let Err((index, why)) = batch.append(row) {
                let (name, row) = (&columns[index].0, before + batch.rows() + 1);
                let place = format!("Column \"{name}\" of input_data_1, row {row}");
                failure = Some(why.at(place).into());
                return false;
            }
            if !batch.is_full() {
                return true;
            }
            let sent = self.send(&mut batch, columns, pump);
            before += batch.rows();
            batch.clear();
            sent.unwrap_or_else(|error| {
                failure = Some(error);
                false
            })
        });
        pump.query_ended();
        let bit = watchdog.bit();
        drop(watchdog);
        if let Some(error) = failure {
            return Err(error);
        }
        match ran {
            Err(error) if bit && error.is_cancel() => return Ok(Some(error)),
            ran => ran.map_err(CallError::Query)?,
        }
        if batch.rows() > 0 {
            self.send(&mut batch, columns, pump)?;
        }
        pump.send(&[&END_OF_STREAM])?;
        for ((name, _), losses) in columns.iter().zip(batch.losses()) {
            let place = format!("column \"{name}\" of input_data_1");
            warnings::of_losses(&place, *losses, language);
        }
        Ok(None)
    }

    /// False: the script's side is closed.
    fn send(
        &self,
        batch: &mut Batch,
        columns: &[(String, Tree)],
        pump: &mut Pump<'_>,
    ) -> Result<bool, CallError> {
        let rows = batch.rows();
        let message = batch.message().map_err(|(index, why)| {
            why.at(format!("Column \"{}\" of input_data_1", columns[index].0))
        })?;
        let bytes = message.iter().map(|slice| slice.len()).sum();
        let sent = pump.send(&message)?;
        self.record.has_sent(rows, bytes);
        Ok(sent)
    }
}

/// Station 3: an error of the query is PostgreSQL's own, and no satellite has been used for it.
fn prepare<'a>(
    session: &Session,
    request: &Request,
    parameters: &'a Parameters<'a>,
) -> Result<Option<InputQuery<'a>>, CallError> {
    let Some(text) = &request.input_query else {
        return Ok(None);
    };
    let query = InputQuery::prepare(session, text, parameters)?;
    check_names(query.columns().iter().map(|column| column.name.as_str()))?;
    Ok(Some(query))
}
