//! How satellites and pools are held to their limits: by cgroups where there are any, and in what
//! those do not bound, by measuring.

use crate::enforce::{Bounds, Enforcer, Load, PoolLoad, Subject};
use crate::host::cgroup::{Lack, Subtree};
use crate::log;
use crate::roster::Order;
use crate::watch::{Over, Watch};
use launchpad_protocol::launch::Ending;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

/// All that there are on this host.
pub struct Enforcers {
    groups: Result<Subtree, Lack>,
    watch: Watch,
}

impl Enforcers {
    /// To be called once, at the start, before any satellite.
    pub fn set_up() -> Self {
        Enforcers {
            groups: Subtree::set_up(),
            watch: Watch::default(),
        }
    }

    /// For the log.
    pub fn introduce(&self) {
        match &self.groups {
            Ok(tree) => {
                let folder = tree.folder().display();
                log::write("log", &format!("satellites have cgroups in {folder}"));
            }
            Err(lack) => log::write(
                "warning",
                &format!(
                    "satellites have no cgroups: launchpad.memory_limit for all of a script's \
                     processes together is measured, and not enforced by the kernel ({lack})"
                ),
            ),
        }
    }

    pub fn groups(&self) -> Result<&Subtree, &Lack> {
        self.groups.as_ref()
    }

    /// Whether the last look at a running satellite that is measured showed nothing.
    pub fn is_blind(&self) -> bool {
        self.watch.is_blind()
    }

    /// Whether a pool has a limit that is only measured.
    pub fn measures_pools(&self) -> bool {
        self.watch.limits_pools()
    }

    /// The cgroup in which the satellite has to be made, if any.
    pub fn enter(&mut self, order: Order, pool: &str) -> io::Result<Option<PathBuf>> {
        let groups = self.groups.as_mut().ok();
        groups.map(|tree| tree.enter(order, pool)).transpose()
    }

    /// Puts the satellite's init into its cgroup, if it has one.
    pub fn place(&self, order: Order, init: u32) -> io::Result<()> {
        let groups = self.groups.as_ref();
        groups.map_or(Ok(()), |tree| tree.place(order, init))
    }

    /// The satellite is gone, or nothing came of it.
    pub fn leave(&mut self, order: Order) {
        self.end(order);
        if let Ok(tree) = &mut self.groups {
            tree.leave(order);
        }
    }

    pub fn define(&mut self, pool: &str, mut bounds: Bounds, now: Instant) -> io::Result<()> {
        for enforcer in self.all_mut() {
            bounds = enforcer.define(pool, bounds, now)?;
        }
        Ok(())
    }

    pub fn forget(&mut self, pool: &str) {
        self.all_mut().for_each(|enforcer| enforcer.forget(pool));
    }

    pub fn begin(&mut self, order: Order, mut subject: Subject, now: Instant) -> io::Result<()> {
        for enforcer in self.all_mut() {
            subject.bounds = enforcer.begin(order, &subject, now)?;
        }
        Ok(())
    }

    pub fn end(&mut self, order: Order) {
        self.all_mut().for_each(|enforcer| enforcer.end(order));
    }

    /// What the satellite has.
    pub fn load(&self, order: Order) -> Option<Load> {
        merged(self.all().filter_map(|enforcer| enforcer.load(order)))
    }

    pub fn pool_load(&self, pool: &str) -> Option<PoolLoad> {
        self.all().find_map(|enforcer| enforcer.pool_load(pool))
    }

    /// How the satellite ended if the kernel killed its processes for want of memory.
    pub fn ran_out(&self, order: Order) -> Option<Ending> {
        self.groups.as_ref().ok()?.ran_out_of_memory(order)
    }

    /// When to call [`Enforcers::measure`].
    pub fn deadline(&self) -> Option<Instant> {
        self.watch.deadline()
    }

    /// The satellites that have more than they may of what is measured.
    pub fn measure(&mut self, now: Instant) -> Vec<Over> {
        self.watch.measure(now)
    }

    /// The kernel's comes first.
    fn all_mut(&mut self) -> impl Iterator<Item = &mut dyn Enforcer> {
        let groups = self.groups.as_mut().ok();
        let groups = groups.map(|tree| tree as &mut dyn Enforcer);
        groups.into_iter().chain([&mut self.watch as _])
    }

    fn all(&self) -> impl Iterator<Item = &dyn Enforcer> {
        let groups = self.groups.as_ref().ok();
        let groups = groups.map(|tree| tree as &dyn Enforcer);
        groups.into_iter().chain([&self.watch as _])
    }
}

/// By the first that sees it; of its largest process, which cgroups do not know, by any.
fn merged(mut loads: impl Iterator<Item = Load>) -> Option<Load> {
    let load = loads.next()?;
    let max_rss = loads.fold(load.max_rss, |most, other| most.max(other.max_rss));
    Some(Load { max_rss, ..load })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_control_group_does_not_know_is_measured() {
        let load = |memory, max_rss| Load {
            memory,
            max_rss,
            ..Load::default()
        };
        let all = [load(10, 0), load(20, 3)];
        assert_eq!(merged(all.into_iter()), Some(load(10, 3)));
        assert_eq!(merged(all.into_iter().skip(1)), Some(load(20, 3)));
        assert_eq!(merged(std::iter::empty()), None);
    }
}
