//! The init dies with launchpadd: by signal, and by the leash, which has no gaps. Where no pid namespace
//! sees to it, the script's process dies with the init.

use super::Jail;
use crate::Error;
use crate::descriptors::LEASH;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getppid, set_parent_process_death_signal};

pub(super) fn follow_launchpad(_: &Jail<'_>) -> Result<(), Error> {
    // The parent is launchpadd already: the zygote saw the outer process end before it said go.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::ParentDeath)?;
    // launchpadd may have ended before the call: then its end of the leash is closed.
    let mut leash = [PollFd::new(&LEASH, PollFlags::IN)];
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

/// The init writes the leash's end by ending. If it had ended before the call, the parent is another
/// by now.
pub(super) fn follow_init(jail: &Jail<'_>) -> Result<(), Error> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::ParentDeath)?;
    match getppid() {
        Some(parent) if Some(parent) == jail.init.get() => Ok(()),
        _ => Err(Error::InitEnded),
    }
}
