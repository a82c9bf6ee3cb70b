//! The zygote's side of a fork.

use crate::descriptors::{GO, LAUNCH, LEASH, STATUS};
use crate::os::{self, Alone, Side, Unowned};
use crate::outer::{self, Status};
use crate::{Blueprint, Error, Refusal, mapping, steps};
use launchpad_protocol::policy::{Policy, Worker};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, retry_on_intr};
use rustix::pipe::{PipeFlags, pipe_with};
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
    /// The init's end of the leash.
    pub leash: OwnedFd,
}

/// In which process the fork returned.
#[derive(Debug)]
pub enum Forked {
    /// The zygote: the init's pid, or why there is none.
    Zygote(Result<u32, Refusal>),
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
) -> Forked {
    match try_fork(alone, unowned, blueprint, order) {
        Ok(forked) => forked,
        Err(error) => Forked::Zygote(Err(Refusal::new("fork", error))),
    }
}

fn try_fork(
    alone: &Alone,
    unowned: Unowned,
    blueprint: &Blueprint,
    order: Order,
) -> Result<Forked, Error> {
    let filters = blueprint
        .filters(&steps::scope(&order.policy))
        .map_err(Error::Compile)?;
    let (status_read, status) = pipe_with(PipeFlags::CLOEXEC).map_err(Error::Pipe)?;
    let (go, go_write) = pipe_with(PipeFlags::CLOEXEC).map_err(Error::Pipe)?;
    match os::fork(alone).map_err(Error::Fork)? {
        Side::Child => {
            let Order {
                root,
                policy,
                launch,
                leash,
            } = order;
            // Their numbers get new meanings now; nobody may close them by dropping.
            let moves = [(launch, LAUNCH), (leash, LEASH), (go, GO), (status, STATUS)]
                .map(|(from, to)| (os::forget(from), to));
            for old in [go_write, status_read] {
                os::forget(old);
            }
            // A panic must not unwind into the zygote's code in one of the new processes.
            let entered = catch_unwind(AssertUnwindSafe(|| {
                outer::enter(alone, unowned, blueprint, &filters, &root, &policy, &moves);
            }));
            match entered {
                Ok(()) => Ok(Forked::Satellite),
                Err(_) => os::exit(1),
            }
        }
        Side::Parent { child } => {
            // Without this process's copies, the pipes and sockets end with their other holders.
            drop((status, go, order.launch, order.leash));
            let told = attend(child, order.policy.worker, &status_read, &go_write);
            if told.is_err() {
                // Whatever it still waits for.
                drop(go_write);
                // The refusal is the cause, whatever becomes of this.
                let _ = wait_for(child);
                return Ok(Forked::Zygote(told));
            }
            wait_for(child).map_err(Error::Wait)?;
            // The init's parent is launchpadd from here on.
            match retry_on_intr(|| rustix::io::write(&go_write, b"g")) {
                // If it is gone already, launchpadd sees that itself.
                Ok(_) | Err(Errno::PIPE) => Ok(Forked::Zygote(told)),
                Err(errno) => Err(Error::Go(errno)),
            }
        }
    }
}

/// Does what the outer process asks for, to its last word.
fn attend(
    outer: i32,
    worker: Option<Worker>,
    status: &OwnedFd,
    go: &OwnedFd,
) -> Result<u32, Refusal> {
    loop {
        match Status::read(status) {
            Status::Forked(init) => return Ok(init),
            Status::Refused(refusal) => return Err(refusal),
            Status::MapMe => {
                let worker =
                    worker.ok_or_else(|| Refusal::new("identity", "no worker was ordered"))?;
                mapping::map(outer, worker)?;
                rustix::io::write(go, b"m").map_err(|errno| Refusal::new("identity", errno))?;
            }
        }
    }
}

fn wait_for(child: i32) -> Result<(), Errno> {
    loop {
        match os::wait(child, true) {
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(()),
        }
    }
}
