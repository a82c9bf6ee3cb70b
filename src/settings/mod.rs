//! Every setting (`launchpad.*`), and a plain copy of those that one call runs by.

mod readable_paths;

use crate::pg::guc::define_checked_string;
use launchpad_protocol::control::FrameTypes;
use launchpad_protocol::{policy, supervisor};
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::prelude::*;
use readable_paths::ReadablePaths;
use std::ffi::CString;

/// `launchpad.client_output`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum ClientOutput {
    #[name = c"notice"]
    Notice,
    #[name = c"log"]
    Log,
    #[name = c"off"]
    Off,
}

/// `launchpad.numeric`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Numeric {
    #[name = c"float8"]
    Float8,
    #[name = c"decimal"]
    Decimal,
    #[name = c"text"]
    Text,
}

/// `launchpad.python_types`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum PythonTypes {
    #[name = c"numpy"]
    Numpy,
    #[name = c"nullable"]
    Nullable,
    #[name = c"pyarrow"]
    Pyarrow,
}

/// `launchpad.sandbox`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Sandbox {
    #[name = c"strict"]
    Strict,
    #[name = c"container"]
    Container,
}

/// `launchpad.network`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Network {
    #[name = c"none"]
    None,
    #[name = c"host"]
    Host,
}

/// `launchpad.worker_uids`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum WorkerUids {
    #[name = c"off"]
    Off,
    #[name = c"auto"]
    Auto,
    #[name = c"on"]
    On,
}

static ENABLED: GucSetting<bool> = GucSetting::<bool>::new(true);
static PYTHON: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c"/usr/bin/python3"));
static R: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"/usr/bin/R"));
static WARM_SATELLITES: GucSetting<i32> = GucSetting::<i32>::new(2);
static MAX_SATELLITES: GucSetting<i32> = GucSetting::<i32>::new(16);
static QUEUE_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(60_000);
static SCRIPT_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(0);
static MEMORY_LIMIT: GucSetting<i32> = GucSetting::<i32>::new(2 << 20);
static CPU_LIMIT: GucSetting<i32> = GucSetting::<i32>::new(0);
static MAX_PROCESSES: GucSetting<i32> = GucSetting::<i32>::new(64);
static POOL: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"default"));
static TMP_LIMIT: GucSetting<i32> = GucSetting::<i32>::new(256 << 10);
static MAX_OUTPUT: GucSetting<i32> = GucSetting::<i32>::new(1 << 10);
static MAX_RESULT_SIZE: GucSetting<i32> = GucSetting::<i32>::new(1 << 20);
static CLIENT_OUTPUT: GucSetting<ClientOutput> =
    GucSetting::<ClientOutput>::new(ClientOutput::Notice);

static SANDBOX: GucSetting<Sandbox> = GucSetting::<Sandbox>::new(Sandbox::Strict);
static NETWORK: GucSetting<Network> = GucSetting::<Network>::new(Network::None);
static ALLOW_EXEC: GucSetting<bool> = GucSetting::<bool>::new(false);
static LOG_REFUSED_CALLS: GucSetting<bool> = GucSetting::<bool>::new(false);
static READABLE_PATHS: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static WORKER_UIDS: GucSetting<WorkerUids> = GucSetting::<WorkerUids>::new(WorkerUids::Auto);

static NUMERIC: GucSetting<Numeric> = GucSetting::<Numeric>::new(Numeric::Float8);
static PYTHON_TYPES: GucSetting<PythonTypes> = GucSetting::<PythonTypes>::new(PythonTypes::Numpy);

/// What one call runs by, read once at its start. Sizes in bytes, times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub enabled: bool,
    pub sandbox: policy::Sandbox,
    /// What the calling role's scripts may do.
    pub allowance: policy::Allowance,
    /// 0: wait without limit.
    pub queue_timeout: u32,
    /// 0: none.
    pub script_timeout: u32,
    pub memory_limit: u64,
    /// Percent of one processor; 0: none.
    pub cpu_limit: u32,
    pub max_processes: u32,
    pub max_output: usize,
    pub max_result_size: u64,
    pub client_output: ClientOutput,
    pub numeric: Numeric,
    pub frame_types: FrameTypes,
}

impl Settings {
    pub fn now() -> Self {
        Settings {
            enabled: ENABLED.get(),
            sandbox: sandbox(),
            allowance: allowance(),
            queue_timeout: QUEUE_TIMEOUT.get().unsigned_abs(),
            script_timeout: SCRIPT_TIMEOUT.get().unsigned_abs(),
            memory_limit: kib(&MEMORY_LIMIT),
            cpu_limit: CPU_LIMIT.get().unsigned_abs(),
            max_processes: MAX_PROCESSES.get().unsigned_abs(),
            max_output: kib(&MAX_OUTPUT) as usize,
            max_result_size: kib(&MAX_RESULT_SIZE),
            client_output: CLIENT_OUTPUT.get(),
            numeric: NUMERIC.get(),
            frame_types: match PYTHON_TYPES.get() {
                PythonTypes::Numpy => FrameTypes::Numpy,
                PythonTypes::Nullable => FrameTypes::Nullable,
                PythonTypes::Pyarrow => FrameTypes::Arrow,
            },
        }
    }
}

impl Settings {
    /// `launchpad.log_min_duration`
    pub fn log_from() -> Option<std::time::Duration> {
        Some(std::time::Duration::ZERO)
    }

    /// `launchpad.pool`
    pub fn now_pool() -> String {
        path(&POOL)
    }
}

/// What launchpadd runs by.
pub fn for_launchpad() -> supervisor::Settings {
    supervisor::Settings {
        python: path(&PYTHON),
        r: path(&R),
        warm_satellites: WARM_SATELLITES.get().unsigned_abs(),
        max_satellites: MAX_SATELLITES.get().unsigned_abs(),
        sandbox: sandbox(),
        // PostgreSQL takes no list that its check has refused.
        readable_paths: readable_paths::split(&path(&READABLE_PATHS)).unwrap_or_default(),
        workers: match WORKER_UIDS.get() {
            WorkerUids::Off => supervisor::Workers::Off,
            WorkerUids::Auto => supervisor::Workers::Auto,
            WorkerUids::On => supervisor::Workers::On,
        },
        // The background worker has no role: these are the configuration file's.
        allowance: allowance(),
    }
}

fn sandbox() -> policy::Sandbox {
    match SANDBOX.get() {
        Sandbox::Strict => policy::Sandbox::Strict,
        Sandbox::Container => policy::Sandbox::Container,
    }
}

fn allowance() -> policy::Allowance {
    policy::Allowance {
        network: match NETWORK.get() {
            Network::None => policy::Network::None,
            Network::Host => policy::Network::Host,
        },
        programs: ALLOW_EXEC.get(),
        tell_refused: LOG_REFUSED_CALLS.get(),
        tmp_limit: kib(&TMP_LIMIT),
    }
}

fn path(setting: &GucSetting<Option<CString>>) -> String {
    let path = setting.get();
    path.map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn kib(setting: &GucSetting<i32>) -> u64 {
    u64::from(setting.get().unsigned_abs()) * 1024
}

/// Registers all of them. Limits are for superusers to set, which `ALTER ROLE … SET` lets them do
/// per role; what the launchpad itself runs by is the configuration file's.
pub fn register() {
    GucRegistry::define_bool_guc(
        c"launchpad.enabled",
        c"Whether external scripts may run.",
        c"When off, every call is refused; running scripts finish.",
        &ENABLED,
        GucContext::Suset,
        GucFlags::empty(),
    );
    GucRegistry::define_string_guc(
        c"launchpad.python",
        c"Path of the Python interpreter that runs scripts.",
        c"A virtual environment's bin/python is fine; it needs pyarrow, pandas and numpy, and the server's user must be able to read it. Empty: no Python.",
        &PYTHON,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_string_guc(
        c"launchpad.r",
        c"Path of the R program that runs scripts.",
        c"R 4.2 or newer; it needs no packages, and where it is missing only R scripts are refused. Empty: no R.",
        &R,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_enum_guc(
        c"launchpad.client_output",
        c"Where the script's stdout and stderr go.",
        c"notice: to the client, as NOTICE and WARNING; log: to the server log; off: nowhere.",
        &CLIENT_OUTPUT,
        GucContext::Userset,
        GucFlags::empty(),
    );
    confinement();
    value_types();
    counts_and_times();
    sizes();
    crate::pg::worker::reserve_prefix();
}

fn confinement() {
    GucRegistry::define_enum_guc(
        c"launchpad.sandbox",
        c"Which layers the sandbox must have.",
        c"strict: all that Linux has; container: for hosts that forbid user namespaces, without a boundary between the processes of the server's user.",
        &SANDBOX,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_enum_guc(
        c"launchpad.network",
        c"What scripts can reach: nothing, or what the server's host reaches by TCP and UDP.",
        c"With host, the host's own ports are among it, PostgreSQL's too.",
        &NETWORK,
        GucContext::Suset,
        GucFlags::empty(),
    );
    GucRegistry::define_bool_guc(
        c"launchpad.allow_exec",
        c"Whether scripts may start programs.",
        c"Programs are confined as the script is. Not with launchpad.sandbox = container.",
        &ALLOW_EXEC,
        GucContext::Suset,
        GucFlags::empty(),
    );
    GucRegistry::define_bool_guc(
        c"launchpad.log_refused_calls",
        c"Whether system calls that the sandbox refuses are told on the script's stderr.",
        c"One line for each kind of system call; for finding out what a package needs.",
        &LOG_REFUSED_CALLS,
        GucContext::Suset,
        GucFlags::empty(),
    );
    define_checked_string::<ReadablePaths>(
        c"launchpad.readable_paths",
        c"Folders that every script may read, beside its interpreter's.",
        c"Absolute paths, separated by commas; at most 64.",
        &READABLE_PATHS,
        GucContext::Sighup,
    );
    GucRegistry::define_enum_guc(
        c"launchpad.worker_uids",
        c"Whether each satellite runs as a user of its own.",
        c"They are taken from the server user's ranges in /etc/subuid and /etc/subgid. off: as the server's user; auto: where there are such ranges; on: without them no script runs.",
        &WORKER_UIDS,
        GucContext::Sighup,
        GucFlags::empty(),
    );
}

fn value_types() {
    GucRegistry::define_enum_guc(
        c"launchpad.numeric",
        c"As what numbers of type numeric reach a script.",
        c"float8: as double precision; decimal: exact where a precision of at most 76 digits is declared, else as text; text: as text.",
        &NUMERIC,
        GucContext::Userset,
        GucFlags::empty(),
    );
    GucRegistry::define_enum_guc(
        c"launchpad.python_types",
        c"Which of pandas' column types a Python script's data frames have.",
        c"numpy: NumPy's, with NaN and None for NULL; nullable: pandas' own with NA, such as Int64; pyarrow: Arrow's.",
        &PYTHON_TYPES,
        GucContext::Userset,
        GucFlags::empty(),
    );
}

fn counts_and_times() {
    GucRegistry::define_int_guc(
        c"launchpad.warm_satellites",
        c"Number of satellites kept forked, sandboxed and exercised ahead of need, per language.",
        c"Each serves one call and is replaced in the background. 0 forks on demand.",
        &WARM_SATELLITES,
        0,
        1000,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_int_guc(
        c"launchpad.max_satellites",
        c"Number of calls that may run at once; more wait in a queue.",
        c"",
        &MAX_SATELLITES,
        1,
        1000,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_int_guc(
        c"launchpad.queue_timeout",
        c"How long a call waits for a satellite before it is refused.",
        c"0 waits without limit.",
        &QUEUE_TIMEOUT,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"launchpad.script_timeout",
        c"How long a call may take from the moment it has a satellite.",
        c"0 sets no limit.",
        &SCRIPT_TIMEOUT,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_MS,
    );
}

fn sizes() {
    GucRegistry::define_int_guc(
        c"launchpad.memory_limit",
        c"Memory that a script's processes may have, each and all together, its interpreter's own included.",
        c"Enforced as resource limits of each process, and for all together by a cgroup or by measuring; an idle Python with its packages takes about 100 MB of it.",
        &MEMORY_LIMIT,
        128 << 10,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"launchpad.tmp_limit",
        c"Size of a satellite's /tmp and work folder together.",
        c"They live in memory and are gone after the call.",
        &TMP_LIMIT,
        1 << 10,
        i32::MAX,
        GucContext::Sighup,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"launchpad.max_output",
        c"How much of a script's stdout and stderr is reported per call.",
        c"The rest is dropped with one warning.",
        &MAX_OUTPUT,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"launchpad.max_result_size",
        c"How much data a script may return per call, as Arrow buffers.",
        c"",
        &MAX_RESULT_SIZE,
        1 << 10,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
}
