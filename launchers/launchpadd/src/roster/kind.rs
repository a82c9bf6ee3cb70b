//! What a satellite is made for, and what a request asks for.

use launchpad_protocol::launch::{Language, Launch};
use launchpad_protocol::policy::{Allowance, Network, Sandbox};
use launchpad_protocol::supervisor::Settings;

/// A satellite serves requests of exactly its own kind. One that may do more would be too loose for
/// the request, one that may do less too tight, and neither can be changed once it is sandboxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    pub language: Language,
    pub allowance: Allowance,
}

impl Kind {
    pub fn of(launch: &Launch) -> Self {
        Kind {
            language: launch.language,
            allowance: launch.allowance,
        }
    }

    /// Whether there can be such satellites under these settings. In a sandbox without namespaces
    /// nothing would confine a program that a script starts.
    pub fn is_possible(self, settings: &Settings) -> bool {
        !(self.allowance.programs && settings.sandbox == Sandbox::Container)
    }

    /// As the log writes it: the language, and the settings that are not as they are by default.
    pub fn name(self) -> String {
        let mut name = self.language.name().to_owned();
        let Allowance {
            network,
            programs,
            tell_refused,
            tmp_limit: _,
        } = self.allowance;
        let settings = [
            (network == Network::Host, "launchpad.network = host"),
            (programs, "launchpad.allow_exec = on"),
            (tell_refused, "launchpad.log_refused_calls = on"),
        ];
        let mut joint = " with ";
        for (_, setting) in settings.into_iter().filter(|(is_set, _)| *is_set) {
            name.push_str(joint);
            name.push_str(setting);
            joint = ", ";
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_is_not_as_by_default() {
        let mut kind = Kind {
            language: Language::R,
            allowance: Allowance::default(),
        };
        assert_eq!(kind.name(), "R");
        kind.allowance.network = Network::Host;
        assert_eq!(kind.name(), "R with launchpad.network = host");
        kind.allowance.tell_refused = true;
        assert_eq!(
            kind.name(),
            "R with launchpad.network = host, launchpad.log_refused_calls = on"
        );
    }
}
