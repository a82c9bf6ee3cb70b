//! launchpadd: admits requests, owns zygotes and satellites, applies limits, reaps.
//!
//! # Processes
//!
//! The *supervisor*, a PostgreSQL background worker, execs launchpadd. launchpadd execs a *keeper*
//! for each *zygote*, one or more per environment, of which each language has one: an interpreter with its packages
//! loaded that never runs user code and only forks. From it come the *satellites*, each with an init of
//! its own pid namespace, whose parent the keeper becomes. (In the container sandbox launchpadd execs the zygote, and, being a
//! subreaper, becomes the inits' parent.) *Backends* connect for one request each. launchpadd itself never sees a script, a row or a parameter: it
//! passes descriptors on.
//!
//! # Sockets
//!
//! * supervisor: descriptor 3, packets. Settings come in, "listening" goes out once.
//! * backends: `launchpad.sock` in the folder, packets. A request with its five descriptors comes
//!   in, how it fares goes out.
//! * keeper: its descriptor 4, packets. What it is to start goes out, and whom satellites are outside; how its zygote ended
//!   comes in.
//! * zygote: its descriptor 3, packets. Orders to fork go out with two descriptors each: the
//!   satellite's ends of the next two. The init's pidfd comes in.
//! * launch channel: packets. A satellite says that it is ready; later it is given its request, and
//!   the channel is closed.
//! * lifeline: a stream. A byte lets the init begin; it reports how the script ended; when launchpadd's end closes, the
//!   init ends.
//!
//! # Who waits for whom
//!
//! One thread, one loop (`service`) that waits for everything and never for anybody in particular;
//! a task per backend, zygote and satellite waits for its sockets and reports events to the loop.
//! The loop tells the `roster`, a pure state machine, and does what that asks. Sends do not wait: a
//! backend that does not read is gone. What could take long has a thread of its own: the look at a work
//! folder (`watch::files`).
//!
//! Ends propagate by the kernel, not by good will: supervisor gone → descriptor 3 reads as closed
//! and launchpadd exits; launchpadd gone, however → its keepers get SIGKILL (PDEATHSIG), and with them all that is in their
//! namespaces; the inits find their lifelinees closed; backend gone → its satellite's init gets SIGKILL.
//!
//! # Known races
//!
//! * An init may be reaped before the zygote's answer is read: its pidfd says so.
//! * A zygote may die between its fork and its answer: the init, unknown, ends by its lifeline.
//! * A keeper's zygote may end before or after the keeper's monitor is known to have: the keeper's word counts.
//! * A satellite may die between becoming warm and its assignment: the send fails and the next one
//!   is tried; if the send just succeeded, the call ends as killed.
//! * The report and the reaping of an init may be noticed in either order: the lifeline is read once
//!   more before the reaping counts (`satellite`).
//! * Late news about somebody who was dropped meanwhile is ignored by the roster.

mod arguments;
mod backend;
mod backoff;
mod enforce;
mod enforcers;
mod event;
mod files;
mod findings;
mod host;
mod imports;
mod log;
mod os;
mod packets;
mod process;
mod reaper;
mod roster;
mod satellite;
mod service;
mod socket;
mod supervisor;
mod sweeper;
mod watch;
mod work;
mod workers;
mod zygote;

use arguments::{Arguments, ArgumentsError};
use nix::sys::prctl::{set_child_subreaper, set_dumpable, set_pdeathsig};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};
use nix::unistd::setsid;
use packets::PacketSocket;
use service::{Place, Service};
use socket::{FolderError, Listener};
use std::io;
use std::process::ExitCode;
use supervisor::{Supervisor, SupervisorError};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    #[error("descriptor 3 is not the supervisor's socket: {0}")]
    Supervisor(io::Error),
    #[error("cannot reset signals: {0}")]
    Signals(io::Error),
    #[error("cannot mark descriptors close-on-exec: {0}")]
    Descriptors(io::Error),
    #[error("cannot ask to die with the supervisor: {0}")]
    DeathSignal(io::Error),
    #[error("cannot become non-dumpable: {0}")]
    Dumpable(io::Error),
    #[error("cannot become a subreaper: {0}")]
    Subreaper(io::Error),
    #[error("cannot set up the event loop: {0}")]
    Runtime(io::Error),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

fn main() -> ExitCode {
    log::never_wait();
    exit_on_panic();
    match start() {
        Ok(SupervisorError::Gone) => ExitCode::SUCCESS,
        Ok(error) => fail(&error),
        Err(error) => fail(&error),
    }
}

/// The start, step by step, and the service until its end. The runtime is not shut down in an
/// orderly way: exiting closes every lifeline at once.
fn start() -> Result<SupervisorError, StartError> {
    let arguments = Arguments::parse(std::env::args_os().skip(1))?;
    let supervisor = os::supervisor_end().map_err(|errno| StartError::Supervisor(errno.into()))?;
    os::close_on_exec_from(3).map_err(|errno| StartError::Descriptors(errno.into()))?;
    os::reset_signals().map_err(StartError::Signals)?;
    // The worker's signals go to its whole group. It fails only if we lead one already.
    let _ = setsid();
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    set_pdeathsig(Signal::SIGKILL).map_err(|errno| StartError::DeathSignal(errno.into()))?;
    // A parent that died before that call has left descriptor 3 closed, which the loop sees first.
    set_dumpable(false).map_err(|errno| StartError::Dumpable(errno.into()))?;
    set_child_subreaper(true).map_err(|errno| StartError::Subreaper(errno.into()))?;
    allow_descriptors();
    let root = socket::enter(&arguments.folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?;
    runtime.block_on(async {
        let children = signal(SignalKind::child()).map_err(StartError::Runtime)?;
        let supervisor = PacketSocket::new(supervisor).map_err(StartError::Supervisor)?;
        let listener = Listener::bind(&arguments.folder)?;
        let place = Place {
            launchers: arguments.launchers,
            root,
        };
        let service = Service::new(place, Supervisor::new(supervisor), listener, children);
        Ok(service.run().await)
    })
}

/// As many descriptors as the system allows: each queued request holds six, and the usual soft
/// limit of 1024 exists for programs that use select(2).
fn allow_descriptors() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // Without it fewer requests can wait; accepting pauses when descriptors run out.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// A panic anywhere, also in a task, ends launchpadd: half a service would keep calls waiting,
/// a fresh one is there within a second.
fn exit_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        log::write("error", &format!("launchpadd ends: {panic}"));
        std::process::exit(101);
    }));
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    log::write("error", &format!("launchpadd ends: {error}"));
    ExitCode::FAILURE
}
