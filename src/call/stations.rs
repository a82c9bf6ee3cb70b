//! The stations of a call, in their order: each takes the one before it and returns the next, so that none
//! can be left out or come twice. Whatever fails on the way, the descriptors close by their owners'
//! `Drop`, and the launchpad ends the satellite when it sees the connection close.

use super::exchange::Exchange;
use super::invocation::Invocation;
use super::warnings;
use crate::conversation::pump::Key;
use crate::descriptors::channels;
use crate::encode::params::Stream;
use crate::error::{CallError, Terms, os};
use crate::feed::{Boundary, Destination, Fed, Feed, Outlet};
use crate::launch::{self, LaunchError};
use crate::memory;
use crate::monitor::Record;
use crate::pg::catalog::names_and_types;
use crate::pg::fds::Claim;
use crate::pg::guard::PgError;
use crate::pg::named::NamedRelations;
use crate::pg::parameters::Parameters;
use crate::pg::query::{InputQuery, Reading, Session};
use crate::pg::result_set::ResultSet;
use crate::pg::server::{check_interrupts, time_zone};
use crate::request::check_read_back;
use crate::settings::Settings;
use crate::streams::encode::message::schema_message;
use crate::streams::encode::schema::{self, check_names};
use crate::types::Numeric;
use launchpad_protocol::control::{Run, ToScript};

/// Script bytes per frame.
const PIECE: usize = 512 << 10;

/// What all stations know of the call.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub id: u64,
    pub invocation: &'a Invocation,
    pub settings: &'a Settings,
    pub pool: &'a str,
    /// What errors show of the settings.
    pub terms: &'a Terms,
    pub record: &'a Record,
    /// What the input query can read beside the catalog's relations.
    pub relations: NamedRelations,
}

/// The input query is planned and permitted, the parameters are ready: no satellite has been used.
pub struct Prepared<'a> {
    call: Call<'a>,
    session: Session,
    query: Option<InputQuery<'a>>,
    params: Option<Stream>,
}

impl<'a> Prepared<'a> {
    /// `parameters`: the call's, for the input query. An error of the query is PostgreSQL's own.
    pub fn new(call: Call<'a>, parameters: &'a Parameters<'a>) -> Result<Self, CallError> {
        let Invocation {
            request, params, ..
        } = call.invocation;
        let params = params.stream(call.settings.numeric, request.language)?;
        let session = Session::connect();
        let query = match &request.input_query {
            Some(text) => Some(InputQuery::prepare(
                &session,
                text,
                parameters,
                call.relations,
                Reading::Whole,
            )?),
            None => None,
        };
        if let Some(query) = &query {
            check_names(query.columns().iter().map(|column| column.name.as_str()))?;
        }
        Ok(Prepared {
            call,
            session,
            query,
            params,
        })
    }

    /// Asks the launchpad for a satellite and waits until one has the call.
    pub fn launch(self, result: &'a mut ResultSet) -> Result<Launched<'a>, CallError> {
        let Prepared { call, params, .. } = &self;
        let (request, settings) = (&call.invocation.request, call.settings);
        // A declared numeric takes any exact number as it is, whatever numbers scripts get.
        let declared = names_and_types(call.invocation.shape.columns(), Numeric::Decimal)?;
        let wanted = schema_message(&schema::wanted(&declared))?;
        let claim = Claim::new(channels::DESCRIPTORS).ok_or(LaunchError::NoDescriptors)?;
        let (ours, theirs) = channels::create().map_err(os("create a call's channels"))?;
        call.record.launches();
        let connection =
            launch::launch(call.id, &call.record.account(), settings, call.pool, theirs)?;
        let mut exchange = Exchange::new(call.terms, settings, result, call.record)?;
        let key = exchange.add(ours, connection)?;
        // Ahead, so that the satellite finds it there.
        let run = Run {
            input_name: request.input_name.clone(),
            output_name: request.output_name.clone(),
            has_params: params.is_some(),
            has_input: self.query.is_some(),
            script_bytes: request.script.len() as u64,
            wanted,
            frame_types: settings.frame_types,
            read_back: call.invocation.read_back.clone(),
            time_zone: time_zone(),
        };
        exchange.say(key, &ToScript::Run(run))?;
        for piece in request.script.as_bytes().chunks(PIECE) {
            check_interrupts();
            exchange.say(key, &ToScript::Script(memory::copy(piece)?))?;
        }
        exchange.wait_for_satellites(settings)?;
        Ok(Launched {
            prepared: self,
            _claim: claim,
            exchange,
            key,
        })
    }
}

/// A satellite has the call.
pub struct Launched<'a> {
    prepared: Prepared<'a>,
    exchange: Exchange<'a>,
    key: Key,
    _claim: Claim,
}

impl<'a> Launched<'a> {
    /// Parameters and rows onto the input pipe.
    pub fn send(mut self) -> Result<Sent<'a>, CallError> {
        if let Some(params) = self.prepared.params.take()
            && let Err(error) = self.exchange.send(self.key, &params.slices()?)
        {
            return Err(self.exchange.failed(error));
        }
        let cut_short = match self.prepared.query.take() {
            Some(query) => match self.send_rows(&query) {
                Ok(cut_short) => cut_short,
                Err(error) => return Err(self.exchange.failed(error)),
            },
            None => None,
        };
        self.exchange.end_input();
        Ok(Sent {
            launched: self,
            cut_short,
        })
    }

    /// Some: the watchdog cancelled the query, because the satellite is at its end; what the exchange
    /// finds is the call's outcome.
    fn send_rows(&mut self, query: &InputQuery<'_>) -> Result<Option<PgError>, CallError> {
        let Prepared { call, .. } = &self.prepared;
        let language = call.invocation.request.language;
        let columns = names_and_types(query.columns(), call.settings.numeric)?;
        let exchange = &mut self.exchange;
        let mut feed = Feed::new(
            &columns,
            language,
            Settings::now_batch_size(),
            Boundary::Whole,
            Destination::One(self.key),
        )?;
        if !feed.begin(exchange)? {
            return Ok(None);
        }
        let mut failure = None;
        let watchdog = exchange.query_begins();
        // An error of ours ends the query early instead of passing through the executor.
        let ran = query.run(
            call.invocation.snapshot,
            &mut |row| match feed.push(row, exchange) {
                Ok(fed) => fed != Fed::Closed,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            },
        );
        exchange.query_ended();
        let fired = watchdog.fired();
        drop(watchdog);
        if let Some(error) = failure {
            return Err(error);
        }
        match ran {
            Err(error) if fired && error.is_cancel() => return Ok(Some(error)),
            ran => ran.map_err(CallError::Query)?,
        }
        let losses = feed.end(exchange)?;
        for ((name, _), losses) in columns.iter().zip(losses) {
            let place = format!("column \"{name}\" of input_data_1");
            warnings::of_losses(&place, *losses, language);
        }
        Ok(None)
    }
}

impl Outlet for Exchange<'_> {
    type Key = Key;

    fn send(&mut self, to: Key, slices: &[&[u8]]) -> Result<bool, CallError> {
        Exchange::send(self, to, slices)
    }

    fn has_sent(&mut self, rows: usize, bytes: usize) {
        Exchange::has_sent(self, rows, bytes);
    }
}

/// The input is complete.
pub struct Sent<'a> {
    launched: Launched<'a>,
    cut_short: Option<PgError>,
}

impl Sent<'_> {
    /// Waits for the script's end; the variables that changed, as a JSON object.
    pub fn finish(self) -> Result<Option<String>, CallError> {
        let Launched {
            prepared, exchange, ..
        } = self.launched;
        let variables = exchange.finish()?;
        if let Some(error) = self.cut_short {
            // A query that was cancelled has left things half done: the call cannot be a success.
            return Err(CallError::Query(error));
        }
        prepared.session.finish();
        let names = &prepared.call.invocation.read_back;
        Ok(check_read_back(variables, names)?)
    }
}
