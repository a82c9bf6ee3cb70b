//! Cgroups, version 2: limits of the kernel's on all processes of a satellite together.
//!
//! Only in a folder that was delegated to us, as systemd's `Delegate=yes` does:
//!
//! ```text
//! unit/                      delegated: its files and new folders in it are ours
//! ├── server                 the server's processes, ours too
//! └── launchpad/
//!     ├── pool-default/      a pool's: what its satellites have together
//!     │   ├── satellite-1    a satellite's
//!     │   └── satellite-2
//!     └── pool-nightly/
//! ```
//!
//! A folder that gives controllers to those in it must have no processes of its own, so that the
//! server's are moved into a leaf first; what they start later begins there.
//!
//! Memory and processes are bounded here or nothing is. The processors' controllers are used where
//! the folder has them. Giving them to those in it changes how the server itself is scheduled: as one
//! of two groups, so that it gets ten times the weight of all satellites together.

mod bounds;
mod enforcer;
#[cfg(test)]
mod fake;
mod files;
mod leaf;
mod place;
mod pool;

use crate::roster::Order;
use files::Files;
pub use files::Kernel;
use leaf::Leaf;
use nix::unistd::geteuid;
use place::Place;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

const SERVER: &str = "server";
const LAUNCHPAD: &str = "launchpad";

/// What satellites are limited by: all of it or nothing, since what a satellite may do depends on
/// whether its memory is bounded.
const WANTED: [&str; 2] = ["memory", "pids"];

/// What they are limited by where it is there.
const WELCOME: [&str; 2] = ["cpu", "cpuset"];

/// The server's weight beside the satellites' 100: who waits for a script waits in the server, but who
/// waits for the server does not wait for scripts.
const SERVERS_WEIGHT: &str = "1000";

/// Rounds of moving processes: new ones are born while others are moved.
const ROUNDS: u32 = 100;

/// How often it is tried to remove a predecessor's leaf, and the pause in between: what was killed
/// takes a moment to go.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// Why satellites have no cgroups of their own.
#[derive(Debug, thiserror::Error)]
pub enum Lack {
    #[error("no cgroup2 file system shows the server's cgroup")]
    Version,
    #[error("the server's cgroup {0} is not delegated to its user")]
    NotDelegated(PathBuf),
    #[error("{0} does not have both controllers, memory and pids")]
    Controllers(PathBuf),
    #[error("another launchpad uses {0}")]
    Taken(PathBuf),
    #[error("{path}: {error}")]
    Refused { path: PathBuf, error: io::Error },
}

impl Lack {
    pub fn advice(&self) -> &'static str {
        match self {
            Lack::Version => "boot with the unified hierarchy (systemd.unified_cgroup_hierarchy=1)",
            Lack::NotDelegated(_) | Lack::Refused { .. } => {
                "a drop-in for the server's systemd unit with [Service] User= (the server's user) and \
                 Delegate=yes, then restart it"
            }
            Lack::Controllers(_) => {
                "Delegate=yes in the server's systemd unit, or at least memory and pids; then restart it"
            }
            Lack::Taken(_) => "a separate systemd unit for each server",
        }
    }
}

/// Which of [`WELCOME`] there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Processors {
    /// How much of the processors.
    pub time: bool,
    /// Which of them.
    pub choice: bool,
}

/// The folder of all pools' folders, in which satellites have their leaves.
pub struct Subtree<F = Kernel> {
    files: F,
    folder: PathBuf,
    processors: Processors,
    /// Those that have folders, by their names.
    pools: BTreeMap<String, pool::Folder>,
    /// Of the satellites that there are.
    leaves: BTreeMap<Order, Leaf>,
    /// Nobody else's while this is open.
    _lock: Option<OwnedFd>,
}

impl Subtree {
    /// Finds our cgroup and sets it up. To be called once, at the start, before any satellite.
    pub fn set_up() -> Result<Self, Lack> {
        let read = |path| crate::files::read(path).unwrap_or_default();
        let place = Place::find(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo"));
        Subtree::at(Kernel, place.as_ref(), geteuid().as_raw())
    }
}

impl<F: Files> Subtree<F> {
    fn at(files: F, place: Option<&Place>, me: u32) -> Result<Self, Lack> {
        let place = place.ok_or(Lack::Version)?;
        let delegated = place
            .delegated(&files, me)
            .ok_or_else(|| Lack::NotDelegated(place.own.clone()))?;
        let has = files
            .read(&delegated.join("cgroup.controllers"))
            .unwrap_or_default();
        if !WANTED
            .iter()
            .all(|name| has.split_whitespace().any(|word| word == *name))
        {
            return Err(Lack::Controllers(delegated));
        }
        if delegated == place.own {
            empty(&files, &delegated)?;
        }
        let folder = delegated.join(LAUNCHPAD);
        enable(&files, &delegated)?;
        let offered = welcome(&files, &delegated);
        make(&files, &folder)?;
        let lock = files.lock(&folder).map_err(refused(&folder))?;
        let lock = lock.ok_or_else(|| Lack::Taken(folder.clone()))?;
        clear(&files, &folder)?;
        enable(&files, &folder)?;
        let given = welcome(&files, &folder);
        let processors = Processors {
            time: offered.time && given.time,
            choice: offered.choice && given.choice,
        };
        if processors.time {
            prefer_server(&files, place, &delegated);
        }
        Ok(Subtree {
            files,
            folder,
            processors,
            pools: BTreeMap::new(),
            leaves: BTreeMap::new(),
            _lock: Some(lock),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What satellites' use of the processors is bounded by.
    pub fn processors(&self) -> Processors {
        self.processors
    }
}

/// Moves the processes of `folder` into its leaf for the server's.
fn empty(files: &impl Files, folder: &Path) -> Result<(), Lack> {
    let server = folder.join(SERVER);
    make(files, &server)?;
    let (from, to) = (folder.join("cgroup.procs"), server.join("cgroup.procs"));
    for _ in 0..ROUNDS {
        let processes = files.read(&from).map_err(refused(&from))?;
        if processes.trim().is_empty() {
            return Ok(());
        }
        for process in processes.split_whitespace() {
            match files.write(&to, process) {
                // It has ended meanwhile.
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                moved => moved.map_err(refused(&to))?,
            }
        }
    }
    Err(refused(&from)(io::Error::other(
        "new processes come faster than they can be moved",
    )))
}

/// Lets the folders in `folder` have the controllers.
fn enable(files: &impl Files, folder: &Path) -> Result<(), Lack> {
    let path = folder.join("cgroup.subtree_control");
    let all = WANTED.map(|name| format!("+{name}"));
    files.write(&path, &all.join(" ")).map_err(refused(&path))
}

/// Likewise with those that are welcome, one by one; the ones that they have then.
fn welcome(files: &impl Files, folder: &Path) -> Processors {
    let path = folder.join("cgroup.subtree_control");
    let [time, choice] = WELCOME.map(|name| files.write(&path, &format!("+{name}")).is_ok());
    Processors { time, choice }
}

/// The server's own leaf is where it was found, or was moved to. It does without if need be.
fn prefer_server(files: &impl Files, place: &Place, delegated: &Path) {
    let server = if place.own == delegated {
        delegated.join(SERVER)
    } else {
        place.own.clone()
    };
    let _ = files.write(&server.join("cpu.weight"), SERVERS_WEIGHT);
}

/// Ends and removes what a predecessor left behind, leaves before the pools that they are in.
fn clear(files: &impl Files, folder: &Path) -> Result<(), Lack> {
    for leaf in files.folders(folder).map_err(refused(folder))? {
        clear(files, &leaf)?;
        let mut attempt = 1;
        // Before each attempt: one that is being born may be missed.
        while let Err(error) = leaf::end(files, &leaf) {
            if attempt == ATTEMPTS {
                return Err(refused(&leaf)(error));
            }
            attempt += 1;
            sleep(PAUSE);
        }
    }
    Ok(())
}

fn make(files: &impl Files, folder: &Path) -> Result<(), Lack> {
    match files.make(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(refused(folder)),
    }
}

fn refused(path: &Path) -> impl FnOnce(io::Error) -> Lack {
    let path = path.to_owned();
    move |error| Lack::Refused { path, error }
}

#[cfg(test)]
mod tests;
