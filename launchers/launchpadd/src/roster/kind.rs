//! What a satellite is made for, and what a request asks for.

use super::book::PoolId;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::Language;
use launchpad_protocol::policy::{Allowance, Network, Reach, Sandbox};
use launchpad_protocol::supervisor::Settings;

/// A satellite serves requests of exactly its own kind. One that may do more would be too loose for
/// the request, one that may do less too tight, and neither can be changed once it is sandboxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    pub environment: EnvironmentId,
    pub allowance: Allowance,
    /// Whose cgroup it is made in. Where satellites have none, all are made as the default
    /// pool's and serve every pool.
    pub pool: PoolId,
}

/// An environment's zygotes and satellites that have one reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    pub environment: EnvironmentId,
    pub reach: Reach,
}

impl Variant {
    /// The one that the configuration file asks for, whose zygote is loaded in advance.
    pub fn usual(environment: EnvironmentId, settings: &Settings) -> Self {
        let Reach { network, programs } = settings.allowance.reach();
        // See `Kind::is_possible`.
        let programs = programs && settings.sandbox == Sandbox::Strict;
        let reach = Reach { network, programs };
        Variant { environment, reach }
    }

    /// As the log writes it: its environment's `language`, and what is not so by default.
    pub fn name(self, language: Language) -> String {
        let Reach { network, programs } = self.reach;
        let settings = [(network == Network::Host, NETWORK), (programs, PROGRAMS)];
        with(language, settings)
    }
}

const NETWORK: &str = "launchpad.network = host";
const PROGRAMS: &str = "launchpad.allow_exec = on";

/// A language's name, with the settings that are set.
fn with(language: Language, settings: impl IntoIterator<Item = (bool, &'static str)>) -> String {
    let set = settings.into_iter().filter(|(is_set, _)| *is_set);
    let named: Vec<_> = set.map(|(_, setting)| setting).collect();
    match named.is_empty() {
        true => language.name().to_owned(),
        false => format!("{} with {}", language.name(), named.join(", ")),
    }
}

impl Kind {
    /// Whose zygote forks such satellites.
    pub fn variant(self) -> Variant {
        Variant {
            environment: self.environment,
            reach: self.allowance.reach(),
        }
    }

    /// Whether there can be such satellites under these settings. In a sandbox without namespaces
    /// nothing would confine a program that a script starts.
    pub fn is_possible(self, settings: &Settings) -> bool {
        !(self.allowance.programs && settings.sandbox == Sandbox::Container)
    }

    /// The kind that is made in advance; None where there can be none of it.
    pub fn usual(environment: EnvironmentId, settings: &Settings) -> Option<Self> {
        let kind = Kind {
            environment,
            allowance: settings.allowance,
            pool: PoolId::DEFAULT,
        };
        kind.is_possible(settings).then_some(kind)
    }

    /// As the log writes it: its environment's `language`, the settings that are not as they are by default
    /// (or, for the limit of files, as in the configuration file), and the pool if it is not the default one.
    pub fn name(self, language: Language, configured: &Settings, pool: &str) -> String {
        let Allowance {
            network,
            programs,
            tell_refused,
            tmp_limit,
        } = self.allowance;
        let settings = [
            (network == Network::Host, NETWORK),
            (programs, PROGRAMS),
            (tell_refused, "launchpad.log_refused_calls = on"),
        ];
        let set = settings.into_iter().filter(|(is_set, _)| *is_set);
        let mut named: Vec<_> = set.map(|(_, setting)| setting.to_owned()).collect();
        if tmp_limit != configured.allowance.tmp_limit {
            named.push(format!("launchpad.tmp_limit = {}kB", tmp_limit >> 10));
        }
        if self.pool != PoolId::DEFAULT {
            named.push(format!("launchpad.pool = {pool}"));
        }
        match named.is_empty() {
            true => language.name().to_owned(),
            false => format!("{} with {}", language.name(), named.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_is_not_as_usual() {
        let mut settings = Settings::default();
        settings.allowance.tmp_limit = 1 << 20;
        let mut kind = Kind::usual(EnvironmentId::of(Language::R), &settings).unwrap();
        assert_eq!(kind.name(Language::R, &settings, "default"), "R");
        kind.allowance.network = Network::Host;
        let name = kind.name(Language::R, &settings, "default");
        assert_eq!(name, "R with launchpad.network = host");
        kind.allowance.tell_refused = true;
        assert_eq!(
            kind.name(Language::R, &settings, "default"),
            "R with launchpad.network = host, launchpad.log_refused_calls = on"
        );
        kind.allowance = Allowance::default();
        kind.pool = PoolId(1);
        assert_eq!(
            kind.name(Language::R, &settings, "reports"),
            "R with launchpad.tmp_limit = 0kB, launchpad.pool = reports"
        );
    }
}
