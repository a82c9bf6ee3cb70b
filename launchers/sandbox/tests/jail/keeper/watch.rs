//! One keeper, watched to the end of all its processes.

use super::{ROLES, Told, own};
use crate::faults::packet;
use crate::faults::place::{Fault, Kind, Place, Role};
use crate::faults::processes::{end_all, parent_of, reap};
use crate::faults::supervisor::Question;
use crate::sockets::{happened, send};
use launchpad_protocol::keeper::{FromKeeper, ToKeeper};
use launchpad_protocol::{decode_packet, encode_packet};
use nix::fcntl::{OFlag, open};
use nix::poll::PollFlags;
use nix::sys::stat::Mode;
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

const TIME_LIMIT: Duration = Duration::from_secs(20);

pub(super) struct Watch<'a> {
    pub fault: Option<&'a Fault>,
    pub monitor: i32,
    pub roles: BTreeMap<i32, Role>,
    /// Who runs the program by now.
    pub execed: BTreeSet<i32>,
    pub told: Told,
}

impl Watch<'_> {
    pub fn watch_to_the_end(&mut self, listener: OwnedFd, keeper: OwnedFd, output: OwnedFd) {
        let begun = Instant::now();
        let (mut listener, mut keeper, mut output) = (Some(listener), Some(keeper), Some(output));
        loop {
            let happened = happened([&listener, &keeper, &output], 1);
            if let (Some(from), false) = (&listener, happened[0].is_empty()) {
                match happened[0].contains(PollFlags::POLLIN) {
                    true => self.answer(from),
                    false => listener = None,
                }
            }
            if let (Some(from), false) = (&keeper, happened[1].is_empty()) {
                let packet = packet(from);
                if packet.is_empty() || !self.hear(from, &packet) {
                    keeper = None;
                }
            }
            if let (Some(from), false) = (&output, happened[2].is_empty()) {
                let mut bytes = [0; 4096];
                match nix::unistd::read(from, &mut bytes) {
                    Ok(0) | Err(_) => output = None,
                    Ok(length) => self.told.lines += &String::from_utf8_lossy(&bytes[..length]),
                }
            }
            if reap() && output.is_none() {
                return;
            }
            if begun.elapsed() > TIME_LIMIT {
                self.told.wrong.push("hangs".to_owned());
                drop((listener, keeper, output));
                end_all();
                return;
            }
        }
    }

    /// A packet of the keeper's. False: nobody listens any more.
    fn hear(&mut self, to: &OwnedFd, packet: &[u8]) -> bool {
        match decode_packet(packet) {
            Ok(FromKeeper::MapMe) => {
                let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
                let proc = open("/proc", flags, Mode::empty()).unwrap();
                let monitor = self.monitor as u32;
                // One that has ended cannot be.
                let _ = launchpad_sandbox::map(proc, monitor, own(), own(), true);
                let mapped = encode_packet(&ToKeeper::Mapped).unwrap();
                let _ = send(to, &mapped);
            }
            Ok(
                FromKeeper::Built | FromKeeper::SatelliteMapped { .. } | FromKeeper::Sealed { .. },
            ) => {}
            Ok(FromKeeper::Refused { step, reason }) => {
                // The first is the cause. It is not kept, as by launchpadd.
                self.told.refused.get_or_insert((step, reason));
                return false;
            }
            Ok(FromKeeper::ZygoteEnded { wait_status }) => self.told.ended = Some(wait_status),
            Err(error) => self
                .told
                .wrong
                .push(format!("a packet that is none: {error}")),
        }
        true
    }

    fn answer(&mut self, listener: &OwnedFd) {
        let Some(question) = Question::receive(listener) else {
            return;
        };
        let role = self.role(question.pid);
        let mut error = None;
        if let Some(role) = role.filter(|_| !self.execed.contains(&question.pid)) {
            let kind = Kind::of(question.number, question.first);
            let count = self.told.counts.entry((role, kind)).or_default();
            *count += 1;
            let place = Place {
                role,
                kind,
                nth: *count,
            };
            let fault = self.fault.filter(|fault| fault.place == place);
            self.told.reached |= fault.is_some();
            error = fault.map(|fault| fault.error);
            if i64::from(question.number) == libc::SYS_execve && error.is_none() {
                self.execed.insert(question.pid);
            }
        }
        question.answer(listener, error);
    }

    /// By ancestry; None: whom the program starts.
    fn role(&mut self, pid: i32) -> Option<Role> {
        if let Some(role) = self.roles.get(&pid) {
            return Some(*role);
        }
        // The keeper may not have been asked about anything yet.
        let above = match parent_of(pid) {
            0 | 1 => return None,
            parent => self.role(parent)?,
        };
        let next = ROLES.iter().position(|role| *role == above)? + 1;
        let role = *ROLES.get(next)?;
        self.roles.insert(pid, role);
        Some(role)
    }
}
