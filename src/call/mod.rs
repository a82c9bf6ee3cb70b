//! Station 1, and the way through the others: one execution of `execute_external_script`.
//!
//! Each step of [`execute`] hands the next what it made; whatever fails on the way, the
//! descriptors close by their owners' `Drop`, and the launchpad ends the satellite when it sees
//! the connection close.

mod arguments;

use crate::decode::rows::Rows;
use crate::encode::batch::Batch;
use crate::encode::message::{END_OF_STREAM, schema_message};
use crate::encode::schema::{check_names, schema};
use crate::error::{CallError, Raise, os};
use crate::finish::speech::Speech;
use crate::os::channels;
use crate::pg::arguments::Arguments;
use crate::pg::catalog::resolve;
use crate::pg::descriptor::Column;
use crate::pg::fds::Claim;
use crate::pg::guard::PgError;
use crate::pg::messages::{Severity, report};
use crate::pg::query::{InputQuery, Session};
use crate::pg::result_set::ResultSet;
use crate::pump::Pump;
use crate::request::Request;
use crate::settings::{Numeric, Settings};
use crate::types::Tree;
use launchpad_protocol::control::{Run, ToScript};

/// Script bytes per frame.
const PIECE: usize = 512 << 10;

/// The function's body.
pub fn execute(arguments: Arguments, result: &mut ResultSet) -> Result<(), Raise> {
    let request_id = crate::launch::next_request().ok_or(CallError::NotPreloaded)?;
    let settings = Settings::now();
    if !settings.enabled {
        return Err(CallError::Disabled.into());
    }
    let request = Request::validate(arguments::read(&arguments)).map_err(CallError::from)?;
    let context = format!("{} script, request {request_id}", request.language.name());
    run(&arguments, &request, request_id, &settings, result).map_err(|error| Raise {
        error,
        context: Some(context),
    })
}

fn run(
    arguments: &Arguments,
    request: &Request,
    request_id: u64,
    settings: &Settings,
    result: &mut ResultSet,
) -> Result<(), CallError> {
    let params = arguments::params(arguments, request, settings.numeric)?;
    let session = Session::connect();
    let query = prepare(&session, request)?;
    // A declared numeric takes any exact number as it is, whatever numbers scripts get.
    let declared = names_and_types(result.columns(), Numeric::Decimal);
    let wanted = schema_message(&schema(&declared));

    let _claim = Claim::new(channels::DESCRIPTORS).ok_or(CallError::NoDescriptors)?;
    let (ours, theirs) = channels::create().map_err(os("create a call's channels"))?;
    let connection = crate::launch::launch(request, request_id, settings, theirs)?;
    let rows = Rows::new(result, settings.max_result_size);
    let speech = Speech::new(settings.client_output, settings.max_output);
    let mut pump = Pump::new(ours, connection, rows, speech)?;
    pump.wait_for_satellite(settings.script_timeout)?;

    pump.say(&ToScript::Run(Run {
        input_name: request.input_name.clone(),
        output_name: request.output_name.clone(),
        has_params: params.is_some(),
        has_input: query.is_some(),
        script_bytes: request.script.len() as u64,
        wanted,
        frame_types: settings.frame_types,
        read_back: Vec::new(),
    }))?;
    for piece in request.script.as_bytes().chunks(PIECE) {
        pump.say(&ToScript::Script(piece.to_vec()))?;
    }
    if let Some(stream) = params {
        pump.send(&[&stream])?;
    }
    let cut_short = match query {
        Some(query) => send_rows(&query, settings.numeric, &mut pump)?,
        None => None,
    };
    pump.end_input();
    pump.finish()?;
    if let Some(error) = cut_short {
        // A query that was cancelled has left things half done: the call cannot be a success.
        return Err(CallError::Query(error));
    }
    session.finish();
    Ok(())
}

/// Station 3: an error of the query is PostgreSQL's own, and no satellite has been used for it.
fn prepare(session: &Session, request: &Request) -> Result<Option<InputQuery>, CallError> {
    let Some(text) = &request.input_query else {
        return Ok(None);
    };
    let query = InputQuery::prepare(session, text)?;
    check_names(query.columns().iter().map(|column| column.name.as_str()))
        .map_err(CallError::ColumnName)?;
    Ok(Some(query))
}

/// Station 5: the query's rows onto the input pipe. Some: the watchdog cancelled the query, because
/// the satellite or its time is at its end; what the pump finds is the call's outcome.
fn send_rows(
    query: &InputQuery,
    numeric: Numeric,
    pump: &mut Pump<'_>,
) -> Result<Option<PgError>, CallError> {
    let columns = names_and_types(query.columns(), numeric);
    if !pump.send(&[&schema_message(&schema(&columns))])? {
        return Ok(None);
    }
    let mut batch = Batch::new(columns.iter().map(|(_, tree)| tree));
    let mut failure = None;
    let watchdog = pump.watchdog();
    // An error of ours ends the query early instead of passing through the executor.
    let ran = query.run(&mut |row| {
        if let Err(unsent) = batch.append(row) {
            failure = Some(CallError::Unsent {
                place: format!("column \"{}\" of input_data_1", columns[unsent.column].0),
                why: unsent.why,
            });
            return false;
        }
        if !batch.is_full() {
            return true;
        }
        let sent = pump.send(&batch.message());
        batch.clear();
        sent.unwrap_or_else(|error| {
            failure = Some(error);
            false
        })
    });
    let bit = watchdog.bit();
    drop(watchdog);
    if let Some(error) = failure {
        return Err(error);
    }
    match ran {
        Err(error) if bit => return Ok(Some(error)),
        ran => ran.map_err(CallError::Query)?,
    }
    if batch.rows() > 0 {
        pump.send(&batch.message())?;
    }
    pump.send(&[&END_OF_STREAM])?;
    for index in batch.infinite() {
        let text = format!(
            "column \"{}\" of input_data_1 holds infinite or out-of-range values, which became NULL",
            columns[index].0
        );
        report(Severity::Warning, &text, None);
    }
    Ok(None)
}

fn names_and_types(columns: &[Column], numeric: Numeric) -> Vec<(String, Tree)> {
    columns
        .iter()
        .map(|column| {
            let tree = resolve(column.type_oid, column.typmod, numeric);
            (column.name.clone(), tree)
        })
        .collect()
}
