//! How each satellite is to be built: from the settings, from what its request may do, and from what
//! the host offers.

use super::Service;
use crate::host::cgroup::Leaf;
use crate::roster::{Failure, Order};
use crate::watch::{Excess, Watched};
use crate::work::Work;
use launchpad_protocol::launch::{Ended, Ending, Language, Limits, Usage};
use launchpad_protocol::policy::{Allowance, Policy, Sandbox, Worker};
use launchpad_protocol::supervisor::Workers;
use rustix::process::Signal;
use std::path::Path;

/// What a satellite was ordered to be, kept until it is gone.
pub(super) struct Built {
    pub language: Language,
    pub policy: Policy,
    /// Once it is known.
    pub init: Option<u32>,
    /// Bytes of memory that it had when it was ready.
    pub resting: u64,
    leaf: Option<Leaf>,
    work: Option<Work>,
}

impl Service {
    /// Decides it, and takes what the satellite is to have of its own until [`Service::dismantle`].
    pub(super) fn build(
        &mut self,
        order: Order,
        language: Language,
        allowance: Allowance,
    ) -> Result<Policy, Failure> {
        let worker = self.worker(order)?;
        let leaf = match self.cgroups.as_ref().map(|tree| tree.leaf(order.0)) {
            Ok(Ok(leaf)) => Some(leaf),
            Ok(Err(error)) => {
                self.workers.give_back(order);
                return Err(Failure::of_step("cgroup", &error.to_string()));
            }
            Err(_) => None,
        };
        let work = match self.settings.sandbox {
            Sandbox::Strict => None,
            Sandbox::Container => match Work::make(self.place.folder(), order.0) {
                Ok(work) => Some(work),
                Err(error) => {
                    self.workers.give_back(order);
                    return Err(Failure::of_step("folder", &error.to_string()));
                }
            },
        };
        let policy = Policy {
            sandbox: self.settings.sandbox,
            allowance,
            readable_paths: self.settings.readable_paths.clone(),
            worker,
            cgroup: leaf
                .as_ref()
                .map(|leaf| leaf.folder().to_string_lossy().into_owned()),
            landlock: self.host.landlock.min(launchpad_sandbox::LANDLOCK),
        };
        let built = Built {
            language,
            policy: policy.clone(),
            init: None,
            resting: 0,
            leaf,
            work,
        };
        self.built.insert(order, built);
        Ok(policy)
    }

    /// The satellite is gone, or nothing came of it.
    pub(super) fn dismantle(&mut self, order: Order) {
        self.watch.end(order);
        self.workers.give_back(order);
        if let Some(built) = self.built.remove(&order) {
            built.leaf.map(|leaf| tokio::spawn(leaf.remove()));
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

    /// Applies a request's limits from outside, before the satellite has it. False if the kernel
    /// refuses.
    pub(super) fn bound(&self, order: Order, limits: Limits) -> bool {
        let Some(built) = self.built.get(&order) else {
            return true;
        };
        let (leaf, tmp_limit) = (built.leaf.as_ref(), built.policy.allowance.tmp_limit);
        let (Some(leaf), Ok(tree)) = (leaf, &self.cgroups) else {
            return true;
        };
        // Files in memory count there.
        let bytes = limits.memory.saturating_add(tmp_limit);
        tree.limit(leaf, bytes).is_ok()
    }

    /// The folder that the satellite mounts its root on, or works in.
    pub(super) fn root(&self, order: Order) -> &Path {
        let work = self.built.get(&order).and_then(|built| built.work.as_ref());
        work.map_or(&self.place.root, Work::folder)
    }

    /// What the kernel does not bound of the satellite, to be watched while it serves.
    pub(super) fn unbounded(&self, order: Order, init: u32, limits: Limits) -> Watched {
        let built = self.built.get(&order);
        let bounded = built.is_some_and(|built| built.leaf.is_some());
        let work =
            built.and_then(|built| Some((built.work.as_ref()?, built.policy.allowance.tmp_limit)));
        Watched {
            init,
            shared: built.map_or(0, |built| built.resting),
            memory: (!bounded).then_some(limits.memory),
            files: work.map(|(work, limit)| (work.folder().to_owned(), limit)),
        }
    }

    /// `ended` as it was seen, or that the kernel killed for want of memory.
    pub(super) fn cause(&self, order: Order, ended: Ended) -> Ended {
        match ended.how {
            Ending::Signaled(signal) if signal == Signal::KILL.as_raw() => {
                let used = self.ran_out(order);
                let how = used.map_or(ended.how, |used| Ending::OutOfMemory { used });
                Ended { how, ..ended }
            }
            _ => ended,
        }
    }

    /// How the satellite ended if the kernel killed all of it, init and all, for want of memory.
    pub(super) fn starved(&self, order: Order) -> Option<Ended> {
        let used = self.ran_out(order)?;
        Some(out_of_memory(used))
    }

    fn ran_out(&self, order: Order) -> Option<u64> {
        let leaf = self.built.get(&order)?.leaf.as_ref()?;
        self.cgroups.as_ref().ok()?.ran_out(leaf)
    }
}

/// Nobody was left to tell what it used besides.
pub(super) fn out_of_memory(used: u64) -> Ended {
    for_excess(Excess::Memory(used))
}

/// Likewise.
pub(super) fn for_excess(excess: Excess) -> Ended {
    let how = match excess {
        Excess::Memory(used) => Ending::OutOfMemory { used },
        Excess::Files(used) => Ending::OutOfSpace { used },
    };
    Ended {
        how,
        usage: Usage::default(),
    }
}
