//! What `launchpad.check()` shows of the service.

use super::Service;
use crate::findings::{self, Environment, Groups, Situation};
use crate::host::memory;
use launchpad_protocol::check::Finding;
use launchpad_protocol::launch::Language;

impl Service {
    pub(super) fn check(&self) -> Vec<Finding> {
        let environments = Language::ALL.map(|language| Environment {
            language,
            health: self.roster.health(language),
            versions: self
                .present_zygote(language)
                .map_or("", |zygote| zygote.environment.as_str()),
            seen: self.seen.get(&language),
        });
        findings::of(&Situation {
            settings: &self.settings,
            host: &self.host,
            cgroup: self.enforcers.groups().map(|tree| Groups {
                folder: tree.folder(),
                processors: tree.processors(),
            }),
            available: memory::available(),
            is_blind: self.enforcers.watch().is_blind(),
            pools_are_limited: self.enforcers.watch().limits_pools(),
            own: &self.own,
            environments: &environments,
        })
    }
}
