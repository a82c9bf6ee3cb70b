//! What the tasks of backends, zygotes and satellites report to the service's loop.

use crate::roster::{Failure, Generation, Order, Ticket};
use launchpad_protocol::imports::Import;
use launchpad_protocol::inventory::Inventory;
use launchpad_protocol::keeper::FromKeeper;
use launchpad_protocol::launch::{Ended, Launch, ToBackend};
use launchpad_protocol::zygote::FromZygote;
use std::os::fd::OwnedFd;
use tokio::sync::oneshot;

#[derive(Debug)]
pub enum Event {
    Backend(Ticket, BackendEvent),
    Zygote(Generation, ZygoteEvent),
    Satellite(Order, SatelliteEvent),
}

#[derive(Debug)]
pub enum BackendEvent {
    Launch {
        launch: Box<Launch>,
        fds: Vec<OwnedFd>,
    },
    /// What the script of the connection's call has imported.
    Imported(Vec<Import>),
    /// The answer goes back to the task: it may be longer than a socket's buffer.
    Ask(Question, oneshot::Sender<Vec<ToBackend>>),
    /// The last one: the backend closed the connection, or said what it may not say.
    Gone,
}

/// What is asked about the whole; the connection stays open for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Satellites,
    Check,
    Pools,
    Environments,
    Imports,
    /// Also a wish.
    Cancel {
        request: u64,
    },
}

#[derive(Debug)]
pub enum ZygoteEvent {
    /// Loaded, of our version.
    Ready { environment: String },
    /// An answer to a fork order, and what came beside it.
    Answer(FromZygote, Vec<OwnedFd>),
    /// From its keeper, while it runs, and what came beside it.
    Keeper(FromKeeper, Vec<OwnedFd>),
    /// A step on the way to it failed. The last one.
    Refused(Failure),
    /// The last one. `killed`: by SIGKILL, and not by us for a complaint.
    Ended { reason: String, killed: bool },
}

#[derive(Debug)]
pub enum SatelliteEvent {
    /// Its init waits for the go.
    Begun,
    Ready(Box<Inventory>),
    Refused(Failure),
    ChannelClosed,
    Reported(Ended),
    LifelineClosed,
    /// The last one.
    Reaped,
}
