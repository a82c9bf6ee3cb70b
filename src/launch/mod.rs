//! Station 4: the call's request to launchpadd, with the satellite's ends of the channels.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod answer;
pub mod cancel;
mod error;
pub mod held;
pub mod pools;

pub use error::LaunchError;

use crate::conversation::Broken;
use crate::descriptors::channels::TheirEnds;
use crate::descriptors::packets;
use crate::error::{CallError, os};
use crate::pg::{server, wait};
use crate::settings::Settings;
use held::Held;
use launchpad_protocol::launch::{Account, FromBackend, Launch, Limits};
use launchpad_protocol::{VERSION, encode_packet};
use nix::errno::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// launchpadd's folder, below the data directory. Base backups and pg_rewind pass over names that
/// start so.
pub const FOLDER: &str = "pgsql_tmp_launchpad";

/// launchpadd's socket, relative to the data directory, where every server process stays.
const SOCKET: &str = "pgsql_tmp_launchpad/launchpad.sock";

/// How long a call waits for a launchpadd that is just being started (again).
const START_WAIT: Duration = Duration::from_secs(5);

/// After so long the worker should have been started again.
const RESTART: Duration = Duration::from_millis(1500);

/// A connection to launchpadd, waiting for it while it starts.
pub fn connect() -> Result<OwnedFd, LaunchError> {
    let deadline = Instant::now() + START_WAIT;
    let mut wake_at = Instant::now() + RESTART;
    let mut pause = Duration::from_millis(5);
    loop {
        match packets::connect_to(SOCKET) {
            Ok(connection) => return Ok(connection),
            Err(errno @ (Errno::ENOENT | Errno::ECONNREFUSED | Errno::EAGAIN)) => {
                if Instant::now() >= deadline {
                    return Err(LaunchError::NotRunning(errno));
                }
                if Instant::now() >= wake_at {
                    server::wake_postmaster();
                    wake_at += RESTART;
                }
                wait::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(100));
            }
            Err(errno @ (Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::ENOBUFS)) => {
                return Err(LaunchError::Connection(errno));
            }
            Err(errno) => return Err(LaunchError::NotRunning(errno)),
        }
    }
}

/// A call's connection to launchpadd; closing it, or its sending half, ends the satellite.
pub struct Connection {
    pub socket: OwnedFd,
    pub held: Held,
}

/// Sends the request, to run in the pool of that name; `theirs` are closed here once the kernel has
/// them.
pub fn launch(
    request: u64,
    account: &Account,
    settings: &Settings,
    pool: &str,
    theirs: TheirEnds,
) -> Result<Connection, CallError> {
    let pool = pools::defined(pool)?;
    let processors = pools::processors(settings.cpu_affinity, &pool)?;
    let socket = connect()?;
    let message = FromBackend::Launch(Launch {
        version: VERSION,
        request,
        environment: account.environment,
        database: account.database,
        // Whose share of satellites and whose turn it is: no role takes another's by running its functions.
        role: account.session_role,
        current_role: account.role,
        script: account.script,
        limits: Limits {
            memory: settings.memory_limit,
            cpu: settings.cpu_limit,
            processes: settings.max_processes,
            processors,
        },
        allowance: settings.allowance,
        queue_timeout: settings.queue_timeout,
        max_satellites_per_role: settings.max_satellites_per_role,
        holds: Held::any(),
        pool,
    });
    let bytes = encode_packet(&message)?;
    let fds: Vec<_> = theirs.iter().map(AsFd::as_fd).collect();
    match packets::send(&socket, &bytes, &fds) {
        Ok(()) => Ok(Connection {
            socket,
            held: Held::new(),
        }),
        Err(Errno::EPIPE | Errno::ECONNRESET) => Err(Broken::LaunchpadGone.into()),
        Err(errno) => Err(os("send to the launchpad")(errno)),
    }
}
