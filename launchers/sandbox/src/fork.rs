//! The zygote's side of a fork.

use crate::descriptors::{LAUNCH, LIFELINE};
use crate::os::{self, Alone, Cloned, Unowned};
use crate::steps::{self, Jail, namespaces};
use crate::{Blueprint, Error, Refusal, init, omissions};
use launchpad_protocol::policy::{Policy, Sandbox};
use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// One satellite to fork.
#[derive(Debug)]
pub struct Order {
    /// An empty folder that becomes the mount point of the satellite's root, in its own namespace; in the
    /// container sandbox, its work folder.
    pub root: PathBuf,
    pub policy: Policy,
    /// The satellite's end of its launch channel.
    pub launch: OwnedFd,
    /// The init's end of the lifeline.
    pub lifeline: OwnedFd,
}

/// Whose child the init is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// The zygote's parent's, which reaps: the keeper's, or launchpadd's.
    Zygotes,
    /// The zygote's own.
    Own,
}

/// A satellite's init, which waits for launchpadd's go.
#[derive(Debug)]
pub struct Init {
    /// In the zygote's pid namespace.
    pub number: i32,
    pub pidfd: OwnedFd,
}

/// In which process the fork returned.
#[derive(Debug)]
pub enum Forked {
    /// The zygote: the init, or why there is none.
    Zygote(Result<Init, Refusal>),
    /// The satellite's script process, sandboxed; [`LAUNCH`] is its one descriptor besides 0, 1, 2.
    Satellite,
}

/// Forks a satellite into its sandbox, out of a process with one thread. There all that the zygote had
/// open is closed.
pub fn fork_satellite(
    alone: &Alone,
    unowned: Unowned,
    blueprint: &Blueprint,
    order: Order,
    parent: Parent,
) -> Forked {
    let Order {
        root,
        policy,
        launch,
        lifeline,
    } = order;
    let filters = match blueprint.filters(&steps::scope(&policy)) {
        Ok(filters) => filters,
        Err(error) => return Forked::Zygote(Err(Refusal::new("fork", Error::Compile(error)))),
    };
    let (step, kinds) = namespaces_of(&policy);
    match os::clone(alone, kinds, parent == Parent::Zygotes) {
        Ok(Cloned::Parent { number, pidfd }) => Forked::Zygote(Ok(Init { number, pidfd })),
        Err(errno) => {
            let error = match kinds {
                0 => Error::Fork(errno),
                _ => Error::Namespaces(errno),
            };
            Forked::Zygote(Err(Refusal::new(step, error)))
        }
        Ok(Cloned::Child) => {
            // Their numbers get new meanings now; nobody may close them by dropping.
            let moves =
                [(launch, LAUNCH), (lifeline, LIFELINE)].map(|(from, to)| (os::forget(from), to));
            let jail = Jail {
                alone,
                blueprint,
                root: &root,
                policy: &policy,
                filters: &filters,
                moves: &moves,
                unowned,
                init: Cell::new(None),
            };
            // A panic must not unwind into the zygote's code in one of the new processes.
            match catch_unwind(AssertUnwindSafe(|| init::enter(&jail))) {
                Ok(()) => Forked::Satellite,
                Err(_) => os::exit(1),
            }
        }
    }
}

/// Which namespaces the satellite has of its own from its first moment, and the step that making them is.
fn namespaces_of(policy: &Policy) -> (&'static str, i32) {
    match policy.sandbox {
        Sandbox::Strict if !omissions::left_out(steps::NAMESPACES) => (
            steps::NAMESPACES,
            namespaces::kinds(policy.allowance.network),
        ),
        Sandbox::Strict | Sandbox::Container => ("fork", 0),
    }
}
