//! What is told of an environment.

use super::{Environment, Zygote};
use launchpad_protocol::launch::Refusal;

/// How an environment fares, for `launchpad.check()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Its program's setting is empty.
    NotOffered,
    /// The zygote is not loaded yet.
    Starting,
    /// Not for so long that its program may hang.
    Slow,
    /// The zygote is loaded; whether satellites get ready is not known yet.
    Loaded,
    /// A satellite of this zygote has been ready.
    Proven,
    /// Calls are refused; this is what they are told.
    Broken(Refusal),
}

impl Environment {
    pub fn health(&self) -> Health {
        match (self.refusal(), self.zygote) {
            (Some(refusal), _) => Health::Broken(refusal),
            (None, Zygote::Starting { told: true, .. }) => Health::Slow,
            (None, Zygote::Absent | Zygote::Starting { .. }) => Health::Starting,
            (None, Zygote::Up { proven: false, .. }) => Health::Loaded,
            (None, Zygote::Up { proven: true, .. }) => Health::Proven,
        }
    }
}
