//! Every setting (`launchpad.*`), and a plain copy of those that one call runs by.
//!
//! `limits` are those that a role may tighten and only a superuser may loosen, by their rules;
//! `variables` are the others.

mod choices;
mod limits;
mod variables;

pub use choices::ClientOutput;
pub use limits::ceilings;

use crate::pg::encoding::heard;
use crate::pg::guc::binding::Binding;
use crate::rules::Checked;
use crate::rules::pool_name::PoolName;
use crate::rules::{preload, readable_paths};
use crate::types::Numeric;
use choices::{Network, Numerics, PythonTypes, Sandbox, WorkerUids};
use launchpad_languages::Language;
use launchpad_protocol::control::FrameTypes;
use launchpad_protocol::environment::Environment;
use launchpad_protocol::pool::MAX_NAME_IN_UTF8;
use launchpad_protocol::processors::Processors;
use launchpad_protocol::{policy, supervisor};
use limits::*;
use pgrx::guc::{GucEnum, GucSetting};
use std::ffi::CString;
use std::time::Duration;
use variables::*;

/// What one call runs by, read once at its start. Sizes in bytes, times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub enabled: bool,
    pub sandbox: policy::Sandbox,
    /// What the calling role's scripts may do.
    pub allowance: policy::Allowance,
    /// 0: wait without limit.
    pub queue_timeout: u32,
    /// Of the script's own time; 0: none.
    pub script_timeout: u32,
    pub memory_limit: u64,
    /// Percent of one processor; 0: none.
    pub cpu_limit: u32,
    /// Empty: all.
    pub cpu_affinity: Processors,
    pub max_processes: u32,
    /// 0: as many as there are; -1: all but one.
    pub max_satellites_per_role: i32,
    /// How many calls may be inside each other, the outermost included.
    pub max_call_depth: u32,
    pub max_output: usize,
    pub max_result_size: u64,
    pub client_output: ClientOutput,
    pub numeric: Numeric,
    pub frame_types: FrameTypes,
    /// Calls that take so long are logged; None: none are.
    pub log_min_duration: Option<Duration>,
}

impl Settings {
    /// Limits as they bind the call: the one place where a ceiling that has come down since is
    /// looked at, and whose limits count.
    pub fn now() -> Self {
        let binding = Binding::now();
        Settings {
            enabled: binding.of::<Enabled>(),
            sandbox: sandbox(),
            allowance: allowance(&binding),
            queue_timeout: binding.number::<QueueTimeout>(),
            script_timeout: binding.number::<ScriptTimeout>(),
            memory_limit: binding.size::<MemoryLimit>(),
            cpu_limit: binding.number::<CpuLimit>(),
            cpu_affinity: binding.of::<CpuAffinity>(),
            max_processes: binding.number::<MaxProcesses>(),
            max_satellites_per_role: binding.of::<MaxSatellitesPerRole>(),
            max_call_depth: binding.number::<MaxCallDepth>(),
            max_output: binding.size::<MaxOutput>() as usize,
            max_result_size: binding.size::<MaxResultSize>(),
            client_output: CLIENT_OUTPUT.get(),
            numeric: match NUMERIC.get() {
                Numerics::Float8 => Numeric::Float8,
                Numerics::Decimal => Numeric::Decimal,
                Numerics::Text => Numeric::Text,
            },
            frame_types: match PYTHON_TYPES.get() {
                PythonTypes::Numpy => FrameTypes::Numpy,
                PythonTypes::Nullable => FrameTypes::Nullable,
                PythonTypes::Pyarrow => FrameTypes::Arrow,
            },
            log_min_duration: u64::try_from(LOG_MIN_DURATION.get())
                .ok()
                .map(Duration::from_millis),
        }
    }

    /// `launchpad.pool`: the one stored for the current user, else the session's.
    pub fn now_pool() -> String {
        let fits = |name: &str| !name.is_empty() && name.len() <= MAX_NAME_IN_UTF8;
        let stored = Binding::now().stored(PoolName::NAME, fits);
        stored.unwrap_or_else(|| {
            POOL.get()
                .map(|name| heard(name.to_bytes()))
                .unwrap_or_default()
        })
    }

    /// `launchpad.batch_size`
    pub fn now_batch_size() -> usize {
        BATCH_SIZE.get().unsigned_abs() as usize
    }
}

/// The environments that are configured: one for each language.
pub fn environments() -> impl Iterator<Item = Environment> {
    let settings = PROGRAMS.iter().zip(&PRELOADS);
    let all = Language::ALL.into_iter().zip(settings);
    all.map(|(language, (program, preload))| Environment {
        // PostgreSQL takes no value that its check has refused.
        preload: preload::parse(language, &text(preload)).unwrap_or_default(),
        ..Environment::of(language, &text(program))
    })
}

/// What launchpadd runs by.
pub fn for_launchpad() -> supervisor::Settings {
    supervisor::Settings {
        environments: environments().collect(),
        warm_satellites: WARM_SATELLITES.get().unsigned_abs(),
        max_satellites: MAX_SATELLITES.get().unsigned_abs(),
        keep_warm: KEEP_WARM.get().unsigned_abs(),
        zygote_max_age: ZYGOTE_MAX_AGE.get().unsigned_abs(),
        zygote_max_forks: ZYGOTE_MAX_FORKS.get().unsigned_abs(),
        preload_memory: u64::from(PRELOAD_MEMORY.get().unsigned_abs()) << 20,
        sandbox: sandbox(),
        // PostgreSQL takes no list that its check has refused.
        readable_paths: readable_paths::split(&text(&READABLE_PATHS)).unwrap_or_default(),
        work_directory: text(&WORK_DIRECTORY),
        workers: match WORKER_UIDS.get() {
            WorkerUids::Off => supervisor::Workers::Off,
            WorkerUids::Auto => supervisor::Workers::Auto,
            WorkerUids::On => supervisor::Workers::On,
        },
        allowance: allowance(&AsConfigured),
    }
}

/// `launchpad.sandbox`
pub fn sandbox() -> policy::Sandbox {
    match SANDBOX.get() {
        Sandbox::Strict => policy::Sandbox::Strict,
        Sandbox::Container => policy::Sandbox::Container,
    }
}

fn allowance(limits: &impl Read) -> policy::Allowance {
    policy::Allowance {
        network: match Network::from_ordinal(limits.of::<NetworkReach>()) {
            Network::None => policy::Network::None,
            Network::Host => policy::Network::Host,
        },
        programs: limits.of::<AllowExec>(),
        tell_refused: LOG_REFUSED_CALLS.get(),
        tmp_limit: limits.size::<TmpLimit>(),
    }
}

fn text(setting: &GucSetting<Option<CString>>) -> String {
    let text = setting.get();
    text.map(|text| text.to_string_lossy().into_owned())
        .unwrap_or_default()
}

pub fn register() {
    variables::register();
    limits::register();
    crate::pg::worker::reserve_prefix();
}
