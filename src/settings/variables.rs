//! The settings that are no limits: where PostgreSQL keeps them, and their registration.

use super::choices::*;
use crate::pg::guc::define_checked_string;
use crate::rules::pool_name::PoolName;
use crate::rules::preload::Preloads;
use crate::rules::readable_paths::ReadablePaths;
use crate::rules::work_directory::WorkDirectory;
use launchpad_languages::{Language, Setting, TABLE};
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use std::ffi::CString;

type Text = GucSetting<Option<CString>>;

/// By the languages' numbers.
pub static PROGRAMS: [Text; TABLE.len()] = {
    let mut all = [const { Text::new(None) }; TABLE.len()];
    let mut number = 0;
    while number < all.len() {
        all[number] = Text::new(Some(TABLE[number].setting.default));
        number += 1;
    }
    all
};
/// Likewise; empty where a language preloads nothing.
pub static PRELOADS: [Text; TABLE.len()] = {
    let mut all = [const { Text::new(None) }; TABLE.len()];
    let mut number = 0;
    while number < all.len() {
        if let Some(setting) = &TABLE[number].preload {
            all[number] = Text::new(Some(setting.default));
        }
        number += 1;
    }
    all
};
/// MB. A zygote with pandas has about 60; scikit-learn and matplotlib together add about as much.
pub static PRELOAD_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(256);
pub static WARM_SATELLITES: GucSetting<i32> = GucSetting::<i32>::new(2);
pub static KEEP_WARM: GucSetting<i32> = GucSetting::<i32>::new(60_000);
pub static ZYGOTE_MAX_AGE: GucSetting<i32> = GucSetting::<i32>::new(3600);
pub static ZYGOTE_MAX_FORKS: GucSetting<i32> = GucSetting::<i32>::new(10_000);
pub static MAX_SATELLITES: GucSetting<i32> = GucSetting::<i32>::new(16);
pub static POOL: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c"default"));

pub static SANDBOX: GucSetting<Sandbox> = GucSetting::<Sandbox>::new(Sandbox::Strict);
pub static LOG_REFUSED_CALLS: GucSetting<bool> = GucSetting::<bool>::new(false);
pub static READABLE_PATHS: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c""));
pub static WORK_DIRECTORY: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c""));
pub static WORKER_UIDS: GucSetting<WorkerUids> = GucSetting::<WorkerUids>::new(WorkerUids::Auto);

pub static NUMERIC: GucSetting<Numerics> = GucSetting::<Numerics>::new(Numerics::Float8);
pub static PYTHON_TYPES: GucSetting<PythonTypes> =
    GucSetting::<PythonTypes>::new(PythonTypes::Numpy);
pub static CLIENT_OUTPUT: GucSetting<ClientOutput> =
    GucSetting::<ClientOutput>::new(ClientOutput::Notice);
pub static LOG_MIN_DURATION: GucSetting<i32> = GucSetting::<i32>::new(-1);

/// With 64 KiB pipes and L2 caches of 1 to 2 MiB more gains nothing.
pub static BATCH_SIZE: GucSetting<i32> = GucSetting::<i32>::new(1 << 20);

pub fn register() {
    languages();
    preloads();
    confinement();
    values();
    satellites();
    reports();
}

fn languages() {
    for (language, program) in TABLE.iter().zip(&PROGRAMS) {
        let Setting {
            name,
            default: _,
            short_description,
            long_description,
        } = language.setting;
        GucRegistry::define_string_guc(
            name,
            short_description,
            long_description,
            program,
            GucContext::Sighup,
            GucFlags::empty(),
        );
    }
}

/// The check of each is a type.
fn preloads() {
    preload::<{ Language::PYTHON.number() as usize }>();
    preload::<{ Language::R.number() as usize }>();
    GucRegistry::define_int_guc(
        c"launchpad.preload_memory",
        c"Maximum memory for preloaded modules in a zygote.",
        c"All satellites of the zygote share this memory, and it does not count towards a script's limit. 0 disables preloading.",
        &PRELOAD_MEMORY,
        0,
        1 << 20,
        GucContext::Sighup,
        GucFlags::UNIT_MB,
    );
}

fn preload<const NUMBER: usize>() {
    if let Some(setting) = &TABLE[NUMBER].preload {
        define_checked_string::<Preloads<NUMBER>>(
            setting.short_description,
            setting.long_description,
            &PRELOADS[NUMBER],
            GucContext::Sighup,
        );
    }
}

fn confinement() {
    GucRegistry::define_enum_guc(
        c"launchpad.sandbox",
        c"Layers that the sandbox must have.",
        c"strict: all layers; container: for hosts that do not allow user namespaces, without a boundary between processes of the server's user.",
        &SANDBOX,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_bool_guc(
        c"launchpad.log_refused_calls",
        c"Reports system calls that the sandbox denies on the script's stderr.",
        c"One line for each kind of system call, to find out what a package needs.",
        &LOG_REFUSED_CALLS,
        GucContext::Suset,
        GucFlags::empty(),
    );
    define_checked_string::<ReadablePaths>(
        c"Additional folders that scripts can read.",
        c"A comma-separated list of at most 64 absolute paths.",
        &READABLE_PATHS,
        GucContext::Sighup,
    );
    define_checked_string::<WorkDirectory>(
        c"Directory for scripts' files in the container sandbox.",
        c"An absolute path on a different file system from the data directory and the WAL. The container sandbox requires it; the strict sandbox does not use it.",
        &WORK_DIRECTORY,
        GucContext::Sighup,
    );
    GucRegistry::define_enum_guc(
        c"launchpad.worker_uids",
        c"Runs each satellite as a separate operating system user.",
        c"The users come from the server user's ranges in /etc/subuid and /etc/subgid. off: satellites run as the server's user; auto: separate users where such ranges exist; on: scripts are refused where they do not.",
        &WORKER_UIDS,
        GucContext::Sighup,
        GucFlags::empty(),
    );
}

fn values() {
    GucRegistry::define_enum_guc(
        c"launchpad.numeric",
        c"How numeric values are passed to scripts.",
        c"float8: as double precision; decimal: exact, in Python as Decimal; text: as text.",
        &NUMERIC,
        GucContext::Userset,
        GucFlags::empty(),
    );
    GucRegistry::define_enum_guc(
        c"launchpad.python_types",
        c"Column types of the data frames that Python scripts receive.",
        c"numpy: NumPy types, with NaN and None for NULL; nullable: pandas' nullable types, such as Int64; pyarrow: Arrow types.",
        &PYTHON_TYPES,
        GucContext::Userset,
        GucFlags::empty(),
    );
    GucRegistry::define_int_guc(
        c"launchpad.batch_size",
        c"Size of the Arrow batches in which rows are sent to scripts.",
        c"A batch is sent as soon as it is at least this large.",
        &BATCH_SIZE,
        64 << 10,
        64 << 20,
        GucContext::Userset,
        GucFlags::UNIT_BYTE,
    );
}

fn satellites() {
    GucRegistry::define_int_guc(
        c"launchpad.warm_satellites",
        c"Number of pre-forked satellites, sandboxed and exercised, that are kept for each language.",
        c"Each serves one call and is replaced in the background. 0 forks on demand.",
        &WARM_SATELLITES,
        0,
        1000,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_int_guc(
        c"launchpad.keep_warm",
        c"How long a satellite is kept for calls that the warm satellites cannot serve.",
        c"Calls whose pool or rights differ from the configuration file's need separate satellites. After such a call, one is kept for the next. 0 keeps none.",
        &KEEP_WARM,
        0,
        i32::MAX,
        GucContext::Sighup,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"launchpad.zygote_max_age",
        c"Maximum age of a zygote before a new one replaces it.",
        c"A zygote's satellites share its address layout and hash seed. The new zygote is loaded in the background, so that no call waits. 0 means no limit.",
        &ZYGOTE_MAX_AGE,
        0,
        i32::MAX,
        GucContext::Sighup,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"launchpad.zygote_max_forks",
        c"Maximum number of satellites that a zygote forks before a new one replaces it.",
        c"0 means no limit.",
        &ZYGOTE_MAX_FORKS,
        0,
        i32::MAX,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    GucRegistry::define_int_guc(
        c"launchpad.max_satellites",
        c"Maximum number of calls that run at the same time; further calls wait in a queue.",
        c"",
        &MAX_SATELLITES,
        1,
        1000,
        GucContext::Sighup,
        GucFlags::empty(),
    );
    define_checked_string::<PoolName>(
        c"Pool whose shared limits apply to calls.",
        c"At most 63 bytes.",
        &POOL,
        GucContext::Suset,
    );
}

fn reports() {
    GucRegistry::define_enum_guc(
        c"launchpad.client_output",
        c"Destination of a script's stdout and stderr.",
        c"notice: to the client, as NOTICE and WARNING; log: to the server log; off: nowhere.",
        &CLIENT_OUTPUT,
        GucContext::Userset,
        GucFlags::empty(),
    );
    GucRegistry::define_int_guc(
        c"launchpad.log_min_duration",
        c"Minimum duration of the calls that are logged.",
        c"0 logs all calls, -1 none.",
        &LOG_MIN_DURATION,
        -1,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_MS,
    );
}
