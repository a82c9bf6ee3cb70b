//! Where a system call can fail: in which process, which call, which time.

use std::collections::BTreeMap;
#[cfg(target_arch = "aarch64")]
use syscalls::aarch64::Sysno;
#[cfg(target_arch = "x86_64")]
use syscalls::x86_64::Sysno;

/// The processes of a satellite's making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Zygote,
    Init,
    /// The script's process, to its last step.
    Script,
    /// The script's process while it looks at itself and says that it is ready.
    Report,
    /// Those of a keeper's making, to the interpreter's start.
    Monitor,
    Keeper,
    NewZygote,
}

/// A system call; of prctl, which does many things, one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    pub number: i32,
    pub option: Option<u32>,
}

impl Kind {
    pub fn of(number: i32, first: u64) -> Kind {
        let option = (i64::from(number) == libc::SYS_prctl).then_some(first as u32);
        Kind { number, option }
    }

    /// As the lists in `expected.rs` have it.
    pub fn name(&self) -> String {
        let name = Sysno::new(self.number as usize).map_or("unknown", |call| call.name());
        match self.option {
            Some(option) => format!("{name} {option}"),
            None => name.to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub role: Role,
    pub kind: Kind,
    /// From 1 on, among this process's calls of this kind.
    pub nth: usize,
}

/// One call that fails, without having been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub place: Place,
    pub error: i32,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place { role, kind, nth } = self.place;
        write!(
            to,
            "{role:?}: {} #{nth} {}",
            kind.name(),
            error_name(self.error)
        )
    }
}

/// How often each process makes each call.
pub type Counts = BTreeMap<(Role, Kind), usize>;

/// What every call is failed with.
const ERRORS: [i32; 4] = [libc::EPERM, libc::ENOSYS, libc::ENOMEM, libc::EMFILE];

/// Calls that a signal can interrupt.
const INTERRUPTED: &[&str] = &[
    "dup3", "open", "openat", "poll", "ppoll", "read", "recvfrom", "sendto", "wait4", "write",
];

pub fn error_name(error: i32) -> &'static str {
    match error {
        libc::EPERM => "EPERM",
        libc::ENOSYS => "ENOSYS",
        libc::ENOMEM => "ENOMEM",
        libc::EMFILE => "EMFILE",
        libc::EINTR => "EINTR",
        _ => "another error",
    }
}

pub fn errors(kind: &Kind) -> Vec<i32> {
    let mut errors = ERRORS.to_vec();
    if INTERRUPTED.contains(&kind.name().as_str()) {
        errors.push(libc::EINTR);
    }
    errors
}

/// A call that is made often is failed its first three times, every eighth (of more than 64: eight of
/// them, evenly) and the last time; `all`: every time.
pub fn times(count: usize, all: bool) -> Vec<usize> {
    let step = (count / 8).max(8);
    (1..=count)
        .filter(|nth| all || *nth <= 3 || nth % step == 0 || *nth == count)
        .collect()
}
