//! Backend ⇄ launchpadd, over launchpadd's socket. Packets.
//!
//! A call: `Launch` with five descriptors ([`LAUNCH_FDS`], in that order) → `Queued`* → `Assigned`
//! or `Refused` → `Ended`; before that end the backend may say once what the script has `Imported`. The backend closing the connection at any time ends its satellite. So does
//! closing its sending half, after which it can still read the `Ended` with what was used.
//!
//! Questions about the whole, each answered by a list that `EndOfList` ends:
//! `List` → `Line`*, `Pools` → `PoolLine`*, `Environments` → `Environment`*, `Package`*,
//! `Imports` → `Import`*, `Check` → `Finding`*, `Cancel` → `Cancelled`.

use crate::check::Finding;
use crate::environment::{Environment, EnvironmentId};
use crate::imports::ImportLine;
use crate::policy::Allowance;
use crate::pool::{Pool, PoolLine};
use crate::processors::Processors;
pub use launchpad_languages::Language;
use serde::{Deserialize, Serialize};

/// The descriptors beside `Launch` and beside `Assign`: the satellite's ends, in this order.
pub const LAUNCH_FDS: [&str; 5] = ["input", "output", "stdout", "stderr", "control"];

/// What one request may take; applied by the satellite's own trusted part before the script runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// `launchpad.memory_limit`, bytes.
    pub memory: u64,
    /// `launchpad.cpu_limit`, percent of one processor; 0: none.
    pub cpu: u32,
    /// `launchpad.max_processes`: processes and threads together.
    pub processes: u32,
    /// On which processors it may run: those of `launchpad.cpu_affinity` that the pool has; empty:
    /// on all.
    pub processors: Processors,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// [`crate::VERSION`] of the sender.
    pub version: u32,
    /// Unique in the cluster since its start.
    pub request: u64,
    pub environment: EnvironmentId,
    /// pg_database.oid
    pub database: u32,
    /// pg_authid.oid of the session's user
    pub role: u32,
    /// pg_authid.oid of the current user
    pub current_role: u32,
    /// The beginning of the script's SHA-256.
    pub script: u64,
    pub limits: Limits,
    /// What the satellite must be made for.
    pub allowance: Allowance,
    /// `launchpad.queue_timeout`, milliseconds; 0 waits without limit.
    pub queue_timeout: u32,
    /// `launchpad.max_satellites_per_role`: how many calls of the role may run at once; 0: as many as
    /// there are; -1: all but one, at least one.
    pub max_satellites_per_role: i32,
    /// Whether the session holds a satellite already: then it never waits for one that others have.
    pub holds: bool,
    /// Whose shared limits it runs under, as its database defines them now.
    pub pool: Pool,
}

impl Launch {
    pub fn account(&self) -> Account {
        Account {
            environment: self.environment,
            database: self.database,
            session_role: self.role,
            role: self.current_role,
            script: self.script,
        }
    }
}

/// In whose statistics a call is counted: launchpadd hands back what the request said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub environment: EnvironmentId,
    pub database: u32,
    pub session_role: u32,
    /// The current user.
    pub role: u32,
    pub script: u64,
}

// A connection has one such message at a time: a box would save nothing.
#[allow(clippy::large_enum_variant)] // there is one at a time, and it is taken apart at once
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromBackend {
    Launch(Launch),
    List {
        version: u32,
    },
    Check {
        version: u32,
    },
    Pools {
        version: u32,
    },
    Environments {
        version: u32,
    },
    Imports {
        version: u32,
    },
    /// Of the call that runs: what its script has imported.
    Imported {
        version: u32,
        imports: Vec<u8>,
    },
    /// End this request, queued or running. Whether the asking role may is the backend's to know.
    Cancel {
        version: u32,
        request: u64,
    },
}

/// The version in a first packet whose rest may be of another layout: all messages of
/// [`FromBackend`] begin with it, in every version.
pub fn peek_version(packet: &[u8]) -> Option<u32> {
    // A message of an enum starts with its variant's number.
    postcard::take_from_bytes::<(u32, u32)>(packet)
        .ok()
        .map(|((_variant, version), _rest)| version)
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToBackend {
    /// No satellite is free: the request waits.
    Queued,
    /// A satellite has the descriptors.
    Assigned {
        /// Its pid as the server sees it.
        satellite: u32,
        /// Whether it was ready before the request came.
        warm: bool,
    },
    /// The request will not run.
    Refused(Refusal),
    /// The satellite is gone (or its script process is, and the rest is being ended).
    Ended(Ended),
    Line(Line),
    EndOfList,
    Finding(Finding),
    PoolLine(PoolLine),
    Environment(EnvironmentLine),
    Package {
        environment: EnvironmentId,
        name: String,
        version: String,
    },
    Import(ImportLine),
    /// Whether there was such a request.
    Cancelled(bool),
}

/// Why launchpadd does not run a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Waited for `queue_timeout` in vain.
    Busy {
        /// What for.
        wait: Wait,
        /// The limit that `wait` names; for [`Wait::Satellite`], `launchpad.max_satellites`.
        most: u32,
        /// Other requests that wait.
        waiting: u32,
    },
    /// Its session holds a satellite and no other is free for it: it does not wait, because others
    /// could be waiting for the one that it holds.
    Held {
        /// What it would wait for.
        wait: Wait,
        /// The limit that `wait` names.
        most: u32,
    },
    /// So many backends have calls, and launchpadd has no descriptors for more.
    Crowded { most: u32 },
    /// `launchpad.cancel`, while it waited.
    Cancelled,
    /// The setting that names the language's program is empty.
    NotOffered { language: Language },
    /// The environment's zygote does not start; `reason` is its last words.
    EnvironmentBroken { language: Language, reason: String },
    /// The kernel refused `step` of the sandbox.
    SandboxRefused { step: String, reason: String },
    /// The backend's library speaks another version.
    VersionMismatch { launchpad: u32 },
    /// launchpadd, the zygote or the host had no file descriptor left; `reason`: what for.
    NoDescriptors { reason: String },
    /// A message was malformed or its descriptors were not the expected ones.
    BadRequest,
    /// A satellite was not ready within so many seconds, made under the limits of its pool, which may
    /// leave it too little for that.
    Starved { pool: String, seconds: u64 },
    /// It waited for the environment's zygote, which has been loading for so long.
    Loading { language: Language, seconds: u64 },
}

/// What a request in the queue waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// `launchpad.max_satellites`: as many calls run as may.
    Slots,
    /// `launchpad.max_satellites_per_role`: as many of the role's.
    Role,
    /// `max_satellites` of its pool: as many of the pool's.
    Pool,
    /// For a satellite that is being made, or for its turn.
    Satellite,
}

impl Wait {
    /// As the view writes it.
    pub fn name(self) -> &'static str {
        match self {
            Wait::Slots => "max_satellites",
            Wait::Role => "max_satellites_per_role",
            Wait::Pool => "pool",
            Wait::Satellite => "satellite",
        }
    }
}

/// How a satellite's script process ended and what it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub how: Ending,
    pub usage: Usage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// Exit status, 0 to 255.
    Exited(i32),
    /// Signal number.
    Signaled(i32),
    /// Its processes together had more memory than `launchpad.memory_limit`; bytes.
    OutOfMemory { used: u64 },
    /// Its files together were more than `launchpad.tmp_limit`; bytes.
    OutOfSpace { used: u64 },
    /// It had more processes and threads than `launchpad.max_processes`.
    TooManyProcesses { used: u32 },
    /// It used more processor time than `launchpad.cpu_limit` although it was slowed down; percent of
    /// one processor.
    TooMuchProcessor { used: u32 },
    /// All satellites of its pool together had more memory than the pool may have, and this one had
    /// the most; bytes, of all and of the limit.
    PoolOutOfMemory { used: u64, limit: u64 },
    /// Likewise for processes and threads.
    PoolTooManyProcesses { used: u32, limit: u32 },
    /// `launchpad.cancel`
    Cancelled,
    /// The satellite's init was killed, so nobody saw how the script ended.
    Killed,
}

impl Ending {
    /// Whether it was ended by something other than the script. What the script says after that may be a
    /// consequence: while its init dies, a script can still find its input closed.
    pub fn is_from_outside(self) -> bool {
        !matches!(self, Ending::Exited(_) | Ending::Signaled(_))
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time in user mode, microseconds.
    pub user: u64,
    /// Processor time in the kernel, microseconds.
    pub system: u64,
    /// Largest resident set of one process, KiB.
    pub max_rss: u64,
}

/// One line of the view `launchpad.satellites`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// None for a warm satellite; `backend`, `database`, `role` likewise.
    pub request: Option<u64>,
    pub backend: Option<u32>,
    pub database: Option<u32>,
    pub role: Option<u32>,
    pub language: Language,
    /// None while queued.
    pub satellite: Option<u32>,
    pub state: State,
    /// When this state began, microseconds since 1970-01-01 UTC.
    pub since: i64,
    /// The call's, by name.
    pub pool: Option<String>,
    /// What a queued request waits for.
    pub wait: Option<Wait>,
    /// Processor time that the satellite has used, microseconds, and its memory, bytes; None where
    /// they cannot be seen.
    pub cpu: Option<u64>,
    pub memory: Option<u64>,
}

/// An environment, as the view `launchpad.environments` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentLine {
    pub environment: Environment,
    /// `ready`, `starting`, `failed` or `not offered`.
    pub state: String,
    /// What the zygote says of its interpreter and main packages, or why there is none.
    pub description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// A request that waits for a satellite.
    Queued,
    /// A satellite being forked, sandboxed and exercised.
    Warming,
    /// A satellite waiting for its one request.
    Warm,
    /// A satellite that serves a request.
    Running,
    /// A satellite being ended.
    Ending,
}

impl State {
    /// As the view writes it.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Warming => "warming",
            State::Warm => "warm",
            State::Running => "running",
            State::Ending => "ending",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_shows_whatever_follows_it() {
        let mut packet = crate::encode_packet(&FromBackend::List { version: 300 }).unwrap();
        assert_eq!(peek_version(&packet), Some(300));
        packet.extend_from_slice(b"of another layout");
        assert_eq!(peek_version(&packet), Some(300));
        assert_eq!(peek_version(b""), None);
    }
}
