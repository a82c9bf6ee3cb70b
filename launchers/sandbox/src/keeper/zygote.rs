//! The process that becomes the zygote: the last steps before the interpreter, which any package's code comes after.

use super::{Channel, SCRATCH};
use crate::Error;
use crate::descriptors::CHANNEL;
use crate::os::{self, Unowned, retry_on_intr};
use crate::steps::capabilities;
use launchpad_protocol::keeper::Start;
use nix::sys::prctl::{set_no_new_privs, set_pdeathsig};
use nix::sys::signal::Signal;
use nix::unistd::{read, setsid};
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

type Step = (&'static str, fn(Unowned) -> Result<(), Error>);

/// The rights over the namespaces, of which the zygote is to have none, last of all.
const STEPS: &[Step] = &[
    ("zygote's session", |_| {
        setsid().map(drop).map_err(Error::Session)
    }),
    ("zygote's capabilities", |_| capabilities::drop_rights()),
    ("zygote's privileges", |_| {
        set_no_new_privs().map_err(Error::NoNewPrivileges)
    }),
    // The keeper's end is that of the namespace as well.
    ("zygote's parent death", |_| {
        set_pdeathsig(Signal::SIGKILL).map_err(Error::ParentDeath)
    }),
];

/// The interpreter itself.
const EXECUTE: &str = "execute";

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|(name, _)| *name).chain([EXECUTE])
}

/// Waits until the keeper has built everything.
pub(super) fn become_one(unowned: Unowned, channel: Channel, start: &Start, built: &OwnedFd) -> ! {
    let mut byte = [0];
    match retry_on_intr(|| read(built, &mut byte)) {
        Ok(1) => {}
        // The keeper has told why.
        Ok(_) => os::exit(1),
        Err(errno) => channel.refuse("keeper", errno),
    }
    for (name, run) in STEPS {
        if let Err(error) = run(unowned) {
            channel.refuse(name, error);
        }
    }
    // All others are closed by the exec.
    let mut command = Command::new(&start.view.program);
    let variables = start.variables.iter();
    let error = command
        .args(&start.arguments)
        .env_clear()
        .envs(variables.map(|(name, value)| (name, value)))
        .current_dir(if start.writes { SCRATCH } else { "/" })
        .exec();
    let text = error.to_string();
    let words = text
        .split_once(" (os error")
        .map_or(&*text, |(words, _)| words);
    channel.refuse(
        EXECUTE,
        format!("cannot execute \"{}\": {words}", start.view.program),
    )
}

const _: () = assert!(CHANNEL.number() as RawFd == 3);
