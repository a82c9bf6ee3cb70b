//! The keeper: the init of the namespaces in which a zygote and all its satellites live.
//!
//! What an administrator installs runs in the zygote, and none of it may reach what scripts may not. So between
//! launchpadd and a zygote there are two small processes without an interpreter:
//!
//! * the **monitor**, which launchpadd starts, enters new namespaces, has them mapped, forks the keeper and from then
//!   on only waits for it: it ends with launchpadd, and the keeper with it;
//! * the **keeper**, pid 1 of the new pid namespace, builds the zygote's [view](view), starts the zygote in it
//!   without any right, and reaps. It keeps the rights over its namespaces: it says which
//!   user a satellite is outside, as launchpadd orders. When the zygote has ended it stays for the satellites.
//!
//! The keeper hears nobody but launchpadd. Its end is the end of everything in its namespaces.
//!
//! As in the jail, every step is in a list, and one that fails ends the whole.

mod house;
pub(crate) mod view;
mod zygote;

use crate::os::send_beside;
use crate::os::{self, Alone, Fixed, Side, Unowned, pidfd_open, poll, recv, retry_on_intr};
use crate::steps::namespaces;
use crate::{Error, map};
use house::{House, end_strays, seal};
pub use house::{SATELLITE, SCRATCH};
use launchpad_protocol::keeper::{FromKeeper, KEEPER_FD, Start, ToKeeper};
use launchpad_protocol::policy::Worker;
use launchpad_protocol::{MAX_PACKET, cut, decode_packet, encode_packet};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::poll::{PollFd, PollFlags};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill};
use nix::sys::signalfd::SignalFd;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Pid, getegid, geteuid, getppid, pipe2, read, write};
use std::os::fd::{AsFd, OwnedFd};

/// Where a keeper finds its channel.
pub const CHANNEL: Fixed = Fixed::at(KEEPER_FD);

/// Longest reason sent, in bytes: a packet with room to spare.
const MAX_REASON: usize = 4096;

/// The names of all steps in the order they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    let monitor = ["namespaces", "identity"].into_iter();
    let keeper = house::STEPS.iter().map(|step| step.name);
    monitor.chain(keeper).chain(zygote::names())
}

/// The end of launchpadd's channel.
#[derive(Clone, Copy)]
pub(crate) struct Channel {
    end: Fixed,
    unowned: Unowned,
}

impl Channel {
    /// None: launchpadd is gone, or says what it does not say.
    fn hear(&self) -> Option<ToKeeper> {
        let mut bytes = [0; MAX_PACKET];
        let end = self.end.borrow(self.unowned);
        let length = retry_on_intr(|| recv(end, &mut bytes)).ok()?;
        decode_packet(&bytes[..length]).ok()
    }

    fn tell(&self, message: &FromKeeper) {
        self.tell_with(message, None);
    }

    /// `process`: a pidfd that goes beside the message. One that launchpadd does not hear of it would wait for an answer to
    /// ends, and with it all.
    fn tell_with(&self, message: &FromKeeper, process: Option<&OwnedFd>) {
        let end = self.end.borrow(self.unowned);
        let sent =
            encode_packet(message).is_ok_and(|packet| send_beside(end, &packet, process).is_ok());
        if !sent {
            os::exit(1);
        }
    }

    /// Tells why there is no zygote, and ends this process.
    fn refuse(&self, step: &str, error: impl ToString) -> ! {
        let reason = error.to_string();
        self.tell(&FromKeeper::Refused {
            step: step.to_owned(),
            reason: cut(&reason, MAX_REASON).to_owned(),
        });
        os::exit(1)
    }
}

/// Runs as the monitor, the keeper and the zygote, in whose process it execs the interpreter.
pub fn run(alone: &Alone, unowned: Unowned) -> ! {
    let channel = Channel {
        end: CHANNEL,
        unowned,
    };
    // It came through an exec, and is not for the next one.
    if fcntl(
        channel.end.borrow(unowned),
        FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC),
    )
    .is_err()
    {
        os::exit(1);
    }
    let Some(ToKeeper::Start(start)) = channel.hear() else {
        os::exit(1)
    };
    // A panic must not run on as somebody else.
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        monitor(alone, unowned, channel, &start);
    }));
    if ran.is_err() {
        channel.refuse("keeper", "the keeper panicked");
    }
    os::exit(1)
}

fn monitor(alone: &Alone, unowned: Unowned, channel: Channel, start: &Start) {
    let parent = getppid();
    let own = Worker {
        user: geteuid().as_raw(),
        group: getegid().as_raw(),
    };
    let proc = open(
        "/proc",
        OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
        Mode::empty(),
    );
    let proc = proc.unwrap_or_else(|errno| channel.refuse("proc", errno));
    if let Err(error) = namespaces::enter(start.view.network) {
        channel.refuse("namespaces", error);
    }
    channel.tell(&FromKeeper::MapMe);
    if channel.hear() != Some(ToKeeper::Mapped) {
        os::exit(1);
    }
    // The change of rights may have undone it.
    if let Err(errno) = set_pdeathsig(Signal::SIGKILL) {
        channel.refuse("parent death", Error::ParentDeath(errno));
    }
    if getppid() != parent {
        os::exit(1);
    }
    match os::fork(alone) {
        Ok(Side::Child) => keeper(alone, unowned, channel, start, own, proc),
        Ok(Side::Parent { child }) => {
            // They end with the keeper, and what is in its namespaces.
            drop(proc);
            let _ = os::close_range(unowned, 0, i32::MAX);
            let ended = os::wait(child, true);
            os::exit(i32::from(
                !matches!(ended, Ok(Some(ended)) if ended.wait_status == 0),
            ))
        }
        Err(errno) => channel.refuse("keeper", Error::Fork(errno)),
    }
}

fn keeper(
    alone: &Alone,
    unowned: Unowned,
    channel: Channel,
    start: &Start,
    own: Worker,
    proc: OwnedFd,
) -> ! {
    let pipe = pipe2(OFlag::O_CLOEXEC).map_err(Error::Pipe);
    let (built, build) = pipe.unwrap_or_else(|error| channel.refuse("keeper", error));
    let zygote = match os::fork(alone) {
        Ok(Side::Child) => {
            drop((proc, build));
            zygote::become_one(unowned, channel, start, &built)
        }
        Ok(Side::Parent { child }) => child,
        Err(errno) => channel.refuse("keeper", Error::Fork(errno)),
    };
    drop(built);
    // The zygote's alone: its end is the zygote's end.
    os::close(unowned, os::descriptors::CHANNEL);
    // What it builds is for satellites' users as well.
    umask(Mode::S_IWGRP | Mode::S_IWOTH);
    let house = House {
        start,
        channel,
        own,
        proc,
        zygote,
    };
    for step in house::STEPS {
        if let Err(error) = (step.run)(&house) {
            channel.refuse(step.name, error);
        }
    }
    let children = os::watch_children().map_err(Error::Signals);
    let children = children.unwrap_or_else(|error| channel.refuse("keeper", error));
    // Not reaped yet, and so still its own number.
    let pidfd = pidfd_open(zygote).map_err(Error::Pidfd);
    let pidfd = pidfd.unwrap_or_else(|error| channel.refuse("keeper", error));
    channel.tell_with(&FromKeeper::Built, Some(&pidfd));
    drop(pidfd);
    if let Err(errno) = retry_on_intr(|| write(&build, b"b")) {
        channel.refuse("keeper", errno);
    }
    drop(build);
    keep(&house, unowned, &children)
}

/// Reaps and maps until there is nobody left to do it for.
fn keep(house: &House<'_>, unowned: Unowned, children: &SignalFd) -> ! {
    let mut is_there = true;
    // What the zygote prints goes past the keeper.
    for standard in os::descriptors::STANDARD {
        os::close(unowned, standard);
    }
    loop {
        loop {
            match os::wait(-1, false) {
                Ok(Some(ended)) if ended.pid == house.zygote => {
                    is_there = false;
                    let wait_status = ended.wait_status;
                    house.channel.tell(&FromKeeper::ZygoteEnded { wait_status });
                }
                Ok(Some(_)) => {}
                Err(Errno::ECHILD) if !is_there => os::exit(0),
                Ok(None) => break,
                Err(Errno::EINTR) => {}
                // Who cannot reap keeps nobody.
                Err(_) => os::exit(1),
            }
        }
        if !is_there {
            // Each that ends may leave children of its own, which come here, and wake the keeper.
            end_strays(house);
        }
        let channel = house.channel.end.borrow(unowned);
        let mut fds = [
            PollFd::new(channel, PollFlags::POLLIN),
            PollFd::new(children.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut fds) {
            Err(Errno::EINTR) => continue,
            Err(_) => os::exit(1),
            Ok(_) => {}
        }
        let is_spoken_to = fds[0].any() != Some(false);
        if fds[1].any() != Some(false) {
            // A signalfd's record; only that it came matters.
            let mut record = [0; 128];
            let _ = read(children, &mut record);
        }
        if is_spoken_to {
            match house.channel.hear() {
                Some(order) => obey(house, order, is_there),
                // launchpadd is gone, and nobody in here is to outlive it.
                None => os::exit(0),
            }
        }
    }
}

fn obey(house: &House<'_>, order: ToKeeper, is_there: bool) {
    match order {
        ToKeeper::Map {
            order,
            process,
            worker,
        } => {
            let inside = Worker {
                user: crate::steps::IDENTITY,
                group: crate::steps::IDENTITY,
            };
            // Of a worker the groups are dropped, which the server's user may not.
            let mapped = map(&house.proc, process, inside, worker, worker == house.own);
            let refused = mapped.err().map(|error| error.to_string());
            house
                .channel
                .tell(&FromKeeper::SatelliteMapped { order, refused });
        }
        ToKeeper::Seal => {
            let refused = seal().err().map(|error| error.to_string());
            house.channel.tell(&FromKeeper::Sealed { refused });
        }
        ToKeeper::EndZygote => {
            // Not reaped yet: the number is its own.
            if is_there {
                let _ = kill(Pid::from_raw(house.zygote), Signal::SIGKILL);
            }
        }
        ToKeeper::Start(_) | ToKeeper::Mapped => {}
    }
}
