//! The one poll loop of a call: any number of conversations, a clock, and whatever interrupts. Pure: how
//! to wait is the caller's to say.
//!
//! All descriptors of a call are non-blocking and meet here, so that nothing is ever waited for
//! alone: while the input pipe is full, rows, output and messages coming back are still taken
//! (two full pipes would otherwise wait for each other for ever), and cancel, terminate, timeouts
//! and a vanished client end any wait at once. [`Pump::next`] tells what happened.

mod deadline;
#[cfg(test)]
mod tests;

pub use deadline::{Deadline, Late};

use crate::{self as conversation, Broken, Channel, Conversation, Voice, Watch, Written, os};
use launchpad_descriptors::channels::OurEnds;
use launchpad_descriptors::poller::{Interest, Poller};
use launchpad_memory as memory;
use launchpad_protocol::control::ToScript;
use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// How a pump waits.
pub trait Wait {
    /// Until the pump's descriptor ([`Pump::new`] gives it) is readable, something interrupts, or `limit`
    /// is over. Whether something has interrupted.
    fn wait(&mut self, limit: Option<Duration>) -> bool;
}

/// A conversation's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(usize);

#[derive(Debug, PartialEq)]
pub enum Event {
    /// What a conversation has to say.
    Of(Key, conversation::Event),
    /// Something else wants to be looked at: the process has been told something, or the client is gone.
    Interrupted { client_is_gone: bool },
    /// The deadline has passed.
    Late(Late),
}

/// What the pollers report, beside the conversations' channels.
const CLIENT: u64 = u64::MAX;
const URGENT: u64 = u64::MAX - 1;

pub struct Pump<W> {
    // The order of fields is the order of their end: what waits before the poller it watches.
    waiter: W,
    poller: Poller,
    /// The launchpad's connections: what must not wait while the executor runs.
    urgent: Poller,
    conversations: Vec<Conversation>,
    /// What was ready at the last look.
    ready: VecDeque<u64>,
    /// Whose control channel may hold another whole message.
    talking: Option<Key>,
    pub deadline: Option<Deadline>,
}

impl<W: Wait> Pump<W> {
    /// `waiter` is made for the descriptor that is readable when something is ready; `client`: the
    /// socket whose other end may go away.
    pub fn new(
        waiter: impl FnOnce(BorrowedFd<'_>) -> W,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<Self, Broken> {
        let poller = Poller::new().map_err(os("create a poller"))?;
        let urgent = Poller::new().map_err(os("create a poller"))?;
        poller
            .add(&urgent, URGENT, Interest::Read)
            .map_err(os("watch a poller"))?;
        if let Some(client) = client {
            poller
                .add(client, CLIENT, Interest::Hangup)
                .map_err(os("watch the client"))?;
        }
        Ok(Pump {
            waiter: waiter(poller.as_fd()),
            poller,
            urgent,
            conversations: Vec::new(),
            ready: VecDeque::new(),
            talking: None,
            deadline: None,
        })
    }

    /// Begins a conversation over these descriptors. `launch`: the connection to the launchpad; `budget`:
    /// bytes that may come back.
    pub fn add(&mut self, ours: OurEnds, launch: OwnedFd, budget: u64) -> Result<Key, Broken> {
        let key = Key(self.conversations.len());
        let watch = watch(&self.poller, &self.urgent, key);
        let conversation = Conversation::new(ours, launch, budget, &watch)?;
        memory::push(&mut self.conversations, conversation)?;
        Ok(key)
    }

    pub fn conversation(&mut self, key: Key) -> &mut Conversation {
        &mut self.conversations[key.0]
    }

    /// What is readable when the launchpad has something to say of any conversation.
    pub fn urgent(&self) -> BorrowedFd<'_> {
        self.urgent.as_fd()
    }

    /// The next event, after waiting for it.
    #[expect(clippy::should_implement_trait, reason = "it may fail, and has no end")]
    pub fn next(&mut self) -> Result<Event, Broken> {
        loop {
            if let Some(event) = self.take()? {
                return Ok(event);
            }
            let left = match self.left() {
                Ok(left) => left,
                Err(late) => return Ok(Event::Late(late)),
            };
            if self.waiter.wait(left) {
                return Ok(Event::Interrupted {
                    client_is_gone: false,
                });
            }
            self.look()?;
        }
    }

    /// Looks once what is ready, without waiting; [`Pump::take`] has the events, those of the launchpad first:
    /// what else comes of a satellite that it has ended may be a consequence.
    pub fn look(&mut self) -> Result<(), Broken> {
        self.ready.clear();
        for token in self.poller.ready().map_err(os("poll"))? {
            match token {
                URGENT => {
                    for urgent in self.urgent.ready().map_err(os("poll"))? {
                        self.ready.push_front(urgent);
                    }
                }
                token => self.ready.push_back(token),
            }
        }
        Ok(())
    }

    /// The next event of what was ready at the last look.
    pub fn take(&mut self) -> Result<Option<Event>, Broken> {
        loop {
            if let Some(key) = self.talking {
                match self.conversations[key.0].next_message()? {
                    Some(event) => return Ok(Some(Event::Of(key, event))),
                    None => self.talking = None,
                }
            }
            let Some(token) = self.ready.pop_front() else {
                return Ok(None);
            };
            if token == CLIENT {
                return Ok(Some(Event::Interrupted {
                    client_is_gone: true,
                }));
            }
            let (number, channel) = Channel::of_token(token);
            let key = Key(number);
            let event = self.with(key, |of, watch| of.ready(channel, watch))?;
            if channel == Channel::Control && event.is_some() {
                self.talking = Some(key);
            }
            if let Some(event) = event {
                return Ok(Some(Event::Of(key, event)));
            }
        }
    }

    /// How long a wait may last; None: without limit.
    pub fn left(&self) -> Result<Option<Duration>, Late> {
        self.deadline.as_ref().map(Deadline::left).transpose()
    }

    /// Queues a message to the script; it leaves as the channel takes it.
    pub fn say(&mut self, key: Key, message: &ToScript) -> Result<(), Broken> {
        self.with(key, |of, watch| of.say(message, watch))
    }

    /// Writes as much of the rest of the slices as the pipe takes; [`Conversation::start`] begins.
    pub fn write(&mut self, key: Key, slices: &[&[u8]]) -> Result<Written, Broken> {
        self.with(key, |of, watch| of.write(slices, watch))
    }

    /// The input is complete.
    pub fn end_input(&mut self, key: Key) {
        self.with(key, Conversation::end_input);
    }

    /// What the script has said and nobody has heard, without waiting for it to be ready.
    pub fn hear(&mut self, key: Key, voice: Voice) -> Result<Option<conversation::Event>, Broken> {
        self.with(key, |of, watch| of.hear(voice, watch))
    }

    fn with<T>(&mut self, key: Key, work: impl FnOnce(&mut Conversation, &Watch<'_>) -> T) -> T {
        let watch = watch(&self.poller, &self.urgent, key);
        work(&mut self.conversations[key.0], &watch)
    }
}

fn watch<'p>(all: &'p Poller, urgent: &'p Poller, key: Key) -> Watch<'p> {
    Watch {
        all,
        urgent,
        number: key.0,
    }
}
