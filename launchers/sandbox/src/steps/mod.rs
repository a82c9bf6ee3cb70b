//! The steps of the jail, and the only place that orders them.

pub(crate) mod capabilities;
mod descriptors;
pub(crate) mod dev;
pub(crate) mod etc;
pub(crate) mod filter;
mod identity;
pub(crate) mod landlock;
mod limits;
pub(crate) mod namespaces;
mod proc;
pub(crate) mod process;
pub(crate) mod root;
mod scratch;
pub(crate) mod trees;

use crate::descriptors::{Fixed, Unowned};
use crate::os::Alone;
use crate::seccomp::Filters;
use crate::{Blueprint, Error, evidence, omissions};
use launchpad_protocol::policy::{Policy, Sandbox};
use nix::unistd::Pid;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

pub(crate) use capabilities::SECURE_BITS;
pub(crate) use filter::scope;
/// The one user and group inside.
pub(crate) use identity::INSIDE as IDENTITY;
pub(crate) use limits::{BOUNDS, Bound, INIT, PROCESSES, are_processes_counted_apart};
pub use namespaces::HOST_NAME;

/// What the steps work with.
pub(crate) struct Jail<'a> {
    pub blueprint: &'a Blueprint,
    /// The folder that the satellite's root is mounted on; in the container sandbox, its work folder.
    pub root: &'a Path,
    pub policy: &'a Policy,
    /// Compiled before the fork.
    pub filters: &'a Filters,
    /// The init's descriptors: where the zygote had them and where they belong.
    pub moves: &'a [(Fixed, Fixed)],
    /// Of the zygote's launcher, for this fork and its own.
    pub alone: &'a Alone,
    pub unowned: Unowned,
    /// The init's pid as its namespace has it, once there is an init.
    pub init: Cell<Option<Pid>>,
}

/// An absolute `path` inside before the root is changed, seen from the working directory, which is the new root
/// from the step "root" on: its folder outside may be closed to a worker.
pub(crate) fn inside(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    Path::new(".").join(path.strip_prefix("/").unwrap_or(path))
}

/// One step; its name is what users read when the kernel refuses it.
pub(crate) struct Step {
    pub name: &'static str,
    pub run: fn(&Jail<'_>) -> Result<(), Error>,
}

impl Step {
    /// A panic is a refusal as well: libraries panic where a call fails that they think cannot.
    pub fn take(&self, jail: &Jail<'_>) -> Result<(), Error> {
        if omissions::left_out(self.name) {
            return Ok(());
        }
        catch_unwind(AssertUnwindSafe(|| (self.run)(jail))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied());
            Err(Error::Panic(text.unwrap_or("the step panicked").to_owned()))
        })
    }
}

const fn step(name: &'static str, run: fn(&Jail<'_>) -> Result<(), Error>) -> Step {
    Step { name, run }
}

/// The namespaces that a satellite is born into, in the strict sandbox: no step of its own, and refused like one.
pub(crate) const NAMESPACES: &str = "namespaces";

/// A sandbox's steps by the process that takes them.
pub(crate) struct Steps {
    /// In the init, before launchpadd lets it go on.
    pub begin: &'static [Step],
    /// In the init, before the script's process exists. launchpadd has had its user namespace mapped, has put it into its
    /// cgroup, and has made it the kernel's first choice when memory runs out.
    pub init: &'static [Step],
    /// In the script's process, once the init is guarded.
    pub script: &'static [Step],
}

impl Steps {
    pub fn of(sandbox: Sandbox) -> &'static Steps {
        match sandbox {
            Sandbox::Strict => &STRICT,
            Sandbox::Container => &CONTAINER,
        }
    }

    fn all(&self) -> impl Iterator<Item = &'static Step> {
        self.begin.iter().chain(self.init).chain(self.script)
    }
}

const STRICT: Steps = Steps {
    begin: &[
        // First: all later steps run with nothing else open.
        step("descriptors", descriptors::arrange),
        step("session", process::start_session),
        step("folder", root::leave_folder),
        // An undumpable process does not own its files in /proc, which keeper and launchpadd write.
        step("visible", process::allow_sight),
    ],
    init: &[
        // The init and the script's process: nobody looks into either's memory, nor into what the one builds for the
        // other, from here on.
        step("undumpable", process::forbid_sight),
        // The present cgroup is the root of the new namespace.
        step("cgroup", namespaces::enter_cgroup),
        // Before any mount: else the zygote would see it.
        step("propagation", namespaces::stop_propagation),
        // As the server's user, to whom alone the folder below is open.
        step("root", root::mount),
        step("worker", identity::become_worker),
        step("trees", trees::bind),
        step("etc", etc::write),
        step("dev", dev::bind),
        step("scratch", scratch::mount),
        step("proc", proc::mount),
        // While the host's /proc is there to tell.
        step("evidence", evidence::note_namespaces),
        step("pivot", root::change),
        step("standard", descriptors::renew_standard),
        step("hostname", namespaces::set_hostname),
        // After the last mount, before the rights are gone.
        step("limits", limits::set),
        step("capabilities", capabilities::drop_all),
        // Before any filter: the kernel demands it of the unprivileged.
        step("privileges", process::forbid_new_privileges),
    ],
    script: &[
        step("script descriptors", descriptors::keep_launch),
        step("speculation", process::shield_branches),
        step("rights", evidence::note_rights),
        step("landlock", landlock::restrict),
        // Last: anything after it must fit the filter.
        step("filter", filter::install),
    ],
};

/// Without namespaces, and so without a root, an identity and a network of its own.
const CONTAINER: Steps = Steps {
    begin: &[
        step("descriptors", descriptors::arrange),
        step("session", process::start_session),
        step("visible", process::allow_sight),
    ],
    init: &[
        step("undumpable", process::forbid_sight),
        step("parent death", process::follow_launchpad),
        step("folder", root::enter_work),
        step("limits", limits::set_in_container),
        step("capabilities", capabilities::drop_without_rights),
        step("privileges", process::forbid_new_privileges),
    ],
    script: &[
        // No pid namespace ends the script with the init.
        // A group of its own: signals to it must not reach the init.
        step("script's session", process::start_session),
        step("script's parent death", process::follow_init),
        step("script descriptors", descriptors::keep_launch),
        step("speculation", process::shield_branches),
        step("rights", evidence::note_rights),
        step("landlock", landlock::restrict),
        step("filter", filter::install),
    ],
};

/// The names of all steps in the order they run.
pub fn names(sandbox: Sandbox) -> impl Iterator<Item = &'static str> {
    let born = (sandbox == Sandbox::Strict).then_some(NAMESPACES);
    let steps = Steps::of(sandbox).all().map(|step| step.name);
    born.into_iter().chain(steps)
}

#[cfg(test)]
mod tests {
    use super::{Sandbox, names};

    /// The orders that the kernel or the threat model demands.
    const ORDERS: &[(&str, &str)] = &[
        ("descriptors", "cgroup"),
        ("visible", "undumpable"),
        ("propagation", "root"),
        ("root", "worker"),
        ("undumpable", "cgroup"),
        ("undumpable", "trees"),
        ("root", "trees"),
        ("trees", "pivot"),
        ("dev", "scratch"),
        ("proc", "pivot"),
        ("evidence", "pivot"),
        ("pivot", "limits"),
        ("limits", "capabilities"),
        ("capabilities", "privileges"),
        ("privileges", "landlock"),
        ("privileges", "filter"),
        ("undumpable", "filter"),
        ("script descriptors", "landlock"),
        ("script's parent death", "filter"),
    ];

    #[test]
    fn the_order_holds() {
        for sandbox in [Sandbox::Strict, Sandbox::Container] {
            let at = |name: &str| names(sandbox).position(|step| step == name);
            for (before, after) in ORDERS {
                if let (Some(first), Some(second)) = (at(before), at(after)) {
                    assert!(first < second, "{sandbox:?}: {before} before {after}");
                }
            }
            assert_eq!(names(sandbox).last(), Some("filter"));
        }
        let strict = |name: &str| names(Sandbox::Strict).any(|step| step == name);
        let container = |name: &str| names(Sandbox::Container).any(|step| step == name);
        for (before, after) in ORDERS {
            for name in [before, after] {
                assert!(strict(name) || container(name), "{name}");
            }
        }
    }
}
