//! A call and its satellites talk: the pump's events, each to whom it is for, until all has been said.

mod settle;

use crate::conversation::pump::{Deadline, Event as Happened, Key, Late, Pump, Wait};
use crate::conversation::{Broken, Event, Written};
use crate::decode::rows::{Rows, Source};
use crate::descriptors::channels::OurEnds;
use crate::error::{CallError, SatelliteError, Terms};
use crate::finish::{Speaker, Speech};
use crate::launch::held::Held;
use crate::launch::{Connection, LaunchError};
use crate::memory;
use crate::monitor::Record;
use crate::pg::result_set::ResultSet;
use crate::pg::server::{check_interrupts, client_is_lost, client_socket};
use crate::pg::wait::Waiter;
use crate::pg::watchdog::Watchdog;
use crate::request::RequestError;
use crate::request::read_back::{VALUE_BYTES, check_weight};
use crate::request::weight::Weight;
use crate::settings::Settings;
use launchpad_protocol::WireError;
use launchpad_protocol::control::{FromScript, ToScript};
use std::time::{Duration, Instant};

/// How long after the queue's own time the launchpad may take to say so.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a call that fails waits for the end of its satellites, whose usage it counts. A later end goes
/// from the launchpad to the background worker.
const LAST_WAIT: Duration = Duration::from_millis(100);

impl Wait for Waiter {
    fn wait(&mut self, limit: Option<Duration>) -> bool {
        // What interrupts a backend raises.
        Waiter::wait(self, limit);
        false
    }
}

/// One satellite of the call.
struct Party {
    key: Key,
    /// Until the satellite has ended.
    held: Option<Held>,
    is_assigned: bool,
    source: Source,
    speaker: Speaker,
    /// Whether variables are to come back.
    reads_back: bool,
    variables: Vec<u8>,
    weight: Weight,
    last_word: Option<FromScript>,
}

impl Party {
    fn has_failed(&self) -> bool {
        matches!(self.last_word, Some(FromScript::Failed(_)))
    }
}

pub struct Exchange<'a> {
    pump: Pump<Waiter>,
    parties: Vec<Party>,
    rows: Rows<'a>,
    speech: Speech,
    record: &'a Record,
    terms: &'a Terms,
    budget: u64,
}

impl<'a> Exchange<'a> {
    /// Rows go into `result`; what happens is noted in `record`.
    pub fn new(
        terms: &'a Terms,
        settings: &Settings,
        result: &'a mut ResultSet,
        record: &'a Record,
    ) -> Result<Self, CallError> {
        Ok(Exchange {
            pump: Pump::new(Waiter::new, client_socket())?,
            parties: Vec::new(),
            rows: Rows::new(result, settings.max_result_size),
            speech: Speech::new(
                record.request(),
                settings.client_output,
                settings.max_output,
            ),
            record,
            terms,
            budget: settings.max_result_size,
        })
    }

    /// Begins to talk with a satellite that has been asked for.
    pub fn add(&mut self, ours: OurEnds, connection: Connection) -> Result<Key, CallError> {
        let Connection { socket, held } = connection;
        let key = self.pump.add(ours, socket, self.budget)?;
        let party = Party {
            key,
            held: Some(held),
            is_assigned: false,
            source: Source::default(),
            speaker: Speaker::default(),
            reads_back: false,
            variables: Vec::new(),
            weight: Weight::default(),
            last_word: None,
        };
        memory::push(&mut self.parties, party)?;
        Ok(key)
    }

    /// Waits until satellites have the call; the script's time starts then. Times are in
    /// milliseconds, 0 is none. The launchpad minds the queue's itself: one that does not even
    /// refuse in time is stuck.
    pub fn wait_for_satellites(&mut self, settings: &Settings) -> Result<(), CallError> {
        self.pump.deadline = Deadline::after(settings.queue_timeout, PATIENCE, Late::Launchpad);
        while !self.parties.iter().all(|party| party.is_assigned) {
            self.turn()?;
        }
        let millis = settings.script_timeout;
        self.pump.deadline = Deadline::after(millis, Duration::ZERO, Late::Script { millis });
        Ok(())
    }

    /// Queues a message to the script; it leaves with the next turns.
    pub fn say(&mut self, to: Key, message: &ToScript) -> Result<(), CallError> {
        if let ToScript::Run(run) = message {
            self.party(to).reads_back = !run.read_back.is_empty();
        }
        self.pump.say(to, message).map_err(|error| match error {
            Broken::Wire(WireError::TooLong { .. }) => RequestError::TooManyNames.into(),
            error => error.into(),
        })
    }

    /// The executor has the process to itself from now on, but for calls of [`Exchange::send`]: that
    /// time is the query's, not the script's. The watchdog minds the call meanwhile.
    pub fn query_begins(&mut self) -> Watchdog {
        if let Some(deadline) = &mut self.pump.deadline {
            deadline.stop();
        }
        Watchdog::start(self.pump.urgent(), client_socket())
    }

    /// The query has ended: what passes is the script's time again.
    pub fn query_ended(&mut self) {
        if let Some(deadline) = &mut self.pump.deadline {
            deadline.go_on();
        }
    }

    /// Writes all of `slices` to the input pipe. False: the script's side is closed, the rest of
    /// the input is of no use. While the script does not take it, its time passes.
    pub fn send(&mut self, to: Key, slices: &[&[u8]]) -> Result<bool, CallError> {
        let stopped = self.pump.deadline.as_mut().is_some_and(Deadline::go_on);
        let sent = self.send_now(to, slices);
        if let (true, Some(deadline)) = (stopped, &mut self.pump.deadline) {
            deadline.stop();
        }
        sent
    }

    fn send_now(&mut self, to: Key, slices: &[&[u8]]) -> Result<bool, CallError> {
        self.pump.conversation(to).start(slices);
        loop {
            match self.pump.write(to, slices)? {
                Written::All => break,
                Written::Closed => return Ok(false),
                Written::Blocked => while !self.turn()?.is_room_at(to) {},
            }
        }
        check_interrupts();
        self.pump.look()?;
        while let Some(event) = self.pump.take()? {
            self.happened(event)?;
        }
        self.pump.left().map_err(late)?;
        Ok(true)
    }

    /// So many rows are on their way, in so many bytes.
    pub fn has_sent(&mut self, rows: usize, bytes: usize) {
        self.record.has_sent(rows, bytes);
    }

    /// The input is complete: the scripts read an end of file.
    pub fn end_input(&mut self) {
        self.record.input_is_complete();
        for party in &self.parties {
            self.pump.end_input(party.key);
        }
    }

    /// Waits for the next event and handles it.
    fn turn(&mut self) -> Result<Turn, CallError> {
        let event = self.pump.next()?;
        self.happened(event)
    }

    fn happened(&mut self, event: Happened) -> Result<Turn, CallError> {
        match event {
            Happened::Of(key, Event::WantsInput) => return Ok(Turn::HasRoom(key)),
            Happened::Of(key, event) => self.has_said(key, event)?,
            Happened::Interrupted { client_is_gone } => {
                if client_is_gone {
                    client_is_lost();
                }
                check_interrupts();
            }
            Happened::Late(who) => return Err(late(who)),
        }
        Ok(Turn::Other)
    }

    fn has_said(&mut self, key: Key, event: Event) -> Result<(), CallError> {
        match event {
            Event::Queued => self.record.is_queued(),
            Event::Assigned { warm } => {
                self.party(key).is_assigned = true;
                self.record.is_assigned(warm);
            }
            Event::Refused(refusal) => {
                let queue_timeout = self.terms.queue_timeout;
                let refused = LaunchError::Refused {
                    refusal,
                    queue_timeout,
                };
                return Err(refused.into());
            }
            Event::Ended(ended) => {
                self.record.has_used(ended.usage);
                self.party(key).held = None;
            }
            Event::Rows(bytes) => {
                let party = party_of(&mut self.parties, key);
                let output = self.pump.conversation(key).output();
                self.rows.take(&mut party.source, output)?;
                self.record.has_returned(bytes, self.rows.count());
            }
            Event::Text(voice) => {
                let heard = self.pump.conversation(key).heard(voice);
                let speaker = &mut party_of(&mut self.parties, key).speaker;
                self.speech.heard(speaker, voice, heard);
            }
            Event::Silent(voice) => {
                let speaker = &mut party_of(&mut self.parties, key).speaker;
                self.speech.ended(speaker, voice);
            }
            Event::Message(FromScript::Params(piece)) => self.add_variables(key, &piece)?,
            Event::Message(FromScript::Imported(report)) => {
                self.pump.conversation(key).imported(report);
            }
            Event::Message(FromScript::Row(_)) => {
                return Err(WireError::Malformed.into());
            }
            Event::Message(last) => self.party(key).last_word = Some(last),
            Event::WantsInput | Event::Closed(_) => {}
        }
        Ok(())
    }

    /// Variables that come back are a part of the result: their weight counts among what it may be.
    fn add_variables(&mut self, key: Key, piece: &[u8]) -> Result<(), CallError> {
        let party = self.party(key);
        if !party.reads_back {
            return Err(WireError::Malformed.into());
        }
        let before = party.weight.values();
        party.weight.add(piece);
        check_weight(&party.weight)?;
        let values = party.weight.values() - before;
        memory::extend(&mut party.variables, piece)?;
        let bytes = (piece.len() + values * VALUE_BYTES) as u64;
        Ok(self.pump.conversation(key).output().charge(bytes)?)
    }

    fn party(&mut self, key: Key) -> &mut Party {
        party_of(&mut self.parties, key)
    }
}

fn party_of(parties: &mut [Party], key: Key) -> &mut Party {
    let party = parties.iter_mut().find(|party| party.key == key);
    party.expect("every conversation is a party's")
}

/// However a call ends that does not end with its satellites: what they have used is counted. Raises
/// nothing, an error is on its way.
impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        let deadline = Instant::now() + LAST_WAIT;
        self.parties.retain(|party| {
            let conversation = self.pump.conversation(party.key);
            party.is_assigned && conversation.ended().is_none() && conversation.hang_up()
        });
        for party in &self.parties {
            if let Some(ended) = self.pump.conversation(party.key).end(deadline) {
                self.record.has_used(ended.usage);
            }
        }
    }
}

/// What a turn brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// There is room in a conversation's input pipe.
    HasRoom(Key),
    Other,
}

impl Turn {
    fn is_room_at(self, key: Key) -> bool {
        self == Turn::HasRoom(key)
    }
}

fn late(late: Late) -> CallError {
    match late {
        Late::Launchpad => LaunchError::Silent.into(),
        Late::Script { millis } => SatelliteError::Late { millis }.into(),
    }
}
