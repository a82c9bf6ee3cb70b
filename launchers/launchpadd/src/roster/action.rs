//! What the roster asks the service to do, and the names it uses for whom.

use super::book::PoolId;
use launchpad_protocol::environment::{Environment, EnvironmentId};
use launchpad_protocol::launch::{Limits, ToBackend};
use launchpad_protocol::policy::{Allowance, Reach};

/// A backend's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A satellite, from the moment its fork is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order(pub u64);

/// A zygote, of whichever environment; a later one has a higher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    StartZygote {
        generation: Generation,
        environment: Environment,
        reach: Reach,
        /// Whether it is to preload what is preferred for the environment.
        preloads: bool,
    },
    /// Satellites of the zygote, which is ended, do not get ready, for what it has preloaded: nothing of that is to be preferred.
    Mistrust {
        generation: Generation,
        environment: EnvironmentId,
        reason: String,
    },
    /// Kill it; its end is of no interest any more.
    EndZygote(Generation),
    Fork {
        generation: Generation,
        order: Order,
        allowance: Allowance,
        /// In whose cgroup the satellite is made, where there are such.
        pool: PoolId,
    },
    /// SIGKILL to the satellite's init, at once; what its call used goes to [`super::Roster::killed`].
    Kill(Order),
    /// The satellite is gone, or nothing ever came of the order: drop all that belongs to it.
    Forget(Order),
    /// Give the ticket's descriptors to the satellite and tell the backend; if that cannot be done,
    /// call `assign_failed`.
    Assign {
        order: Order,
        ticket: Ticket,
        request: u64,
        limits: Limits,
        /// The call's, whatever the satellite was made for.
        pool: PoolId,
        /// The satellite's init.
        init: u32,
        /// Whether it was ready before the request came.
        warm: bool,
    },
    /// Nobody uses the pool of that name any more, nor has for long.
    ForgetPool(String),
    /// `Refused` and `Ended` are last words.
    Tell(Ticket, ToBackend),
    /// A line for the server's log: (level word, text).
    Log(&'static str, String),
}
