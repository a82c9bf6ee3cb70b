//! The zygote's side of a fork.

use crate::descriptors::{GO, LAUNCH, LEASH, STATUS};
use crate::os::{self, Alone, Side, Unowned};
use crate::outer::{self, Status};
use crate::{Blueprint, Error, Refusal, steps};
use launchpad_protocol::policy::Policy;
use rustix::fd::OwnedFd;
use rustix::io::{Errno, retry_on_intr};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
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

/// Has the outer process's user namespace mapped, which it has entered and waits in: what its init may be outside is
/// for others to say.
pub trait Overseer {
    /// # Errors
    /// What was refused.
    fn map(&mut self, outer: Watched) -> Result<(), Refusal>;
}

/// A process that is not reaped meanwhile.
#[derive(Debug)]
pub struct Watched {
    /// In the zygote's pid namespace.
    pub number: i32,
    pub pidfd: OwnedFd,
}

/// In which process the fork returned.
#[derive(Debug)]
pub enum Forked {
    /// The zygote: the init, which waits for launchpadd's go, or why there is none.
    Zygote(Result<Watched, Refusal>),
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
    overseer: &mut dyn Overseer,
) -> Forked {
    match try_fork(alone, unowned, blueprint, order, overseer) {
        Ok(forked) => forked,
        Err(error) => Forked::Zygote(Err(Refusal::new("fork", error))),
    }
}

fn try_fork(
    alone: &Alone,
    unowned: Unowned,
    blueprint: &Blueprint,
    order: Order,
    overseer: &mut dyn Overseer,
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
            let told = attend(child, overseer, &status_read, &go_write);
            if told.is_err() {
                // Whatever it still waits for.
                drop(go_write);
                // The refusal is the cause, whatever becomes of this.
                let _ = wait_for(child);
                return Ok(Forked::Zygote(told));
            }
            // The init is watched now: its parent may end, and somebody else reap it.
            let ended = match retry_on_intr(|| rustix::io::write(&go_write, b"e")) {
                Ok(_) | Err(Errno::PIPE) => Ok(()),
                Err(errno) => Err(Error::End(errno)),
            };
            drop(go_write);
            wait_for(child).map_err(Error::Wait)?;
            ended?;
            Ok(Forked::Zygote(told))
        }
    }
}

/// Does what the outer process asks for, to its last word.
fn attend(
    outer: i32,
    overseer: &mut dyn Overseer,
    status: &OwnedFd,
    go: &OwnedFd,
) -> Result<Watched, Refusal> {
    loop {
        match Status::read(status) {
            Status::Forked(init) => {
                return watch(init).map_err(|errno| Refusal::new("fork", Error::Pidfd(errno)));
            }
            Status::Refused(refusal) => return Err(refusal),
            Status::MapMe => {
                let refused = |errno| Refusal::new("identity", errno);
                overseer.map(watch(outer).map_err(refused)?)?;
                match retry_on_intr(|| rustix::io::write(go, b"m")) {
                    // One that has ended has told why.
                    Ok(_) | Err(Errno::PIPE) => {}
                    Err(errno) => return Err(refused(errno)),
                }
            }
        }
    }
}

/// Of a process that nobody reaps meanwhile.
fn watch(number: i32) -> Result<Watched, Errno> {
    let process = Pid::from_raw(number).ok_or(Errno::SRCH)?;
    let pidfd = pidfd_open(process, PidfdFlags::empty())?;
    Ok(Watched { number, pidfd })
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
