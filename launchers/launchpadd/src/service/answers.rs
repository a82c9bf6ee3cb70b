//! Questions about the whole, and their answers.

use super::{Service, wall_clock};
use crate::event::Question;
use crate::findings::{self, Environment, Groups, Place, Situation};
use crate::host;
use crate::roster::Health;
use crate::work::Unfit;
use crate::zygote::Zygote;
use launchpad_protocol::check::Finding;
use launchpad_protocol::environment::{self as protocol, EnvironmentId};
use launchpad_protocol::launch::{EnvironmentLine, Refusal, ToBackend};
use std::time::Instant;

impl Service {
    /// The whole answer, its end included.
    pub(super) fn answer(&mut self, question: Question) -> Vec<ToBackend> {
        let now = Instant::now();
        let mut answer: Vec<ToBackend> = match question {
            Question::Satellites => {
                let lines = self.lines(now, wall_clock());
                lines.into_iter().map(ToBackend::Line).collect()
            }
            Question::Check => {
                let findings = self.check().into_iter();
                findings.map(ToBackend::Finding).collect()
            }
            Question::Pools => {
                let lines = self.pool_lines(now, wall_clock());
                lines.into_iter().map(ToBackend::PoolLine).collect()
            }
            Question::Environments => {
                let all = self.settings.environments.iter();
                all.flat_map(|environment| self.environment(environment))
                    .collect()
            }
            Question::Imports => self
                .import_lines()
                .into_iter()
                .map(ToBackend::Import)
                .collect(),
            Question::Cancel { request } => {
                vec![ToBackend::Cancelled(self.roster.cancel(request, now))]
            }
        };
        answer.push(ToBackend::EndOfList);
        answer
    }

    /// For `launchpad.check()`.
    fn check(&self) -> Vec<Finding> {
        let environment = |of: &protocol::Environment| Environment {
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
            cgroup: self.enforcers.groups().map(|tree| Groups {
                folder: tree.folder(),
                processors: tree.processors(),
            }),
            available: host::available_memory(),
            work: match &self.site {
                Ok(site) if site.is_there() => Ok(Place {
                    folder: site.folder(),
                    available: site.available(),
                }),
                Ok(site) => Err(Unfit::Gone(site.folder().to_owned()).to_string()),
                Err(unfit) => Err(unfit.to_string()),
            },
            is_blind: self.enforcers.is_blind(),
            pools_are_limited: self.enforcers.measures_pools(),
            own: &self.own,
            environments: &environments,
        })
    }

    /// An environment, and the packages that its present zygote has told of.
    fn environment(&self, environment: &protocol::Environment) -> Vec<ToBackend> {
        let health = self.roster.health(environment.id);
        let zygote = match health {
            Health::NotOffered => None,
            _ => self.present_zygote(environment.id),
        };
        let state = match health {
            Health::NotOffered => "not offered",
            Health::Starting | Health::Slow => "starting",
            Health::Loaded | Health::Proven => "ready",
            Health::Broken(_) => "failed",
        };
        let description = match health {
            Health::Broken(refusal) => reason(refusal),
            _ => zygote.map_or_else(String::new, |zygote| zygote.description.clone()),
        };
        let line = EnvironmentLine {
            environment: environment.clone(),
            state: state.to_owned(),
            description,
        };
        let packages = zygote.into_iter().flat_map(|zygote| &zygote.packages);
        let packages = packages.map(|(name, version)| ToBackend::Package {
            environment: environment.id,
            name: name.clone(),
            version: version.clone(),
        });
        let mut messages = vec![ToBackend::Environment(line)];
        messages.extend(packages);
        messages
    }

    /// Another may still be ending, or be loaded to follow it.
    pub(super) fn present_zygote(&self, id: EnvironmentId) -> Option<&Zygote> {
        self.zygotes.get(&self.roster.present_zygote(id)?)
    }
}

/// Why calls are refused, in words.
fn reason(refusal: Refusal) -> String {
    match refusal {
        Refusal::EnvironmentBroken { reason, .. } => reason,
        Refusal::SandboxRefused { step, reason } => format!("{step}: {reason}"),
        Refusal::NoDescriptors { reason } => format!("no file descriptors are left: {reason}"),
        // No other is an environment's.
        other => format!("{other:?}"),
    }
}
