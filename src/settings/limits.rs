//! The limits: settings that a role may tighten for itself (see [`crate::pg::guc::ceiling`]).

use super::choices::Network;
use super::variables::MAX_SATELLITES;
use crate::os::machine;
use crate::pg::guc::binding::Binding;
use crate::pg::guc::ceiling::{self, Limit, Variable, Words};
use crate::pg::guc::stored;
use crate::rules::Rule;
use crate::rules::limits::{Most, MostOrNone, Named, Off, Share, Subset, Unit};
use launchpad_protocol::processors::Processors;
use pgrx::guc::GucFlags;
use std::ffi::CStr;

/// Of each limit the type by which PostgreSQL's hooks know it, and what has to be done for all.
macro_rules! limits {
    ($($limit:ident($value:ty) = $name:literal, $rule:expr;)*) => {
        $(
            pub struct $limit;

            impl Limit for $limit {
                type Value = $value;
                const NAME: &'static CStr = $name;
                const RULE: &'static dyn Rule<$value> = &$rule;

                fn variable() -> &'static Variable<$value> {
                    static VARIABLE: Variable<$value> = Variable::new();
                    &VARIABLE
                }
            }
        )*

        const NAMES: &[&CStr] = &[$($name),*];

        /// Of every limit its name and the loosest value that a call of the current user's, which
        /// has no privileges, can run by now, as SHOW would write it.
        pub fn ceilings() -> Vec<(&'static str, String)> {
            let binding = Binding::now();
            vec![$(of::<$limit>(&binding)),*]
        }
    };
}

limits! {
    Enabled(bool) = c"launchpad.enabled", Off;
    NetworkReach(i32) = c"launchpad.network", Named(&["none", "host"]);
    AllowExec(bool) = c"launchpad.allow_exec", Off;
    QueueTimeout(i32) = c"launchpad.queue_timeout", MostOrNone(Unit::Milliseconds);
    ScriptTimeout(i32) = c"launchpad.script_timeout", MostOrNone(Unit::Milliseconds);
    MemoryLimit(i32) = c"launchpad.memory_limit", Most(Unit::Kilobytes);
    TmpLimit(i32) = c"launchpad.tmp_limit", Most(Unit::Kilobytes);
    CpuLimit(i32) = c"launchpad.cpu_limit", MostOrNone(Unit::One);
    CpuAffinity(Processors) = c"launchpad.cpu_affinity", Subset { known: machine::processors };
    MaxProcesses(i32) = c"launchpad.max_processes", Most(Unit::One);
    MaxSatellitesPerRole(i32) = c"launchpad.max_satellites_per_role", Share { all: || MAX_SATELLITES.get() };
    MaxCallDepth(i32) = c"launchpad.max_call_depth", Most(Unit::One);
    MaxOutput(i32) = c"launchpad.max_output", Most(Unit::Kilobytes);
    MaxResultSize(i32) = c"launchpad.max_result_size", Most(Unit::Kilobytes);
}

/// A limit's value as it was set, or as it binds a call.
pub trait Read {
    fn of<L: Limit>(&self) -> L::Value;

    fn number<L: Limit<Value = i32>>(&self) -> u32 {
        self.of::<L>().unsigned_abs()
    }

    /// Bytes.
    fn size<L: Limit<Value = i32>>(&self) -> u64 {
        u64::from(self.number::<L>()) * 1024
    }
}

/// The process that asks has no role: the configuration file's values.
pub struct AsConfigured;

impl Read for AsConfigured {
    fn of<L: Limit>(&self) -> L::Value {
        ceiling::active::<L>()
    }
}

/// What a session set under a ceiling stays below that ceiling when a reload lowers it, and a call in
/// another role's name is bound by that role's limits, too.
impl Read for Binding {
    fn of<L: Limit>(&self) -> L::Value {
        self.limit::<L>()
    }
}

fn of<L: Limit>(binding: &Binding) -> (&'static str, String) {
    let name = L::NAME.to_str().unwrap_or_default();
    (name, L::RULE.shown(binding.ceiling::<L>()))
}

/// A satellite of either language has an init and the interpreter; a few more let a script do something.
const LEAST_PROCESSES: i32 = 4;

/// kB. A quarter of what there is: the server needs its own, and more than one script may run. Not
/// less than a script needs that imports a few large packages.
fn default_memory() -> i32 {
    const LEAST: u64 = 512 << 10;
    let quarter = machine::memory().unwrap_or_default() / 1024 / 4;
    // Whole megabytes are easier to read.
    let quarter = (quarter >> 10 << 10).max(LEAST);
    i32::try_from(quarter).unwrap_or(i32::MAX)
}

pub fn register() {
    rights();
    times();
    sizes();
    processors();
    counts();
    stored::watch(NAMES.to_vec());
}

fn rights() {
    ceiling::define_bool::<Enabled>(
        Words(
            c"Allows external scripts to run.",
            c"When off, new calls are refused; running scripts finish.",
        ),
        true,
    );
    ceiling::define_enum::<NetworkReach, Network>(
        Words(
            c"Network access of scripts: none, or the host's by TCP and UDP.",
            c"With host, scripts can also reach the host's own ports, including PostgreSQL's.",
        ),
        Network::None,
    );
    ceiling::define_bool::<AllowExec>(
        Words(
            c"Allows scripts to start programs.",
            c"Programs run in the script's sandbox. Not available with launchpad.sandbox = container.",
        ),
        false,
    );
}

fn times() {
    ceiling::define_int::<QueueTimeout>(
        Words(
            c"Maximum time that a call waits for a satellite.",
            c"After that it is refused. 0 means no limit.",
        ),
        60_000,
        (0, i32::MAX),
        GucFlags::UNIT_MS,
    );
    ceiling::define_int::<ScriptTimeout>(
        Words(
            c"Maximum run time of a script, not counting the time that the server spends on its input query.",
            c"Counted from the moment when the call has a satellite, including the time that it waits for the script to read its input. 0 means no limit.",
        ),
        3_600_000,
        (0, i32::MAX),
        GucFlags::UNIT_MS,
    );
}

fn sizes() {
    ceiling::define_int::<MemoryLimit>(
        Words(
            c"Maximum memory for a script's processes, individually and in total, including the interpreter.",
            c"Enforced by resource limits for each process, and by a cgroup or by measurement for the total. An idle Python with its packages takes about 100 MB.",
        ),
        default_memory(),
        (128 << 10, i32::MAX),
        GucFlags::UNIT_KB,
    );
    ceiling::define_int::<TmpLimit>(
        Words(
            c"Maximum total size of a satellite's /tmp and work folder.",
            c"They are kept in memory, or in launchpad.work_directory in the container sandbox, and removed after the call.",
        ),
        256 << 10,
        (1 << 10, i32::MAX),
        GucFlags::UNIT_KB,
    );
    ceiling::define_int::<MaxOutput>(
        Words(
            c"Maximum amount of a script's stdout and stderr that is reported per call.",
            c"Each line counts its text plus 64 bytes. The rest is discarded with one warning.",
        ),
        1 << 10,
        (0, i32::MAX),
        GucFlags::UNIT_KB,
    );
    ceiling::define_int::<MaxResultSize>(
        Words(
            c"Maximum size of a call's result, both as the Arrow data that the script sends and as the rows made from it.",
            c"",
        ),
        1 << 20,
        (1 << 10, i32::MAX),
        GucFlags::UNIT_KB,
    );
}

fn processors() {
    ceiling::define_int::<CpuLimit>(
        Words(
            c"Maximum CPU time for a script's processes in total, as a percentage of one CPU.",
            c"250 means two and a half CPUs. 0 means no limit.",
        ),
        0,
        (0, 100 * 1024),
        GucFlags::empty(),
    );
    ceiling::define_processors::<CpuAffinity>(Words(
        c"List of CPUs that a script's processes can run on.",
        c"CPU numbers and ranges, separated by commas, such as 0-3,6. Empty means all.",
    ));
}

fn counts() {
    ceiling::define_int::<MaxProcesses>(
        Words(
            c"Maximum number of processes and threads of a script, including the interpreter's.",
            c"",
        ),
        64,
        (LEAST_PROCESSES, 1024),
        GucFlags::empty(),
    );
    ceiling::define_int::<MaxSatellitesPerRole>(
        Words(
            c"Maximum number of a role's calls that run at the same time; further calls wait in the queue.",
            c"-1 means one less than launchpad.max_satellites, and at least one. 0 means no limit except launchpad.max_satellites.",
        ),
        -1,
        (-1, 1000),
        GucFlags::empty(),
    );
    ceiling::define_int::<MaxCallDepth>(
        Words(
            c"Maximum depth of nested calls in a session, including the outermost.",
            c"A call that an input query makes is nested in the call that reads the query.",
        ),
        4,
        (1, 100),
        GucFlags::empty(),
    );
}
