//! Failures after which there is no plain refusal that names them, and why that is right.

use super::place::{Fault, Role, error_name};
use super::workers::Class::{self, *};
use Role::*;
use Times::*;
use Where::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Where {
    Anywhere,
    InStrict,
    InContainer,
    /// With Landlock, in either sandbox.
    WithLandlock,
    /// A refusal on its way, in the strict sandbox.
    Refusing,
}

/// Which of the process's calls of this kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Times {
    Every,
    Once,
    Few,
    /// If at all: it depends on who is faster.
    Rarely,
}

#[derive(Debug)]
pub struct Expected {
    pub at: Where,
    pub role: Role,
    pub call: &'static str,
    /// None: all but EINTR.
    pub error: Option<i32>,
    /// What comes of it; of several, what comes first.
    pub classes: &'static [Class],
    pub times: Times,
    pub why: &'static str,
}

impl Expected {
    pub fn covers(&self, fault: &Fault) -> bool {
        let place = &fault.place;
        let errors = match self.error {
            None => fault.error != libc::EINTR,
            Some(error) => fault.error == error,
        };
        errors && place.role == self.role && place.kind.name() == self.call
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let error = self.error.map_or("any error", error_name);
        let (role, call, classes, times) = (self.role, self.call, self.classes, self.times);
        write!(
            to,
            "{role:?}: {call} {error}: {classes:?} {times:?}: {}",
            self.why
        )
    }
}

const fn row(
    at: Where,
    role: Role,
    call: &'static str,
    error: Option<i32>,
    classes: &'static [Class],
    times: Times,
    why: &'static str,
) -> Expected {
    Expected {
        at,
        role,
        call,
        error,
        classes,
        times,
        why,
    }
}

const INTR: Option<i32> = Some(libc::EINTR);
const PERM: Option<i32> = Some(libc::EPERM);
const NOSYS: Option<i32> = Some(libc::ENOSYS);

const CLOSED_LATER: &str = "what stays open is closed by close_range or by the process's end";
const DEBUG: &str = "only debug builds ask whether what they close is open";
const CHILD: &str = "the C library's, for locks that processes share: there are none";
const AGAIN: &str = "tried again";
const CANNOT: &str = "cannot fail; the number that it gives then is nobody's";
const NUMBER: &str = "cannot fail; a number that is no process's is refused, for another reason";
const SEEN: &str = "the report shows it as something that is not as it must be";
const OPEN: &str = "the report shows the open descriptor";
const OWN_WORD: &str = "without the report there is nothing to compare, and no request";
const OLDER: &str = "the standard library asks by an older call";

#[rustfmt::skip] // one a line
pub const EXPECTED: &[Expected] = &[
    // The zygote.
    row(Anywhere, Zygote, "close", None, &[Full], Every, "the zygote keeps a descriptor, its satellites do not"),
    row(Anywhere, Zygote, "fcntl", None, &[Full], Every, DEBUG),
    // The init.
    row(Anywhere, Init, "sendto", INTR, &[Full], Once, AGAIN),
    row(Anywhere, Init, "sendto", None, &[Ended], Once, "who cannot say that it has begun waits in vain, and ends"),
    row(Anywhere, Init, "read", INTR, &[Full], Every, AGAIN),
    row(Anywhere, Init, "openat", INTR, &[Full], Every, AGAIN),
    row(Anywhere, Init, "write", INTR, &[Full], Every, AGAIN),
    row(Anywhere, Init, "write", None, &[RefusedLater], Once, "the script's process hears nothing, and refuses"),
    row(InStrict, Init, "close", None, &[Full], Few, CLOSED_LATER),
    row(InStrict, Init, "close", None, &[RefusedLater], Few, "a file open for writing keeps the root from becoming read-only"),
    row(InContainer, Init, "close", None, &[Full], Every, CLOSED_LATER),
    row(Anywhere, Init, "fcntl", None, &[Full], Few, "a second way to tell a refusal, needed if the first step fails too; and what only debug builds ask"),
    row(InStrict, Init, "mount", PERM, &[FullWithoutProc], Once, "in containers the kernel gives no /proc, and scripts run without"),
    row(InStrict, Init, "sethostname", PERM, &[Full], Every, "some containers refuse it, and the host's name stays"),
    row(InStrict, Init, "statx", PERM, &[Full], Few, "of whom may not ask in there the namespaces are looked at again"),
    row(InStrict, Init, "statx", NOSYS, &[Full], Few, OLDER),
    row(Anywhere, Init, "getpid", None, &[RefusedLater], Every, NUMBER),
    row(Anywhere, Init, "wait4", INTR, &[Full], Every, "asks again at the signal of the script's end"),
    row(Anywhere, Init, "wait4", None, &[Full], Every, "asks again at the signal of the script's end"),
    row(Anywhere, Init, "ppoll", INTR, &[Full], Once, AGAIN),
    row(Anywhere, Init, "ppoll", None, &[Ended, RefusedLater], Once, "an init that cannot watch the lifeline ends, and with it all"),
    row(Anywhere, Init, "ppoll", None, &[Full], Rarely, "asked once more than needed, when all is said"),
    // The script's process.
    row(Anywhere, Script, "set_robust_list", None, &[Full], Every, CHILD),
    row(InContainer, Script, "getpid", None, &[RefusedLater], Every, NUMBER),
    row(Anywhere, Script, "read", INTR, &[Full], Every, AGAIN),
    row(Anywhere, Script, "fcntl", None, &[Full], Every, DEBUG),
    row(Anywhere, Script, "close", None, &[Full], Few, CLOSED_LATER),
    row(WithLandlock, Script, "close", None, &[Differs], Few, OPEN),
    row(WithLandlock, Script, "landlock_create_ruleset", None, &[RefusedLater], Once, "the library takes it for a kernel without Landlock, and refuses"),
    // Its report.
    row(Anywhere, Report, "sendto", INTR, &[Ended], Every, OWN_WORD),
    row(Anywhere, Report, "sendto", None, &[Ended], Every, OWN_WORD),
    row(InContainer, Report, "prlimit64", None, &[Differs], Every, SEEN),
    row(InStrict, Report, "prlimit64", None, &[Differs], Few, SEEN),
    row(InStrict, Report, "prlimit64", None, &[Full], Once, "the size of files is bounded by their file system"),
    row(InStrict, Report, "geteuid", None, &[Differs], Every, CANNOT),
    row(InStrict, Report, "getegid", None, &[Differs], Every, CANNOT),
    row(InContainer, Report, "geteuid", None, &[Full], Every, "cannot fail; not compared where the user is the server's"),
    row(InContainer, Report, "getegid", None, &[Full], Every, "cannot fail; not compared where the group is the server's"),
    row(InContainer, Script, "getppid", None, &[RefusedLater], Every, "cannot fail; another parent means that the init has ended"),
    row(Anywhere, Report, "prctl 3", None, &[Differs], Every, SEEN),
    row(Anywhere, Report, "prctl 21", None, &[Differs], Every, SEEN),
    row(Anywhere, Report, "prctl 21", PERM, &[Full], Every, "a filter that refuses the question is one"),
    row(Anywhere, Report, "uname", None, &[Full], Every, "cannot fail; the host's name is reported, not compared"),
    row(Anywhere, Report, "getgroups", None, &[Full], Every, "counts only where the satellite is a user of its own, and is then not 0"),
    row(Anywhere, Report, "openat", INTR, &[Full], Few, AGAIN),
    row(InContainer, Report, "openat", None, &[Full], Every, "/proc is closed, and nothing is compared with it"),
    row(Anywhere, Report, "statx", None, &[Full], Every, "the namespaces were noted before, and what is there to read is read"),
    row(InStrict, Report, "openat", None, &[Full], Once, "the number of threads is told, not compared"),
    row(InStrict, Report, "openat", None, &[Differs], Few, SEEN),
    row(InStrict, Report, "read", INTR, &[Full], Every, AGAIN),
    row(InStrict, Report, "read", None, &[Full], Few, "the number of threads is told, not compared"),
    row(InStrict, Report, "read", None, &[Differs], Few, SEEN),
    row(InStrict, Report, "close", None, &[Differs], Few, OPEN),
    row(InStrict, Report, "close", None, &[Ended], Once, "the standard library panics when a folder cannot be closed"),
    row(InStrict, Report, "getdents64", None, &[Differs], Every, SEEN),
    row(Anywhere, Report, "newfstatat", None, &[Differs], Every, SEEN),
    row(InStrict, Report, "statfs", None, &[Differs], Few, SEEN),
    row(InStrict, Report, "statfs", None, &[Full], Few, "the flags of a device's node are not compared"),
    row(InStrict, Report, "openat", INTR, &[Differs], Once, "a folder's is not tried again; the report shows it"),
    // A refusal on its way: the second failure.
    row(Refusing, Init, "sendto", None, &[Ended], Every, "the end of the channel says enough"),
    row(Refusing, Init, "sendto", INTR, &[Ended], Every, "the end of the channel says enough"),
    row(Refusing, Script, "sendto", None, &[Ended], Every, "the end of the channel says enough"),
    row(Refusing, Script, "sendto", INTR, &[Ended], Every, "the end of the channel says enough"),
];
