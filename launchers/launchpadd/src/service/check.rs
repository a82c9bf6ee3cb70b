//! What `launchpad.check()` shows of the service.

use super::Service;
use crate::findings::{self, Environment, Groups, Situation};
use crate::host::memory;
use launchpad_protocol::check::Finding;

impl Service {
    pub(super) fn check(&self) -> Vec<Finding> {
        let environment = |of: &launchpad_protocol::environment::Environment| Environment {
            language: of.language,
            health: self.roster.health(of.id),
            versions: self
                .present_zygote(of.id)
                .map_or("", |zygote| zygote.description.as_str()),
            seen: self.seen.get(&of.id),
        };
        let environments: Vec<_> = self.settings.environments.iter().map(environment).collect();
        findings::of(&Situation {
            settings: &self.settings,
            host: &self.host,
            cgroup: self.cgroups.as_ref().map(|tree| Groups {
                folder: tree.folder(),
                processors: tree.processors(),
            }),
            available: memory::available(),
            is_blind: self.watch.is_blind(),
            pools_are_limited: self.watch.limits_pools(),
            own: &self.own,
            environments: &environments,
        })
    }
}
