//! Slowing down: who has used up its share of the processors is stopped until there is some again.
//!
//! SIGSTOP and SIGCONT go to all processes below the init, never to the init: it must see its lifeline.
//! A stopped satellite is ended like any other, SIGKILL reaches those who are stopped too. A script
//! that manages to wake itself, which a timer of its own can do, is ended after some seconds.

use super::proc::Processes;
use super::{Excess, Over, Running, Watch, family};
use crate::enforce::Bounds;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Between two looks. What is done in that time on all processors is done before anybody is stopped.
pub(super) const INTERVAL: Duration = Duration::from_millis(50);

impl Watch {
    pub(super) fn look_at_work(
        &mut self,
        processes: &impl Processes,
        now: Instant,
        over: &mut Vec<Over>,
    ) {
        let mut used = BTreeMap::new();
        let mut own = BTreeMap::new();
        for (order, running) in &mut self.running {
            if !running.is_slowed(&self.pools.bounds(&running.subject.pool)) {
                continue;
            }
            let share = running.work(processes);
            let of_pool = used.entry(running.subject.pool.clone()).or_insert(0_u64);
            *of_pool = of_pool.saturating_add(share);
            let budget = running.budget.as_mut();
            let exhausted = budget.is_some_and(|budget| budget.spend(share, now));
            own.insert(*order, (share, exhausted));
        }
        let pools = self.pools.exhausted(&used, now);
        for (order, (share, exhausted)) in own {
            let Some(running) = self.running.get_mut(&order) else {
                continue;
            };
            let of_pool = self.pools.bounds(&running.subject.pool);
            let percent = running
                .subject
                .bounds
                .cpu
                .into_iter()
                .chain(of_pool.cpu)
                .min();
            let was = running.stopped;
            let told = percent.and_then(|percent| running.violation.add(share, was, percent, now));
            if let Some(percent) = told {
                over.push(Over {
                    order,
                    excess: Excess::Processor(percent),
                    load: running.load,
                });
            } else if exhausted || pools.contains(&running.subject.pool) {
                running.stopped = true;
                // Each time anew: some may have been born, or have been woken.
                family::stop(processes, running.subject.init);
            } else if was {
                running.stopped = false;
                family::resume(processes, running.subject.init);
            }
        }
    }
}

impl Running {
    /// Also one that is stopped, until it goes on.
    pub(super) fn is_slowed(&self, pool: &Bounds) -> bool {
        self.subject.bounds.cpu.is_some() || pool.cpu.is_some() || self.stopped
    }

    /// Microseconds of processor time since the last look. Of a process that ends unreaped nothing is
    /// left, so that the sum can also fall.
    fn work(&mut self, processes: &impl Processes) -> u64 {
        let seen = family::time(processes, self.subject.init);
        let all = seen.processor();
        let before = self.used.replace(all).unwrap_or(all);
        (self.load.user, self.load.system) = (seen.user, seen.system);
        all.saturating_sub(before)
    }
}
