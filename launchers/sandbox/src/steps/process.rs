//! What the satellite's processes are to the kernel and to other processes: alone, the first to go, with
//! no new rights, and ended with those that they belong to.

use super::Jail;
use crate::descriptors::LIFELINE;
use crate::{Error, os};
use nix::sys::prctl::{set_dumpable, set_no_new_privs, set_pdeathsig};
use nix::sys::signal::Signal;
use nix::unistd::{getppid, setsid};

/// A session of its own: no controlling terminal, no process group shared with anyone.
pub(super) fn start_session(_: &Jail<'_>) -> Result<(), Error> {
    setsid().map_err(Error::Session)?;
    Ok(())
}

/// For the steps that write to /proc/self; undone by [`forbid_sight`].
pub(super) fn allow_sight(_: &Jail<'_>) -> Result<(), Error> {
    set_dumpable(true).map_err(Error::Visible)
}

/// Other processes of the same user may not look into this one while a script runs: an undumpable
/// process cannot be traced, its memory cannot be opened, and it leaves no core.
pub(super) fn forbid_sight(_: &Jail<'_>) -> Result<(), Error> {
    set_dumpable(false).map_err(Error::Undumpable)
}

/// No program run from here on gains rights by its file's.
pub(super) fn forbid_new_privileges(_: &Jail<'_>) -> Result<(), Error> {
    without_new_privileges()
}

pub(crate) fn without_new_privileges() -> Result<(), Error> {
    set_no_new_privs().map_err(Error::NoNewPrivileges)
}

/// What the processor guesses of branches in a script is learned from the script alone, and teaches nobody else. Of stores
/// it guesses within a process, and a script has its own to itself.
pub(super) fn shield_branches(_: &Jail<'_>) -> Result<(), Error> {
    os::shield_branches().map_err(Error::Speculation)
}

/// Where no keeper sees to it, the init dies with launchpadd: by signal, and by the lifeline, which has no gaps.
pub(super) fn follow_launchpad(jail: &Jail<'_>) -> Result<(), Error> {
    // The parent is launchpadd, which the zygote has made it.
    set_pdeathsig(Signal::SIGKILL).map_err(Error::ParentDeath)?;
    // launchpadd may have ended before the call: then its end of the lifeline is closed.
    let lifeline = LIFELINE.borrow(jail.unowned);
    if !os::look(lifeline).map_err(Error::LifelinePoll)?.is_empty() {
        return Err(Error::LifelineClosed);
    }
    Ok(())
}

/// Where no pid namespace sees to it, the script's process dies with the init, which
/// writes the lifeline's end by ending. If it had ended before the call, the parent is another
/// by now.
pub(super) fn follow_init(jail: &Jail<'_>) -> Result<(), Error> {
    set_pdeathsig(Signal::SIGKILL).map_err(Error::ParentDeath)?;
    match jail.init.get() == Some(getppid()) {
        true => Ok(()),
        false => Err(Error::InitEnded),
    }
}
