//! What the satellite's processes are to the kernel and to other processes: alone, the first to go, with
//! no new rights, and ended with those that they belong to.

use super::Jail;
use crate::descriptors::LEASH;
use crate::{Error, os};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    DumpableBehavior, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal,
};

/// A session of its own: no controlling terminal, no process group shared with anyone.
pub(super) fn start_session(_: &Jail<'_>) -> Result<(), Error> {
    rustix::process::setsid().map_err(Error::Session)?;
    Ok(())
}

/// For the steps that write to /proc/self; undone by [`forbid_sight`].
pub(super) fn allow_sight(_: &Jail<'_>) -> Result<(), Error> {
    set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(Error::Visible)
}

/// Other processes of the same user may not look into this one while a script runs: an undumpable
/// process cannot be traced, its memory cannot be opened, and it leaves no core.
pub(super) fn forbid_sight(_: &Jail<'_>) -> Result<(), Error> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(Error::Undumpable)
}

/// No program run from here on gains rights by its file's.
pub(super) fn forbid_new_privileges(_: &Jail<'_>) -> Result<(), Error> {
    without_new_privileges()
}

pub(crate) fn without_new_privileges() -> Result<(), Error> {
    rustix::thread::set_no_new_privs(true).map_err(Error::NoNewPrivileges)
}

/// What the processor guesses of branches in a script is learned from the script alone, and teaches nobody else. Of stores
/// it guesses within a process, and a script has its own to itself.
pub(super) fn shield_branches(_: &Jail<'_>) -> Result<(), Error> {
    os::shield_branches().map_err(Error::Speculation)
}

/// Where no keeper sees to it, the init dies with launchpadd: by signal, and by the leash, which has no gaps.
pub(super) fn follow_launchpad(jail: &Jail<'_>) -> Result<(), Error> {
    // The parent is launchpadd, which the zygote has made it.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::ParentDeath)?;
    // launchpadd may have ended before the call: then its end of the leash is closed.
    let leash = LEASH.borrow(jail.unowned);
    let mut leash = [PollFd::new(&leash, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    poll(&mut leash, Some(&at_once)).map_err(Error::LeashPoll)?;
    if !leash[0].revents().is_empty() {
        return Err(Error::LeashClosed);
    }
    Ok(())
}

/// Where no pid namespace sees to it, the script's process dies with the init, which
/// writes the leash's end by ending. If it had ended before the call, the parent is another
/// by now.
pub(super) fn follow_init(jail: &Jail<'_>) -> Result<(), Error> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::ParentDeath)?;
    match getppid() {
        Some(parent) if Some(parent) == jail.init.get() => Ok(()),
        _ => Err(Error::InitEnded),
    }
}
