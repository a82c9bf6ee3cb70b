//! The outer process: from the zygote's fork into new namespaces, then it ends.

use crate::descriptors::{Fixed, GO, LEASH, STATUS};
use crate::os::{self, Alone, Side, Unowned};
use crate::seccomp::Filters;
use crate::steps::{Jail, Steps};
use crate::{Blueprint, Refusal, init};
use launchpad_protocol::policy::Policy;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::io::retry_on_intr;
use std::cell::Cell;
use std::path::Path;

/// What the outer process tells the zygote, each in one write.
pub(crate) enum Status {
    /// It has entered its user namespace and waits to be mapped to a worker.
    MapMe,
    /// The init's pid. The last word.
    Forked(i32),
    /// The last word.
    Refused(Refusal),
}

/// The whole of [`Status::MapMe`].
pub(crate) const MAP_ME: u8 = b'M';

/// Above a step's name and a reason, below the size that a pipe takes whole.
const STATUS_BYTES: usize = 2048;

impl Status {
    /// `F` and the pid. Whether it was told.
    fn forked(to: BorrowedFd<'_>, init: i32) -> bool {
        let mut bytes = vec![b'F'];
        bytes.extend(init.to_le_bytes());
        retry_on_intr(|| rustix::io::write(to, &bytes)).is_ok()
    }

    /// `R`, the step's name, a line end, the reason.
    fn refused(to: BorrowedFd<'_>, refusal: &Refusal) {
        let mut bytes = format!("R{}\n{}", refusal.step, refusal.reason).into_bytes();
        bytes.truncate(STATUS_BYTES);
        let _ = rustix::io::write(to, &bytes);
    }

    /// The zygote's side of both.
    pub(crate) fn read(from: &OwnedFd) -> Status {
        let refused =
            |reason: &dyn ToString| Status::Refused(Refusal::new("fork", reason.to_string()));
        let mut bytes = [0; STATUS_BYTES];
        let length = loop {
            match rustix::io::read(from, &mut bytes) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return refused(&error),
                Ok(length) => break length,
            }
        };
        match &bytes[..length] {
            &[MAP_ME] => Status::MapMe,
            [b'F', a, b, c, d] => Status::Forked(i32::from_le_bytes([*a, *b, *c, *d])),
            [b'R', rest @ ..] => {
                let text = String::from_utf8_lossy(rest);
                let (step, reason) = text.split_once('\n').unwrap_or((&text, ""));
                Status::Refused(Refusal::new(step, reason))
            }
            _ => refused(&"the process ended without a word"),
        }
    }
}

/// Runs as the outer process; returns only in the satellite's script process.
pub(crate) fn enter(
    alone: &Alone,
    unowned: Unowned,
    blueprint: &Blueprint,
    filters: &Filters,
    root: &Path,
    policy: &Policy,
    moves: &[(Fixed, Fixed)],
) {
    let jail = Jail {
        alone,
        blueprint,
        root,
        policy,
        filters,
        moves,
        unowned,
        init: Cell::new(None),
    };
    // The first step moves the status pipe, and what it moves may come to lie where the zygote opened
    // it: should the step fail, there is another way to tell, which it closes when it succeeds.
    let status = moves
        .iter()
        .find(|(_, to)| *to == STATUS)
        .map_or(STATUS, |(from, _)| *from);
    let status = os::aside(status).unwrap_or(status);
    let steps = Steps::of(policy.sandbox);
    for (index, step) in steps.outer.iter().enumerate() {
        if let Err(error) = step.take(&jail) {
            let at = if index == 0 { status } else { STATUS };
            Status::refused(at.borrow(unowned), &Refusal::new(step.name, error));
            os::exit(1);
        }
    }
    match os::fork(alone) {
        Ok(Side::Child) => {
            // Only the outer may hold these: that they end means the zygote's end.
            os::close(unowned, STATUS);
            os::close(unowned, GO);
            init::enter(&jail, steps);
        }
        Ok(Side::Parent { child }) => {
            // Only the init may hold it, so that its end means the init's end.
            os::close(unowned, LEASH);
            if Status::forked(STATUS.borrow(unowned), child) {
                // Until the zygote watches the init, or is gone: who is not reaped keeps the number.
                let mut byte = [0];
                let _ = retry_on_intr(|| rustix::io::read(GO.borrow(unowned), &mut byte));
            }
            os::exit(0);
        }
        Err(error) => {
            Status::refused(STATUS.borrow(unowned), &Refusal::new("init", error));
            os::exit(1);
        }
    }
}
