//! How each satellite is to be built: from the settings, from what its request may do, and from what
//! the host offers.

use super::Service;
use crate::host::tasks;
use crate::roster::{Failure, Generation, Order};
use crate::work::{self, Name, Site, Unfit, Work};
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::policy::{Allowance, Policy, Sandbox, Worker};
use launchpad_protocol::supervisor::Workers;
use launchpad_sandbox::keeper::SATELLITE;
use nix::unistd::geteuid;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn refused(unfit: &Unfit) -> Failure {
    Failure::of_step(work::STEP, &unfit.to_string())
}

/// How far a satellite's init is, before it goes on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The zygote has not answered.
    Forking,
    /// It has not begun.
    Forked,
    /// Its user namespace is being mapped.
    Mapping,
    Gone,
}

/// What a satellite was ordered to be, kept until it is gone.
pub(super) struct Built {
    /// Whose fork it is.
    pub generation: Generation,
    pub environment: EnvironmentId,
    pub policy: Policy,
    /// The folder of its cgroup.
    pub group: Option<PathBuf>,
    /// How far its making is.
    pub stage: Stage,
    /// Once it is known.
    pub init: Option<u32>,
    /// Bytes of memory that it had when it was ready.
    pub resting: u64,
    /// Bytes that its zygote has mapped for what it has preloaded: they count as none of the script's.
    pub preloaded: u64,
    pub work: Option<Work>,
}

impl Service {
    /// Decides it, and takes what the satellite is to have of its own until [`Service::dismantle`], which
    /// follows a failure as well.
    pub(super) fn build(
        &mut self,
        generation: Generation,
        order: Order,
        environment: EnvironmentId,
        allowance: Allowance,
        pool: &str,
    ) -> Result<Policy, Failure> {
        let worker = self.worker(order)?;
        let group = self
            .enforcers
            .enter(order, pool)
            .map_err(|error| Failure::of_step("cgroup", &error.to_string()))?;
        // Of its own in a user namespace.
        let tasks = match self.settings.sandbox {
            Sandbox::Strict => 0,
            Sandbox::Container => tasks::of_user(geteuid().as_raw())
                .map_err(|error| Failure::of_step("limits", &error.to_string()))?,
        };
        let policy = Policy {
            sandbox: self.settings.sandbox,
            allowance,
            readable_paths: self.settings.readable_paths.clone(),
            worker,
            tasks,
            bounded_memory: group.is_some(),
            landlock: self.host.landlock.min(launchpad_sandbox::LANDLOCK),
        };
        let zygote = self.zygotes.get(&generation);
        let built = Built {
            generation,
            environment,
            policy: policy.clone(),
            group,
            stage: Stage::Forking,
            init: None,
            resting: 0,
            preloaded: zygote.map_or(0, |zygote| zygote.preloading.mapped),
            work: None,
        };
        let built = self.built.entry(order).insert_entry(built).into_mut();
        if policy.sandbox == Sandbox::Container {
            // The one that the zygote's rules name.
            let made = match &self.site {
                Ok(site) if site.is_there() => {
                    Work::make(site, order.0).map_err(|unfit| refused(&unfit))
                }
                Ok(site) => {
                    let unfit = Unfit::Gone(site.folder().to_owned());
                    let failure = refused(&unfit);
                    self.is_displaced = true;
                    self.site = Err(unfit);
                    Err(failure)
                }
                Err(unfit) => Err(refused(unfit)),
            };
            built.work = Some(made?);
        }
        Ok(policy)
    }

    /// Our folder in `launchpad.work_directory`, made anew if that is another by now, or was unfit.
    pub(super) fn site(&mut self) -> Result<Arc<Site>, Failure> {
        let directory = &self.settings.work_directory;
        let is_present = |site: &Arc<Site>| site.serves(directory);
        if !self.site.as_ref().is_ok_and(is_present) {
            self.sites += 1;
            let name = Name {
                run: self.run,
                count: self.sites,
            };
            // The rules of the zygotes that there are name the one before.
            self.is_displaced |= self.site.is_ok();
            let made = Site::make(directory, self.place.data(), &name);
            self.site = made.map(Arc::new);
            if let Ok(site) = &self.site {
                self.sweepers.retain(|(site, _)| site.strong_count() > 0);
                self.sweepers.push((Arc::downgrade(site), site.sweeper()));
            }
        }
        match &self.site {
            Ok(site) => Ok(Arc::clone(site)),
            Err(unfit) => Err(refused(unfit)),
        }
    }

    /// The satellite is gone, or nothing came of it.
    pub(super) fn dismantle(&mut self, order: Order) {
        self.enforcers.leave(order);
        self.workers.give_back(order);
        if let Some(built) = self.built.remove(&order) {
            built.work.map(|work| tokio::spawn(work.remove()));
        }
    }

    /// The user that the satellite is to run as.
    fn worker(&mut self, order: Order) -> Result<Option<Worker>, Failure> {
        let refused = |reason: &str| Err(Failure::of_step("worker", reason));
        let setting = self.settings.workers;
        if setting == Workers::Off {
            return Ok(None);
        }
        let demanded = setting == Workers::On;
        if self.settings.sandbox == Sandbox::Container {
            // It would have to be mapped into a user namespace, and there is none.
            return match demanded {
                true => refused("launchpad.worker_uids = on needs launchpad.sandbox = strict"),
                false => Ok(None),
            };
        }
        match &self.host.subordinate {
            Ok(ranges) => match self.workers.take(order, ranges) {
                None if demanded => refused("all ids of /etc/subuid and /etc/subgid are taken"),
                worker => Ok(worker),
            },
            Err(lack) if demanded => refused(&lack.to_string()),
            Err(_) => Ok(None),
        }
    }

    /// The folder that the satellite mounts its root on, which its zygote sees, or works in.
    pub(super) fn root(&self, order: Order) -> &Path {
        let work = self.built.get(&order).and_then(|built| built.work.as_ref());
        work.map_or(Path::new(SATELLITE), Work::folder)
    }
}
