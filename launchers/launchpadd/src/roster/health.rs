//! How an environment fares, for `launchpad.check()`.

use super::Roster;
use super::environment::Zygote;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Its program's setting is empty.
    NotOffered,
    /// The zygote is not loaded yet.
    Starting,
    /// The zygote is loaded; whether satellites get ready is not known yet.
    Loaded,
    /// A satellite of this zygote has been ready.
    Proven,
    /// Calls are refused; this is what they are told.
    Broken(Refusal),
}

impl Roster {
    pub fn health(&self, id: EnvironmentId) -> Health {
        let settings = self.settings.as_ref();
        if settings.is_none_or(|settings| settings.program(id).is_none()) {
            return Health::NotOffered;
        }
        let environment = &self.environments[id];
        match (environment.refusal(), environment.zygote) {
            (Some(refusal), _) => Health::Broken(refusal),
            (None, Zygote::Absent | Zygote::Starting { .. }) => Health::Starting,
            (None, Zygote::Up { proven: false, .. }) => Health::Loaded,
            (None, Zygote::Up { proven: true, .. }) => Health::Proven,
        }
    }
}
