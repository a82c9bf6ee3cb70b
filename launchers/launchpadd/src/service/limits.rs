//! The limits of satellites and pools: who enforces which, and what they have.
//!
//! The kernel does where there are control groups, the watch where there are none.

use super::Service;
use crate::host::cgroup::RanOut;
use crate::host::processors;
use crate::load::{Load, PoolLoad};
use crate::log;
use crate::roster::{Order, Ticket};
use crate::watch::{self, Excess, Network, Over, PoolLimits, Watched};
use crate::work::Work;
use launchpad_protocol::launch::{Ended, Ending, Launch, Limits, Line, Refusal, State, Usage};
use launchpad_protocol::policy::{Network as Access, Policy, Sandbox};
use launchpad_protocol::pool::{Pool, PoolLine};
use launchpad_protocol::processors::Processors;
use rustix::process::Signal;
use std::io;
use std::time::Instant;

impl Service {
    /// Looks at a new request's environment and limits before it is admitted: what it says of its pool holds for all of the
    /// pool from now on.
    pub(super) fn admit(&mut self, launch: &mut Launch) -> Result<(), Refusal> {
        if self.settings.environment(launch.environment).is_none() {
            return Err(Refusal::BadRequest);
        }
        let own = processors::own();
        launch.limits.processors = among(&own, &launch.limits.processors)?;
        launch.limits.cpu = unless_all(&own, launch.limits.cpu);
        let pool = Pool {
            processors: among(&own, &launch.pool.processors)?,
            cpu: unless_all(&own, launch.pool.cpu),
            ..launch.pool.clone()
        };
        self.define(&pool)
    }

    fn define(&mut self, pool: &Pool) -> Result<(), Refusal> {
        let mut by_kernel = false;
        let mut time_by_kernel = false;
        if let Ok(tree) = &mut self.cgroups {
            let defined = tree.define(pool);
            defined.map_err(|error| refused("pool", &error.to_string()))?;
            (by_kernel, time_by_kernel) = (true, tree.processors().time);
        }
        let limits = PoolLimits {
            memory: (!by_kernel && pool.memory > 0).then_some(pool.memory),
            processes: (!by_kernel && pool.processes > 0).then_some(pool.processes),
            cpu: (!time_by_kernel && pool.cpu > 0).then_some(pool.cpu),
        };
        self.watch.define(&pool.name, limits, Instant::now());
        Ok(())
    }

    /// Nobody uses it.
    pub(super) fn forget_pool(&mut self, name: &str) {
        self.watch.forget(name);
        if let Ok(tree) = &mut self.cgroups {
            tree.forget(name);
        }
    }

    /// Applies a request's limits from outside, before the satellite has it. False if the kernel
    /// refuses.
    pub(super) fn bound(&mut self, order: Order, limits: &Limits) -> bool {
        let bounded = self.try_to_bound(order, limits);
        if let Err(error) = &bounded {
            let line = format!("a satellite's limits cannot be set: {error}");
            log::write("warning", &line);
        }
        bounded.is_ok()
    }

    fn try_to_bound(&mut self, order: Order, limits: &Limits) -> io::Result<()> {
        let Some(built) = self.built.get_mut(&order) else {
            return Ok(());
        };
        let tmp_limit = built.policy.allowance.tmp_limit;
        if let (Some(leaf), Ok(tree)) = (&mut built.leaf, &self.cgroups) {
            // Files in memory count there.
            tree.limit(leaf, limits, tmp_limit)?;
        }
        if let Some(init) = built.init.filter(|_| !limits.processors.is_empty()) {
            // From outside, as scripts must not be able to do it.
            processors::keep(&watch::members(init), &limits.processors)?;
        }
        Ok(())
    }

    /// The satellite serves the request from now on: what the kernel does not bound of it is watched.
    pub(super) fn watch_over(&mut self, order: Order, ticket: Ticket, init: u32, limits: &Limits) {
        let connection = self.connections.get(&ticket);
        let pool = connection.map_or(String::new(), |connection| connection.pool.clone());
        let watched = self.unbounded(order, init, limits, pool.clone());
        self.watch.begin(order, watched, Instant::now());
        if let Some(built) = self.built.get_mut(&order) {
            built.pool = pool;
        }
    }

    fn unbounded(&self, order: Order, init: u32, limits: &Limits, pool: String) -> Watched {
        let built = self.built.get(&order);
        let by_kernel = built.is_some_and(|built| built.leaf.is_some());
        let tree = self.cgroups.as_ref();
        let time_by_kernel = by_kernel && tree.is_ok_and(|tree| tree.processors().time);
        let work =
            built.and_then(|built| Some((built.work.as_ref()?, built.policy.allowance.tmp_limit)));
        Watched {
            init,
            shared: built.map_or(0, |built| built.resting),
            network: built.map_or(Network::default(), |built| network(&built.policy)),
            memory: (!by_kernel).then_some(limits.memory),
            processes: (!by_kernel).then_some(limits.processes),
            cpu: (!time_by_kernel && limits.cpu > 0).then_some(limits.cpu),
            files: work.map(|(work, limit): (&Work, _)| (work.folder().to_owned(), limit)),
            pool,
        }
    }

    /// Ends the satellites that have more than they may of what is measured.
    pub(super) fn measure(&mut self) {
        let now = Instant::now();
        for over in self.watch.measure(now) {
            if let Some(satellite) = self.satellites.get(&over.order) {
                satellite.kill();
            }
            self.roster.reported(over.order, for_excess(&over), now);
        }
    }

    /// `ended` as it was seen, or that the kernel killed for want of memory.
    pub(super) fn cause(&self, order: Order, ended: Ended) -> Ended {
        match ended.how {
            Ending::Signaled(signal) if signal == Signal::KILL.as_raw() => {
                let how = self.ran_out(order).unwrap_or(ended.how);
                Ended { how, ..ended }
            }
            _ => ended,
        }
    }

    /// How the satellite ended if the kernel killed all of it, init and all, for want of memory.
    pub(super) fn starved(&self, order: Order) -> Option<Ended> {
        let how = self.ran_out(order)?;
        // Nobody was left to tell what it used.
        let usage = self
            .load(order)
            .map_or(Usage::default(), |load| load.usage());
        Some(Ended { how, usage })
    }

    fn ran_out(&self, order: Order) -> Option<Ending> {
        let leaf = self.built.get(&order)?.leaf.as_ref()?;
        Some(match self.cgroups.as_ref().ok()?.ran_out(leaf)? {
            RanOut::Own { used } => Ending::OutOfMemory { used },
            RanOut::Pool { used, limit } => Ending::PoolOutOfMemory { used, limit },
        })
    }

    /// What a satellite has now, as far as it can be seen.
    fn load(&self, order: Order) -> Option<Load> {
        let built = self.built.get(&order)?;
        match (&built.leaf, &self.cgroups) {
            (Some(leaf), Ok(tree)) => tree.leaf_load(leaf),
            _ => watch::load(built.init?, network(&built.policy)),
        }
    }

    /// What a satellite's call has used so far; None if it cannot be seen.
    pub(super) fn used(&self, order: Order) -> Option<Usage> {
        let mut usage = self.load(order)?.usage();
        if usage.max_rss == 0 {
            // Control groups do not have it.
            let built = self.built.get(&order)?;
            let seen = watch::load(built.init?, network(&built.policy));
            usage.max_rss = seen.map_or(0, |load| load.max_rss);
        }
        Some(usage)
    }

    /// Adds to the view's lines what those that serve a request have.
    pub(super) fn measure_lines(&self, lines: &mut [Line]) {
        let running = lines.iter_mut().filter(|line| line.state == State::Running);
        for line in running {
            let init = line.satellite;
            let mut built = self.built.iter();
            let order = built.find(|(_, built)| built.init.is_some() && built.init == init);
            let load = order.and_then(|(order, _)| self.load(*order));
            line.cpu = load.map(|load| load.processor());
            line.memory = load.map(|load| load.memory);
        }
    }

    /// Likewise for pools.
    pub(super) fn measure_pools(&self, lines: &mut [PoolLine]) {
        for line in lines {
            let load = self.pool_load(&line.pool.name);
            line.memory = load.map(|load| load.now.memory);
            line.peak_memory = load.and_then(|load| load.peak);
            line.processes = load.map(|load| load.now.processes);
        }
    }

    fn pool_load(&self, pool: &str) -> Option<PoolLoad> {
        match &self.cgroups {
            Ok(tree) => tree.pool_load(pool),
            Err(_) => Some(self.watch.pool_load(pool)),
        }
    }
}

/// Whose sockets are counted where the satellite's are.
pub(super) fn network(policy: &Policy) -> Network {
    let own = policy.sandbox == Sandbox::Strict && policy.allowance.network == Access::None;
    if own { Network::Own } else { Network::Shared }
}

/// Those of `asked` that there are; no set at all stays none.
fn among(own: &Processors, asked: &Processors) -> Result<Processors, Refusal> {
    let both = own.and(asked);
    if both.is_empty() && !asked.is_empty() {
        let reason = format!("none of the processors {asked} is there, the server has {own}");
        return Err(refused("processors", &reason));
    }
    Ok(both)
}

/// `percent` of one processor; as much as all of them together is no limit.
fn unless_all(own: &Processors, percent: u32) -> u32 {
    match percent as usize >= 100 * own.len() {
        true => 0,
        false => percent,
    }
}

fn refused(step: &str, reason: &str) -> Refusal {
    Refusal::SandboxRefused {
        step: step.to_owned(),
        reason: reason.to_owned(),
    }
}

fn for_excess(over: &Over) -> Ended {
    let how = match over.excess {
        Excess::Memory(used) => Ending::OutOfMemory { used },
        Excess::Files(used) => Ending::OutOfSpace { used },
        Excess::Processes(used) => Ending::TooManyProcesses { used },
        Excess::Processor(used) => Ending::TooMuchProcessor { used },
        Excess::PoolMemory { used, limit } => Ending::PoolOutOfMemory { used, limit },
        Excess::PoolProcesses { used, limit } => Ending::PoolTooManyProcesses { used, limit },
    };
    let usage = over.load.usage();
    Ended { how, usage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_processors_are_no_limit() {
        let two = Processors::parse("3,5").unwrap();
        let limits = [0, 1, 199, 200, 1000];
        let kept = limits.map(|percent| unless_all(&two, percent));
        assert_eq!(kept, [0, 1, 199, 0, 0]);
    }

    #[test]
    fn only_processors_that_there_are() {
        let set = |text| Processors::parse(text).unwrap();
        let own = set("0-3");
        assert_eq!(among(&own, &set("")), Ok(set("")));
        assert_eq!(among(&own, &set("2-9")), Ok(set("2-3")));
        let Err(Refusal::SandboxRefused { step, reason }) = among(&own, &set("4,7")) else {
            panic!("not refused");
        };
        assert_eq!(step, "processors");
        assert_eq!(
            reason,
            "none of the processors 4,7 is there, the server has 0-3"
        );
    }
}
