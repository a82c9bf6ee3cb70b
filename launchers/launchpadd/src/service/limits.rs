//! The limits of satellites and pools, on their way to the enforcers, and what comes of them.

use super::Service;
use crate::enforce::{Bounds, Network, Subject};
use crate::host::processors;
use crate::log;
use crate::roster::{Order, PoolId};
use crate::watch::{Excess, Over};
use launchpad_protocol::launch::{Ended, Ending, Launch, Limits, Line, Refusal, State, Usage};
use launchpad_protocol::policy::{Network as Access, Policy, Sandbox};
use launchpad_protocol::pool::{Pool, PoolLine};
use launchpad_protocol::processors::Processors;
use nix::sys::signal::Signal;
use std::time::Instant;

impl Service {
    /// Looks at a new request's environment and limits before it is admitted: what it says of its pool
    /// holds for all of the pool from now on.
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
        let pool = self.roster.strictest(&pool, launch.database);
        self.enforcers
            .define(&pool.name, Bounds::from(&pool), Instant::now())
            .map_err(|error| refused("pool", &error.to_string()))
    }

    /// Has a request's limits enforced from outside, before the satellite has it. False if the kernel
    /// refuses.
    pub(super) fn bound(&mut self, order: Order, init: u32, limits: &Limits, pool: PoolId) -> bool {
        let Some(built) = self.built.get(&order) else {
            return true;
        };
        // Somebody has taken away what it works in.
        if built.work.as_ref().is_some_and(|work| !work.is_there()) {
            return false;
        }
        let mut bounds = Bounds::from(limits);
        if built.group.is_none() {
            // Pages that are the zygote's are counted as well.
            bounds.memory = bounds
                .memory
                .map(|most| most.saturating_add(built.preloaded));
        }
        let subject = Subject {
            init,
            shared: built.resting,
            network: network(&built.policy),
            bounds,
            tmp_limit: built.policy.allowance.tmp_limit,
            folder: built.work.as_ref().map(|work| work.folder().to_owned()),
            pool: self.roster.pool(pool).name,
        };
        let bounded = self.enforcers.begin(order, subject, Instant::now());
        if let Err(error) = &bounded {
            let line = format!("a satellite's limits cannot be set: {error}");
            log::write("warning", &line);
        }
        bounded.is_ok()
    }

    /// Ends the satellites that have more than they may of what is measured.
    pub(super) fn measure(&mut self) {
        let now = Instant::now();
        for over in self.enforcers.measure(now) {
            if let Some(satellite) = self.satellites.get(&over.order) {
                satellite.kill();
            }
            self.roster.reported(over.order, for_excess(&over), now);
        }
    }

    /// `ended` as it was seen, or that the kernel killed for want of memory.
    pub(super) fn cause(&self, order: Order, ended: Ended) -> Ended {
        match ended.how {
            Ending::Signaled(signal) if signal == Signal::SIGKILL as i32 => {
                let how = self.enforcers.ran_out(order).unwrap_or(ended.how);
                Ended { how, ..ended }
            }
            _ => ended,
        }
    }

    /// How the satellite ended if the kernel killed all of it, init and all, for want of memory.
    pub(super) fn starved(&self, order: Order) -> Option<Ended> {
        let how = self.enforcers.ran_out(order)?;
        // Nobody was left to tell what it used.
        let load = self.enforcers.load(order);
        let usage = load.map_or(Usage::default(), |load| load.usage());
        Some(Ended { how, usage })
    }

    /// What a satellite's call has used so far; None if it cannot be seen.
    pub(super) fn used(&self, order: Order) -> Option<Usage> {
        self.enforcers.load(order).map(|load| load.usage())
    }

    /// Adds to the view's lines what those that serve a request have.
    pub(super) fn measure_lines(&self, lines: &mut [Line]) {
        let running = lines.iter_mut().filter(|line| line.state == State::Running);
        for line in running {
            let init = line.satellite;
            let mut built = self.built.iter();
            let order = built.find(|(_, built)| built.init.is_some() && built.init == init);
            let load = order.and_then(|(order, _)| self.enforcers.load(*order));
            line.cpu = load.map(|load| load.processor());
            line.memory = load.map(|load| load.memory);
        }
    }

    /// Likewise for pools.
    pub(super) fn measure_pools(&self, lines: &mut [PoolLine]) {
        for line in lines {
            let load = self.enforcers.pool_load(&line.pool.name);
            line.memory = load.map(|load| load.now.memory);
            line.peak_memory = load.and_then(|load| load.peak);
            line.processes = load.map(|load| load.now.processes);
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
        let reason = format!("none of the CPUs {asked} exists, the server has {own}");
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
        assert_eq!(reason, "none of the CPUs 4,7 exists, the server has 0-3");
    }
}
