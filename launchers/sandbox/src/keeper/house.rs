//! What a keeper builds around its zygote, step by step, and what it does there later.

use super::{Channel, view};
use crate::Error;
use crate::os;
use crate::os::mounts;
use crate::steps::{dev, etc, inside, namespaces, root};
use launchpad_protocol::keeper::Start;
use launchpad_protocol::policy::Worker;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::mount::MsFlags;
use nix::poll::PollFlags;
use nix::sys::prctl::{set_dumpable, set_pdeathsig};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, chdir};
use std::fs::{create_dir_all, read_to_string};
use std::os::fd::OwnedFd;
use std::path::Path;

/// Where satellites mount their roots.
pub const SATELLITE: &str = "/satellite";

/// What the zygote may write to.
const TEMPORARY: &str = "/tmp";

/// Where a zygote starts that writes there, which is empty then.
pub const SCRATCH: &str = "/tmp/scratch";

/// Bytes of what the zygote can write, which is memory.
const SCRATCH_BYTES: u64 = 64 << 20;

/// What the steps work with.
pub(super) struct House<'a> {
    pub start: &'a Start,
    pub channel: Channel,
    /// The user and group, the same inside and outside.
    pub own: Worker,
    /// A /proc of the host's, for what is done there to processes by their numbers outside.
    pub proc: OwnedFd,
    /// The process that becomes the zygote.
    pub zygote: i32,
}

pub(super) struct Step {
    pub name: &'static str,
    pub run: fn(&House<'_>) -> Result<(), Error>,
}

const fn step(name: &'static str, run: fn(&House<'_>) -> Result<(), Error>) -> Step {
    Step { name, run }
}

/// In the keeper, while the process that becomes the zygote waits.
pub(super) const STEPS: &[Step] = &[
    step("parent death", |house| follow(&house.channel)),
    step("propagation", |_| namespaces::make_private()),
    step("root", |house| {
        let Worker { user, group } = house.own;
        root::begin(Path::new(&house.start.view.root), user, group)
    }),
    // Before the trees, of which some may be below it.
    step("scratch", scratch),
    step("trees", |house| view::show(&house.start.view)),
    step("etc", |house| {
        let cache = std::fs::read("/etc/ld.so.cache").ok();
        etc::make(house.start.view.network, cache.as_deref())
    }),
    step("dev", |_| dev::make()),
    step("proc", proc),
    step("pivot", |_| {
        root::finish()?;
        chdir("/").map_err(Error::Folder)
    }),
    step("hostname", |_| namespaces::hide_host()),
    step("undumpable", |_| {
        set_dumpable(false).map_err(Error::Undumpable)
    }),
];

/// The keeper ends with the monitor, and so with launchpadd.
fn follow(channel: &Channel) -> Result<(), Error> {
    set_pdeathsig(Signal::SIGKILL).map_err(Error::ParentDeath)?;
    // launchpadd may have ended before that call, and the monitor with it: then its end is closed.
    let end = channel.end.borrow(channel.unowned);
    let happened = os::look(end).map_err(Error::LifelinePoll)?;
    match happened.contains(PollFlags::POLLHUP) {
        true => Err(Error::LifelineClosed),
        false => Ok(()),
    }
}

/// What the zygote may write is its own and in memory: satellites have others at the same paths.
fn scratch(house: &House<'_>) -> Result<(), Error> {
    let create = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Create { path, source }
    };
    for path in [SATELLITE, TEMPORARY] {
        let path = Path::new(path);
        create_dir_all(inside(path)).map_err(create(path))?;
    }
    let Worker { user, group } = house.own;
    let options = format!("size={SCRATCH_BYTES},nr_inodes=4096,mode=0700,uid={user},gid={group}");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mounts::mount("tmpfs", &inside(TEMPORARY), flags, &options).map_err(|source| Error::Mount {
        what: "tmpfs",
        at: TEMPORARY.into(),
        source,
    })?;
    create_dir_all(inside(SCRATCH)).map_err(create(Path::new(SCRATCH)))
}

/// The namespaces' own, for whose sake the kernel lets satellites have theirs. Where the host's is masked it gives
/// none: then the zygote sees what is its own process's.
fn proc(_: &House<'_>) -> Result<(), Error> {
    let path = Path::new("/proc");
    let create = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Create { path, source }
    };
    create_dir_all(inside(path)).map_err(create(path))?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let failed = |source| Error::Mount {
        what: "proc",
        at: path.to_owned(),
        source,
    };
    match mounts::mount("proc", &inside(path), flags, "subset=pid") {
        Ok(()) => return Ok(()),
        Err(Errno::EPERM | Errno::EINVAL) => {}
        Err(source) => return Err(failed(source)),
    }
    // By its number in the host's, which the keeper's only child has there.
    let told = read_to_string("/proc/thread-self/children").map_err(Error::Evidence)?;
    let zygote = Path::new("/proc").join(told.trim());
    let own = path.join("self");
    create_dir_all(inside(&own)).map_err(create(&own))?;
    mounts::bind(&zygote, &inside(&own)).map_err(failed)?;
    mounts::restrict(&inside(&own), root::READ_ONLY, false).map_err(failed)
}

/// What the zygote could write to cannot be written any more: a file there that its satellites had mapped would be
/// memory that they share. Nor can it be if one is open for writing.
pub(super) fn seal() -> Result<(), Error> {
    mounts::restrict(Path::new(TEMPORARY), root::READ_ONLY, false).map_err(|source| {
        Error::ReadOnly {
            path: TEMPORARY.into(),
            source,
        }
    })
}

/// Processes that packages have left behind end with their zygote: whatever is right in the keeper's own namespace, and
/// not in a satellite's.
pub(super) fn end_strays(house: &House<'_>) {
    let read = |path: &str| {
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        let opened = openat(&house.proc, path, flags, Mode::empty()).ok()?;
        std::io::read_to_string(std::fs::File::from(opened)).ok()
    };
    // By their numbers here; the last but one of a satellite's init, the last of others.
    let numbers = |status: &str| -> Vec<i32> {
        let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let words = line.unwrap_or_default().split_whitespace();
        words.filter_map(|word| word.parse().ok()).collect()
    };
    let depth = numbers(&read("thread-self/status").unwrap_or_default()).len();
    let children = read("thread-self/children").unwrap_or_default();
    for child in children.split_whitespace() {
        let status = read(&format!("{child}/status")).unwrap_or_default();
        let numbers = numbers(&status);
        // 0 and below are groups of processes, or all.
        let own = numbers.last().copied().filter(|number| *number > 0);
        if let (true, Some(own)) = (depth > 0 && numbers.len() == depth, own) {
            let _ = kill(Pid::from_raw(own), Signal::SIGKILL);
        }
    }
}
