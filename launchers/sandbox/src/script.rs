//! The script's process: the last steps of the jail, then back to the launcher.

use crate::init::refuse;
use crate::steps::{self, Jail};
use crate::{Error, Refusal};
use rustix::fd::OwnedFd;

/// Waits until the init is guarded and runs the last steps; returns sandboxed or not at all.
pub(crate) fn enter(jail: &Jail<'_>, guarded: OwnedFd) {
    let mut byte = [0];
    let told = rustix::io::retry_on_intr(|| rustix::io::read(&guarded, &mut byte));
    drop(guarded);
    if told != Ok(1) {
        refuse(&Refusal::new("guard", Error::NotGuarded));
    }
    for step in steps::SCRIPT {
        if let Err(error) = step.take(jail) {
            refuse(&Refusal::new(step.name, error));
        }
    }
}
