//! What can go wrong between fork and script: one variant per failing call.

use nix::errno::Errno;
use std::path::PathBuf;

/// A step of the jail that the kernel refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot arrange the descriptors: {}", words(.0))]
    Descriptors(Errno),
    #[error("cannot open /dev/null: {}", words(.0))]
    Null(Errno),
    #[error("cannot start a session: {}", words(.0))]
    Session(Errno),
    #[error("cannot leave the working directory: {}", words(.0))]
    Folder(Errno),
    #[error("cannot become visible in /proc: {}", words(.0))]
    Visible(Errno),
    #[error("cannot create namespaces: {}", words(.0))]
    Namespaces(Errno),
    #[error("cannot fork: {}", words(.0))]
    Fork(Errno),
    #[error("cannot create a pipe: {}", words(.0))]
    Pipe(Errno),
    #[error("cannot create a pipe for a rehearsal: {0}")]
    Rehearsal(std::io::Error),
    #[error("cannot ask for the parent's death signal: {}", words(.0))]
    ParentDeath(Errno),
    #[error("the lifeline is closed")]
    LifelineClosed,
    #[error("cannot poll the lifeline: {}", words(.0))]
    LifelinePoll(Errno),
    #[error("cannot make the mounts private: {}", words(.0))]
    Propagation(Errno),
    #[error("cannot mount {what} at {at}: {}", words(source))]
    Mount {
        what: &'static str,
        at: PathBuf,
        source: Errno,
    },
    #[error("{0} cannot be shown to scripts")]
    Forbidden(PathBuf),
    #[error("cannot look at {path}, which launchpad.readable_paths names: {source}")]
    Readable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot become another user: {}", words(.0))]
    Worker(Errno),
    #[error("the zygote does not have a separate file system view")]
    NoView,
    #[error("\"{0}\" is not a folder for work folders")]
    NoWorkFolder(PathBuf),
    #[error("cannot read the state of the process: {0}")]
    Evidence(std::io::Error),
    #[error(
        "the kernel has no Landlock, without which nothing keeps scripts from the server's files"
    )]
    NoLandlock,
    #[error("the kernel enforces only some of the Landlock rules")]
    LandlockInPart,
    #[error("cannot set up Landlock: {0}")]
    Landlock(landlock::RulesetError),
    #[error("cannot open {path} for Landlock's rules: {source}")]
    LandlockPath {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot bind {path}: {}", words(source))]
    Bind { path: PathBuf, source: Errno },
    #[error("cannot make {path} read-only: {}", words(source))]
    ReadOnly { path: PathBuf, source: Errno },
    #[error("cannot create {path}: {source}")]
    Create {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot change the root: {}", words(.0))]
    Pivot(Errno),
    #[error("cannot detach {what}: {}", words(source))]
    Detach { what: &'static str, source: Errno },
    #[error("cannot enter the work folder: {}", words(.0))]
    WorkFolder(Errno),
    #[error("cannot set the host name: {}", words(.0))]
    Hostname(Errno),
    #[error("cannot set the limit {name}: {}", words(source))]
    Limit { name: &'static str, source: Errno },
    #[error("cannot lock the secure bits: {}", words(.0))]
    SecureBits(Errno),
    #[error("cannot drop the bounding set: {}", words(.0))]
    BoundingSet(Errno),
    #[error("cannot clear the ambient capabilities: {0}")]
    Ambient(caps::errors::CapsError),
    #[error("cannot drop the capabilities: {0}")]
    Capabilities(caps::errors::CapsError),
    #[error("cannot forbid new privileges: {}", words(.0))]
    NoNewPrivileges(Errno),
    #[error("cannot restrict speculative execution: {}", words(.0))]
    Speculation(Errno),
    #[error("cannot become undumpable: {}", words(.0))]
    Undumpable(Errno),
    #[error("cannot reset the signals: {}", words(.0))]
    Signals(Errno),
    #[error("cannot install the system call filter: {0}")]
    Filter(crate::seccomp::InstallError),
    #[error(transparent)]
    Compile(crate::seccomp::FilterError),
    #[error("cannot watch a process: {}", words(.0))]
    Pidfd(Errno),
    #[error("the kernel does not report the process's PID")]
    NoNumber,
    #[error("cannot receive from launchpadd: {}", words(.0))]
    Go(Errno),
    #[error("cannot receive from the init: {}", words(.0))]
    Guard(Errno),
    #[error("the init did not report that it is guarded")]
    NotGuarded,
    #[error("the init has ended")]
    InitEnded,
    /// A call that libraries take for one that cannot fail.
    #[error("{0}")]
    Panic(String),
}

/// As the standard library words it, and with the error's number.
fn words(errno: &Errno) -> std::io::Error {
    (*errno).into()
}

/// A failed step as it is told to launchpadd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The step's name in the lists of [`crate::steps`].
    pub step: String,
    pub reason: String,
}

impl Refusal {
    pub fn new(step: &str, reason: impl ToString) -> Self {
        Refusal {
            step: step.to_owned(),
            reason: reason.to_string(),
        }
    }
}
