//! The outer process: from the zygote's fork into new namespaces, then it ends.

use crate::descriptors::{GO, LEASH, STATUS};
use crate::os::{self, Side};
use crate::steps::{self, Jail};
use crate::{Blueprint, Refusal, init};
use rustix::fd::{BorrowedFd, OwnedFd, RawFd};
use std::path::Path;

/// What the outer process tells the zygote, in one write: the init's pid, or a refusal.
pub(crate) struct Status;

/// Above a step's name and a reason, below the size that a pipe takes whole.
const STATUS_BYTES: usize = 2048;

impl Status {
    /// `F` and the pid.
    fn forked(to: BorrowedFd<'_>, init: i32) {
        let mut bytes = vec![b'F'];
        bytes.extend(init.to_le_bytes());
        let _ = rustix::io::write(to, &bytes);
    }

    /// `R`, the step's name, a line end, the reason.
    fn refused(to: BorrowedFd<'_>, refusal: &Refusal) {
        let mut bytes = format!("R{}\n{}", refusal.step, refusal.reason).into_bytes();
        bytes.truncate(STATUS_BYTES);
        let _ = rustix::io::write(to, &bytes);
    }

    /// The zygote's side of both.
    pub(crate) fn read(from: &OwnedFd) -> Result<u32, Refusal> {
        let mut bytes = [0; STATUS_BYTES];
        let length = loop {
            match rustix::io::read(from, &mut bytes) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(Refusal::new("fork", error)),
                Ok(length) => break length,
            }
        };
        match &bytes[..length] {
            [b'F', a, b, c, d] => Ok(u32::from_le_bytes([*a, *b, *c, *d])),
            [b'R', rest @ ..] => {
                let text = String::from_utf8_lossy(rest);
                let (step, reason) = text.split_once('\n').unwrap_or((&text, ""));
                Err(Refusal::new(step, reason))
            }
            _ => Err(Refusal::new("fork", "the process ended without a word")),
        }
    }
}

/// Runs as the outer process; returns only in the satellite's script process.
pub(crate) fn enter(blueprint: &Blueprint, root: &Path, tmp_limit: u64, moves: &[(RawFd, RawFd)]) {
    let jail = Jail {
        blueprint,
        root,
        tmp_limit,
        moves,
        user: rustix::process::geteuid().as_raw(),
        group: rustix::process::getegid().as_raw(),
    };
    // Before its first step has run, the status pipe is still where the zygote opened it.
    let status = moves
        .iter()
        .find(|(_, to)| *to == STATUS)
        .map_or(STATUS, |(from, _)| *from);
    for (index, step) in steps::OUTER.iter().enumerate() {
        if let Err(error) = step.take(&jail) {
            let at = if index == 0 { status } else { STATUS };
            Status::refused(os::fixed(at), &Refusal::new(step.name, error));
            os::exit(1);
        }
    }
    match os::fork() {
        Ok(Side::Child) => {
            os::close(STATUS);
            init::enter(&jail);
        }
        Ok(Side::Parent { child }) => {
            // Only the init may hold these, so that their ends mean the init's end.
            os::close(GO);
            os::close(LEASH);
            Status::forked(os::fixed(STATUS), child);
            os::exit(0);
        }
        Err(error) => {
            Status::refused(os::fixed(STATUS), &Refusal::new("init", error));
            os::exit(1);
        }
    }
}
