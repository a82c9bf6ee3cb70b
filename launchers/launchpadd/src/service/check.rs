//! What `launchpad.check()` shows of the service.

use super::Service;
use crate::findings::{self, Environment, Situation};
use launchpad_protocol::check::Finding;
use launchpad_protocol::launch::Language;

impl Service {
    pub(super) fn check(&self) -> Vec<Finding> {
        let environments = Language::ALL.map(|language| Environment {
            language,
            health: self.roster.health(language),
            seen: self.seen.get(&language),
        });
        findings::of(&Situation {
            settings: &self.settings,
            host: &self.host,
            cgroup: match &self.cgroups {
                Ok(tree) if tree.bounds_memory() => Ok(tree.folder()),
                Ok(tree) => Err(format!(
                    "{} has no memory controller",
                    tree.folder().display()
                )),
                Err(lack) => Err(lack.to_string()),
            },
            cgroup_advice: match &self.cgroups {
                Ok(_) => "Delegate=memory pids in the server's systemd unit, then restart it",
                Err(lack) => lack.advice(),
            },
            is_blind: self.watch.is_blind(),
            own: &findings::own_namespaces(),
            environments: &environments,
        })
    }
}
