//! The steps of the jail, one per file, and the only place that orders them.

mod capabilities;
mod descriptors;
mod dev;
mod dumpable;
mod etc;
mod filter;
mod folder;
mod hostname;
mod identity;
mod limits;
mod namespaces;
mod oom;
mod parent_death;
mod pivot;
mod privileges;
mod proc;
mod propagation;
mod root;
mod scratch;
mod session;
mod trees;

use crate::{Blueprint, Error, holes};
use std::os::fd::RawFd;
use std::path::{Path, PathBuf};

/// What the steps work with.
pub(crate) struct Jail<'a> {
    pub blueprint: &'a Blueprint,
    /// Where the satellite's root is mounted before it becomes the root.
    pub root: &'a Path,
    /// Bytes of /tmp, /job and /dev/shm together.
    pub tmp_limit: u64,
    /// The outer process's descriptors: where the zygote had them and where they belong.
    pub moves: &'a [(RawFd, RawFd)],
    /// Effective ids outside: nobody can ask for them once the user namespace is entered.
    pub user: u32,
    pub group: u32,
}

impl Jail<'_> {
    /// Where the satellite's absolute `path` lies before the root is changed.
    pub fn inside(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

/// One step; its name is what users read when the kernel refuses it.
pub(crate) struct Step {
    pub name: &'static str,
    pub run: fn(&Jail<'_>) -> Result<(), Error>,
}

impl Step {
    pub fn take(&self, jail: &Jail<'_>) -> Result<(), Error> {
        if holes::left_out(self.name) {
            return Ok(());
        }
        (self.run)(jail)
    }
}

const fn step(name: &'static str, run: fn(&Jail<'_>) -> Result<(), Error>) -> Step {
    Step { name, run }
}

/// In the outer process, before the init exists.
pub(crate) const OUTER: &[Step] = &[
    // First: all later steps run with nothing else open.
    step("descriptors", descriptors::arrange),
    step("session", session::start),
    step("folder", folder::leave),
    // An undumpable process does not own its files in /proc, which the next steps write.
    step("visible", dumpable::allow),
    // Before /proc changes: the script must be the kernel's first choice, not the server.
    step("oom score", oom::prefer),
    // User namespace and all others at once: the first gives the right to the rest.
    step("namespaces", namespaces::enter),
    step("identity", identity::map),
];

/// In the init, before the script's process exists.
pub(crate) const INIT: &[Step] = &[
    step("parent death", parent_death::follow),
    // Before any mount: else the host would see it.
    step("propagation", propagation::stop),
    step("root", root::mount),
    step("trees", trees::bind),
    step("etc", etc::write),
    step("dev", dev::bind),
    step("scratch", scratch::mount),
    step("proc", proc::mount),
    step("pivot", pivot::change),
    step("hostname", hostname::set),
    // After the last mount, before the rights are gone.
    step("limits", limits::set),
    step("capabilities", capabilities::drop),
    // Before any filter: the kernel demands it of the unprivileged.
    step("privileges", privileges::forbid_new),
    // Both the init and the script's process: neither's memory can be opened.
    step("undumpable", dumpable::forbid),
];

/// In the script's process, once the init is guarded.
pub(crate) const SCRIPT: &[Step] = &[
    step("script descriptors", descriptors::keep_launch),
    // Last: anything after it must fit the filter.
    step("filter", filter::install),
];

/// The names of all steps in the order they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    OUTER.iter().chain(INIT).chain(SCRIPT).map(|step| step.name)
}

#[cfg(test)]
mod tests {
    use super::names;

    fn at(name: &str) -> usize {
        names().position(|step| step == name).unwrap()
    }

    /// The orders that the kernel or the threat model demands.
    #[test]
    fn the_order_holds() {
        for (before, after) in [
            ("descriptors", "namespaces"),
            ("visible", "oom score"),
            ("visible", "identity"),
            ("oom score", "proc"),
            ("namespaces", "identity"),
            ("propagation", "root"),
            ("root", "trees"),
            ("trees", "pivot"),
            ("dev", "scratch"),
            ("proc", "pivot"),
            ("pivot", "limits"),
            ("limits", "capabilities"),
            ("capabilities", "privileges"),
            ("privileges", "filter"),
            ("undumpable", "filter"),
        ] {
            assert!(at(before) < at(after), "{before} before {after}");
        }
        assert_eq!(names().last(), Some("filter"));
    }
}
