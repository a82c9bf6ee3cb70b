//! The one poll loop of a call.
//!
//! All descriptors of a call are non-blocking and meet here, so that nothing is ever waited for
//! alone: while the input pipe is full, rows, output and messages coming back are still taken
//! (two full pipes would otherwise wait for each other for ever), and cancel, terminate, timeouts
//! and a vanished client end any wait at once. [`Pump::turn`] is one round; the files beside
//! hold what each descriptor does when it is ready.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod control;
mod deadline;
mod launch;
mod pipes;

use crate::decode::rows::Rows;
use crate::error::{CallError, SatelliteError, Terms, os};
use crate::finish::speech::{Speech, Voice};
use crate::launch::{Connection, LaunchError};
use crate::monitor::Record;
use crate::os::channels::OurEnds;
use crate::os::poller::{Interest, Poller};
use crate::pg::server::{check_interrupts, client_is_lost, client_socket};
use crate::pg::wait::Waiter;
use crate::pg::watchdog::Watchdog;
use control::Control;
use deadline::{Deadline, Late};
use launch::Launch;
use launchpad_protocol::control::{FromScript, ToScript};
use launchpad_protocol::launch::Ending;
use pipes::{Input, Reading, Text, Written};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// Bytes read at once from stdout, stderr and control.
const CHUNK: usize = 16 << 10;

/// What the poller reports.
mod token {
    pub const INPUT: u64 = 0;
    pub const OUTPUT: u64 = 1;
    pub const STDOUT: u64 = 2;
    pub const STDERR: u64 = 3;
    pub const CONTROL: u64 = 4;
    pub const LAUNCH: u64 = 5;
    pub const CLIENT: u64 = 6;
}

/// How long after the queue's own time the launchpad may take to say so.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Pump<'a> {
    // The order of fields is the order of their end: the wait set before the poller it watches.
    waiter: Waiter,
    poller: Poller,
    terms: &'a Terms,
    input: Input,
    output: Reading,
    stdout: Reading,
    stderr: Reading,
    control: Control,
    launch: Launch<'a>,
    record: &'a Record,
    rows: Rows<'a>,
    speech: Speech,
    deadline: Option<Deadline>,
}

impl<'a> Pump<'a> {
    /// Watches `ours` and the connection to the launchpad, for a call on these terms. What happens is
    /// noted in `record`.
    pub fn new(
        terms: &'a Terms,
        ours: OurEnds,
        launch: Connection,
        rows: Rows<'a>,
        speech: Speech,
        record: &'a Record,
    ) -> Result<Self, CallError> {
        let poller = Poller::new().map_err(os("create a poller"))?;
        let watch = |fd: &OwnedFd, token| {
            poller
                .add(fd, token, Interest::Read)
                .map_err(os("watch a descriptor"))
        };
        watch(&ours.output, token::OUTPUT)?;
        watch(&ours.stdout, token::STDOUT)?;
        watch(&ours.stderr, token::STDERR)?;
        watch(&ours.control, token::CONTROL)?;
        watch(&launch.socket, token::LAUNCH)?;
        if let Some(client) = client_socket() {
            poller
                .add(client, token::CLIENT, Interest::Hangup)
                .map_err(os("watch the client"))?;
        }
        Ok(Pump {
            waiter: Waiter::new(poller.as_fd()),
            poller,
            terms,
            input: Input::new(ours.input),
            output: Reading::new(ours.output),
            stdout: Reading::new(ours.stdout),
            stderr: Reading::new(ours.stderr),
            control: Control::new(ours.control),
            launch: Launch::new(launch, record, terms.queue_timeout),
            record,
            rows,
            speech,
            deadline: None,
        })
    }

    /// Waits until a satellite has the call; the script's time starts then. Times are in
    /// milliseconds, 0 is none. The launchpad minds the queue's itself: one that does not even
    /// refuse in time is stuck.
    pub fn wait_for_satellite(
        &mut self,
        queue_timeout: u32,
        script_timeout: u32,
    ) -> Result<(), CallError> {
        self.deadline = Deadline::after(queue_timeout, PATIENCE, Late::Launchpad);
        while !self.launch.is_assigned() {
            self.turn(true)?;
        }
        self.deadline = Deadline::after(script_timeout, Duration::ZERO, Late::Script);
        Ok(())
    }

    /// Queues a message to the script; it leaves with the next turns.
    pub fn say(&mut self, message: &ToScript) -> Result<(), CallError> {
        self.control.queue(message)?;
        self.control.flush(&self.poller)
    }

    /// The executor has the process to itself from now on, but for calls of [`Pump::send`]: that time
    /// is the query's, not the script's.
    pub fn query_begins(&mut self) {
        if let Some(deadline) = &mut self.deadline {
            deadline.stop();
        }
    }

    /// The query has ended: what passes is the script's time again.
    pub fn query_ended(&mut self) {
        if let Some(deadline) = &mut self.deadline {
            deadline.go_on();
        }
    }

    /// Writes all of `slices` to the input pipe. False: the script's side is closed, the rest of
    /// the input is of no use. While the script does not take it, its time passes.
    pub fn send(&mut self, slices: &[&[u8]]) -> Result<bool, CallError> {
        let stopped = self.deadline.as_mut().is_some_and(Deadline::go_on);
        let sent = self.send_now(slices);
        if stopped {
            self.query_begins();
        }
        sent
    }

    fn send_now(&mut self, slices: &[&[u8]]) -> Result<bool, CallError> {
        self.input.start(slices);
        loop {
            match self.input.write(slices, &self.poller)? {
                Written::All => break,
                Written::Closed => return Ok(false),
                Written::Blocked => self.turn(true)?,
            }
        }
        self.turn(false)?;
        self.left()?;
        Ok(true)
    }

    /// Watches the call while the executor runs and nobody calls [`Pump::send`].
    pub fn watchdog(&self) -> Watchdog {
        Watchdog::start(self.launch.fd(), client_socket())
    }

    /// The input is complete: the script reads an end of file.
    pub fn end_input(&mut self) {
        self.record.input_is_complete();
        self.input.close(&self.poller);
    }

    /// Runs until the call has an outcome; the variables that came back, JSON that nobody has
    /// looked at.
    pub fn finish(mut self) -> Result<Vec<u8>, CallError> {
        while !self.is_settled() {
            self.turn(true)?;
        }
        match self.control.take_said() {
            Some(FromScript::Failed(failure)) => {
                // What the script said before it failed is in the pipes already.
                self.hear_the_rest()?;
                Err(SatelliteError::Script(failure, self.terms.clone()).into())
            }
            Some(FromScript::Done { rows }) => match self.launch.ended() {
                Some(Ending::Exited(0)) => {
                    self.rows.finish(rows)?;
                    Ok(self.control.params())
                }
                Some(how) => Err(self.died(how)),
                None => Err(LaunchError::Gone.into()),
            },
            Some(FromScript::Params(_)) | None => match self.launch.ended() {
                Some(how) => Err(self.died(how)),
                None => Err(LaunchError::Gone.into()),
            },
        }
    }

    fn died(&self, how: Ending) -> CallError {
        SatelliteError::Died {
            how,
            last_words: self.speech.last_words(),
            terms: self.terms.clone(),
        }
        .into()
    }

    /// A failure settles a call at once; success only when the satellite is gone and everything
    /// that could still come has come.
    fn is_settled(&self) -> bool {
        matches!(self.control.said(), Some(FromScript::Failed(_)))
            || (self.launch.is_over()
                && self.output.is_closed()
                && self.stdout.is_closed()
                && self.stderr.is_closed()
                && self.control.is_closed())
    }

    /// What is in the pipes now. What else the script's processes still write is not waited for.
    fn hear_the_rest(&mut self) -> Result<(), CallError> {
        for voice in [Voice::Stdout, Voice::Stderr] {
            let mut left = match voice {
                Voice::Stdout => self.stdout.waiting()?,
                Voice::Stderr => self.stderr.waiting()?,
            };
            while left > 0 {
                match self.hear(voice)? {
                    0 => break,
                    count => left = left.saturating_sub(count),
                }
            }
            self.speech.ended(voice);
        }
        Ok(())
    }

    /// How many bytes have come.
    fn hear(&mut self, voice: Voice) -> Result<usize, CallError> {
        let reading = match voice {
            Voice::Stdout => &mut self.stdout,
            Voice::Stderr => &mut self.stderr,
        };
        let speech = &mut self.speech;
        match reading.read_text(&self.poller, |bytes| speech.heard(voice, bytes))? {
            Text::Some(count) => return Ok(count),
            Text::End => speech.ended(voice),
            Text::None => {}
        }
        Ok(0)
    }

    /// How long this wait may last; None: without limit.
    fn left(&self) -> Result<Option<Duration>, CallError> {
        self.deadline.as_ref().map(Deadline::left).transpose()
    }

    /// One round: handles all that is ready, after waiting for it if `wait`.
    fn turn(&mut self, wait: bool) -> Result<(), CallError> {
        if wait {
            let left = self.left()?;
            self.waiter.wait(left);
        } else {
            check_interrupts();
        }
        for ready in self.poller.ready().map_err(os("poll"))? {
            match ready {
                token::INPUT => self.input.writable(&self.poller),
                token::OUTPUT => {
                    let bytes = self.output.read_rows(&self.poller, &mut self.rows)?;
                    if bytes > 0 {
                        self.record.has_returned(bytes, self.rows.count());
                    }
                }
                token::STDOUT => {
                    self.hear(Voice::Stdout)?;
                }
                token::STDERR => {
                    self.hear(Voice::Stderr)?;
                }
                token::CONTROL => self.control.ready(&self.poller, &mut self.rows)?,
                token::LAUNCH => self.launch.read(&self.poller)?,
                _ => {
                    client_is_lost();
                    check_interrupts();
                }
            }
        }
        Ok(())
    }
}
