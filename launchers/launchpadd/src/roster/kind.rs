//! What a satellite is made for, and what a request asks for.

use super::Roster;
use super::pools::PoolId;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::policy::{Allowance, Network, Sandbox};
use launchpad_protocol::supervisor::Settings;

/// A satellite serves requests of exactly its own kind. One that may do more would be too loose for
/// the request, one that may do less too tight, and neither can be changed once it is sandboxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    pub environment: EnvironmentId,
    pub allowance: Allowance,
    /// Whose control group it is made in. Where satellites have none, all are made as the default
    /// pool's and serve every pool.
    pub pool: PoolId,
}

impl Kind {
    /// Whether there can be such satellites under these settings. In a sandbox without namespaces
    /// nothing would confine a program that a script starts.
    pub fn is_possible(self, settings: &Settings) -> bool {
        !(self.allowance.programs && settings.sandbox == Sandbox::Container)
    }

    /// The settings that are not as they are by default. `usual`: the `tmp_limit` that goes without
    /// saying.
    fn settings(self, usual: u64) -> Vec<String> {
        let Allowance {
            network,
            programs,
            tell_refused,
            tmp_limit,
        } = self.allowance;
        let settings = [
            (network == Network::Host, "launchpad.network = host"),
            (programs, "launchpad.allow_exec = on"),
            (tell_refused, "launchpad.log_refused_calls = on"),
        ];
        let mut named: Vec<_> = settings
            .into_iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, setting)| setting.to_owned())
            .collect();
        if tmp_limit != usual {
            named.push(format!("launchpad.tmp_limit = {}kB", tmp_limit >> 10));
        }
        named
    }
}

impl Roster {
    /// As the log writes it: the environment's language, the settings that are not as they are by default (or, for
    /// the limit of files, as in the configuration file), and the pool.
    pub(super) fn name_of(&self, kind: Kind) -> String {
        let usual = self.settings.as_ref().map(|s| s.allowance.tmp_limit);
        let mut settings = kind.settings(usual.unwrap_or(kind.allowance.tmp_limit));
        if kind.pool != PoolId::DEFAULT {
            settings.push(format!("launchpad.pool = {}", self.pool(kind.pool).name));
        }
        let language = self.environments[kind.environment].language;
        let mut name = language.name().to_owned();
        if !settings.is_empty() {
            name.push_str(" with ");
            name.push_str(&settings.join(", "));
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use launchpad_protocol::environment::Environment;
    use launchpad_protocol::launch::Language;
    use launchpad_protocol::pool::Pool;
    use std::time::Instant;

    #[test]
    fn a_name_tells_what_is_not_as_usual() {
        let mut roster = Roster::new(1, 1, true);
        let now = Instant::now();
        let mut settings = Settings {
            environments: vec![Environment::of(Language::R, "")],
            ..Settings::default()
        };
        settings.allowance.tmp_limit = 1 << 20;
        roster.configure(settings, now);
        let mut kind = Kind {
            environment: EnvironmentId::of(Language::R),
            allowance: Allowance {
                tmp_limit: 1 << 20,
                ..Allowance::default()
            },
            pool: PoolId::DEFAULT,
        };
        assert_eq!(roster.name_of(kind), "R");
        kind.allowance.network = Network::Host;
        assert_eq!(roster.name_of(kind), "R with launchpad.network = host");
        kind.allowance.tell_refused = true;
        assert_eq!(
            roster.name_of(kind),
            "R with launchpad.network = host, launchpad.log_refused_calls = on"
        );
        kind.allowance = Allowance::default();
        let reports = Pool {
            name: "reports".to_owned(),
            ..Pool::default()
        };
        kind.pool = roster.pools.define(&reports, now);
        assert_eq!(
            roster.name_of(kind),
            "R with launchpad.tmp_limit = 0kB, launchpad.pool = reports"
        );
    }
}
