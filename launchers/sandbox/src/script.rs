//! The script's process: the last steps of the jail, then back to the launcher.

use crate::init::refuse;
use crate::os::retry_on_intr;
use crate::steps::{Jail, Steps};
use crate::{Error, Refusal, rehearsal};
use nix::unistd::read;
use std::os::fd::OwnedFd;

/// Waits until the init is guarded and runs the last steps; returns sandboxed or not at all.
pub(crate) fn enter(jail: &Jail<'_>, steps: &Steps, guarded: OwnedFd) {
    // While the init gets ready.
    rehearsal::repeat();
    let mut byte = [0];
    let told = retry_on_intr(|| read(&guarded, &mut byte));
    drop(guarded);
    match told {
        Ok(1) => {}
        Ok(_) => refuse(jail, &Refusal::new("guard", Error::NotGuarded)),
        Err(errno) => refuse(jail, &Refusal::new("guard", Error::Guard(errno))),
    }
    for step in steps.script {
        if let Err(error) = step.take(jail) {
            refuse(jail, &Refusal::new(step.name, error));
        }
    }
}
