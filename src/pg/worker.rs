//! The background worker's dealings with PostgreSQL.

use super::messages::{Severity, report};
use pgrx::bgworkers::{
    BackgroundWorker, BackgroundWorkerBuilder, BgWorkerStartTime, SignalWakeFlags,
};
use pgrx::pg_sys;
use std::time::Duration;

/// Makes the function by which the postmaster starts the worker.
macro_rules! worker_main {
    ($name:ident = $main:path) => {
        /// The symbol that the postmaster starts the worker by.
        #[allow(unsafe_code)]
        #[pgrx::pg_guard]
        #[unsafe(no_mangle)]
        pub extern "C-unwind" fn $name(_argument: pgrx::pg_sys::Datum) {
            $main();
        }
    };
}
pub(crate) use worker_main;

/// Registers the worker, whose main function has that name. Only while the server preloads libraries.
pub fn register(main: &str) {
    BackgroundWorkerBuilder::new("launchpad")
        .set_type("launchpad")
        .set_library("pg_launchpad")
        .set_function(main)
        .enable_shmem_access(None)
        // On a hot standby too: scripts only read.
        .set_start_time(BgWorkerStartTime::ConsistentState)
        .set_restart_time(Some(Duration::from_secs(1)))
        .load();
}

/// Refuses unknown settings of our name.
pub fn reserve_prefix() {
    // SAFETY: a NUL-terminated string that PostgreSQL copies.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"launchpad".as_ptr()) };
}

/// A server started with RUST_BACKTRACE would send backtraces with paths to clients.
pub fn forbid_backtraces() {
    // SAFETY: the server's process has one thread.
    unsafe { std::env::remove_var("RUST_BACKTRACE") };
    // SAFETY: as above.
    unsafe { std::env::remove_var("RUST_LIB_BACKTRACE") };
}

/// Takes over the worker's signals.
pub fn start() {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
}

/// Ends the worker if it was told to. Not with status 0, after which the postmaster would never
/// start it again.
pub fn exit_if_asked() {
    if BackgroundWorker::sigterm_received() {
        // SAFETY: the ordinary end of a server process.
        unsafe { pg_sys::proc_exit(1) };
    }
}

/// Reads the configuration files again if asked; whether that happened.
pub fn reload_if_asked() -> bool {
    let asked = BackgroundWorker::sighup_received();
    if asked {
        // SAFETY: what every server process does on SIGHUP.
        unsafe { pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP) };
    }
    asked
}

/// Sleeps, but ends with the server.
pub fn pause(time: Duration) {
    let deadline = std::time::Instant::now() + time;
    loop {
        exit_if_asked();
        reload_if_asked();
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            return;
        }
        super::wait::sleep(left);
    }
}

/// One line of the server log.
pub fn log(line: &str) {
    report(Severity::Log, line, None);
}

/// One line of the server log that asks for attention.
pub fn warn(line: &str) {
    report(Severity::Warning, line, None);
}
