//! One satellite of a call, as the backend sees it: its pipes, the control channel, the output stream,
//! and the connection to the launchpad that gave it; and the [`pump`] that turns any number of them.
//!
//! All descriptors are non-blocking. Whoever polls them calls [`Conversation::ready`] for the one that
//! is, and gets what came as an [`Event`]. Nothing is consumed by ending: rows, texts and messages that
//! came before an end can be taken after it.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod control;
mod launch;
mod pipes;
pub mod pump;
#[cfg(test)]
mod tests;

pub use pipes::Written;

use control::Control;
use launch::Launch;
use launchpad_descriptors::channels::OurEnds;
use launchpad_descriptors::poller::{Interest, Poller};
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_memory::NoMemory;
use launchpad_protocol::WireError;
use launchpad_protocol::control::{FromScript, ToScript};
use launchpad_protocol::launch::{Ended, Refusal};
use launchpad_streams::decode::StreamError;
use launchpad_streams::decode::stream::Stream;
use nix::errno::Errno;
use pipes::{Input, Output, Text};
use std::os::fd::OwnedFd;
use std::time::Instant;

/// Bytes read at once from stdout, stderr and control.
const CHUNK: usize = 16 << 10;

/// One of a conversation's descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Input,
    Output,
    Stdout,
    Stderr,
    Control,
    Launch,
}

impl Channel {
    pub const ALL: [Channel; 6] = [
        Channel::Input,
        Channel::Output,
        Channel::Stdout,
        Channel::Stderr,
        Channel::Control,
        Channel::Launch,
    ];

    /// The conversation's number, and the channel, of a token that a poller reports.
    pub fn of_token(token: u64) -> (usize, Channel) {
        let token = token as usize;
        let channels = Channel::ALL.len();
        (token / channels, Channel::ALL[token % channels])
    }
}

/// Stdout or stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    Stdout,
    Stderr,
}

/// What a conversation has to say.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// The launchpad has the request wait.
    Queued,
    /// A satellite has the other ends; `warm`: it was ready before the request came.
    Assigned {
        warm: bool,
    },
    /// The launchpad does not run it.
    Refused(Refusal),
    /// There is room in the input pipe again, or nobody reads it any more.
    WantsInput,
    /// So many bytes of the output have come: [`Conversation::output`] has what is whole.
    Rows(usize),
    /// [`Conversation::heard`] has what the script said.
    Text(Voice),
    /// It says nothing more there.
    Silent(Voice),
    Message(FromScript),
    /// The satellite's process is gone.
    Ended(Ended),
    /// Nothing more comes by this channel.
    Closed(Channel),
}

/// Why a conversation cannot go on.
#[derive(Debug)]
pub enum Broken {
    /// A system call of ours failed.
    Os {
        what: &'static str,
        errno: Errno,
    },
    /// The launchpad ended while it had the call.
    LaunchpadGone,
    /// The control channel carried something that is no message.
    Wire(WireError),
    Stream(StreamError),
    NoMemory(NoMemory),
}

impl Fault for Broken {
    fn report(&self) -> Report {
        match self {
            Broken::Os { what, errno } => Report::system_call(Outcome::Other, what, *errno),
            Broken::LaunchpadGone => Report::new(
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
                Outcome::Died,
                "the launchpad ended while it had this call",
            )
            .set_hint("It is started again: repeat the call."),
            Broken::Wire(error) => error.report(),
            Broken::Stream(error) => error.report(),
            Broken::NoMemory(refused) => refused.report(),
        }
    }
}

impl From<WireError> for Broken {
    fn from(error: WireError) -> Self {
        Broken::Wire(error)
    }
}

impl From<StreamError> for Broken {
    fn from(error: StreamError) -> Self {
        Broken::Stream(error)
    }
}

impl From<NoMemory> for Broken {
    fn from(refused: NoMemory) -> Self {
        Broken::NoMemory(refused)
    }
}

/// For `map_err`: the system call that `what` names failed.
pub fn os(what: &'static str) -> impl Fn(Errno) -> Broken {
    move |errno| Broken::Os { what, errno }
}

/// Where a conversation's descriptors are watched: all of them, and again the launchpad's connection
/// among what cannot wait.
pub struct Watch<'p> {
    pub all: &'p Poller,
    pub urgent: &'p Poller,
    /// The conversation's number.
    pub number: usize,
}

impl Watch<'_> {
    /// What the pollers report of a channel; [`Channel::of_token`] takes it apart.
    fn token(&self, channel: Channel) -> u64 {
        (self.number * Channel::ALL.len() + channel as usize) as u64
    }
}

pub struct Conversation {
    input: Input,
    output: Output,
    stdout: Text,
    stderr: Text,
    control: Control,
    launch: Launch,
}

impl Conversation {
    /// `launch`: the connection that the launch request went out on; `budget`: bytes that may come
    /// back.
    pub fn new(
        ours: OurEnds,
        launch: OwnedFd,
        budget: u64,
        watch: &Watch<'_>,
    ) -> Result<Self, Broken> {
        let add = |fd: &OwnedFd, channel| {
            let added = watch.all.add(fd, watch.token(channel), Interest::Read);
            added.map_err(os("watch a descriptor"))
        };
        add(&ours.output, Channel::Output)?;
        add(&ours.stdout, Channel::Stdout)?;
        add(&ours.stderr, Channel::Stderr)?;
        add(&ours.control, Channel::Control)?;
        let urgent = watch.token(Channel::Launch);
        let added = watch.urgent.add(&launch, urgent, Interest::Read);
        added.map_err(os("watch a descriptor"))?;
        Ok(Conversation {
            input: Input::new(ours.input),
            output: Output::new(ours.output, budget),
            stdout: Text::new(ours.stdout),
            stderr: Text::new(ours.stderr),
            control: Control::new(ours.control),
            launch: Launch::new(launch),
        })
    }

    /// The descriptor is ready: takes what is there, at most one piece of it. None: nothing whole came.
    pub fn ready(&mut self, channel: Channel, watch: &Watch<'_>) -> Result<Option<Event>, Broken> {
        match channel {
            Channel::Input => {
                self.input.unwatch(watch);
                Ok(Some(Event::WantsInput))
            }
            Channel::Output => self.output.read(watch),
            Channel::Stdout => self.hear(Voice::Stdout, watch),
            Channel::Stderr => self.hear(Voice::Stderr, watch),
            Channel::Control => match self.control.ready(watch)? {
                Some(event) => Ok(Some(event)),
                None => self.next_message(),
            },
            Channel::Launch => self.launch.read(watch),
        }
    }

    /// The next message that has come whole.
    pub fn next_message(&mut self) -> Result<Option<Event>, Broken> {
        Ok(self.control.take()?.map(Event::Message))
    }

    /// Queues a message; it leaves as the channel takes it.
    pub fn say(&mut self, message: &ToScript, watch: &Watch<'_>) -> Result<(), Broken> {
        self.control.queue(message)?;
        self.control.flush(watch)
    }

    /// Begins to write these slices, none of which is empty, to the input pipe.
    pub fn start(&mut self, slices: &[&[u8]]) {
        self.input.start(slices);
    }

    /// Writes as much of the rest of the slices as the pipe takes.
    pub fn write(&mut self, slices: &[&[u8]], watch: &Watch<'_>) -> Result<Written, Broken> {
        self.input.write(slices, watch)
    }

    /// The input is complete: the script reads an end of file.
    pub fn end_input(&mut self, watch: &Watch<'_>) {
        self.input.close(watch);
    }

    /// The output that has come.
    pub fn output(&mut self) -> &mut Stream {
        &mut self.output.stream
    }

    /// What was said at the last [`Event::Text`].
    pub fn heard(&self, voice: Voice) -> &[u8] {
        match voice {
            Voice::Stdout => self.stdout.heard(),
            Voice::Stderr => self.stderr.heard(),
        }
    }

    /// Reads from the voice's pipe, whether or not it is ready.
    pub fn hear(&mut self, voice: Voice, watch: &Watch<'_>) -> Result<Option<Event>, Broken> {
        let text = match voice {
            Voice::Stdout => &mut self.stdout,
            Voice::Stderr => &mut self.stderr,
        };
        text.read(voice, watch)
    }

    /// Bytes that have been said and not been heard.
    pub fn unheard(&self, voice: Voice) -> Result<usize, Broken> {
        match voice {
            Voice::Stdout => self.stdout.waiting(),
            Voice::Stderr => self.stderr.waiting(),
        }
    }

    /// How the satellite ended, if the launchpad has told.
    pub fn ended(&self) -> Option<Ended> {
        self.launch.ended()
    }

    /// Tells the launchpad what the script says that it has imported.
    pub fn imported(&self, report: Vec<u8>) {
        self.launch.imported(report);
    }

    /// Has the satellite ended by the launchpad. False: nobody is there to do it.
    pub fn hang_up(&mut self) -> bool {
        self.launch.hang_up()
    }

    /// After that: waits until `deadline` for how it ended, whatever else has come.
    pub fn end(&mut self, deadline: Instant) -> Option<Ended> {
        self.launch.end(deadline)
    }

    /// The satellite has ended, and all that could still come has come.
    pub fn is_over(&self) -> bool {
        self.launch.is_over() && self.is_silent()
    }

    /// The satellite has closed all that it could say something by.
    pub fn is_silent(&self) -> bool {
        self.output.is_closed()
            && self.stdout.is_closed()
            && self.stderr.is_closed()
            && self.control.is_closed()
    }
}
