//! What the server knows about itself and this session: folders, roles, interrupts, clocks.

use pgrx::pg_sys;
use std::ffi::{CStr, OsStr};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Whether the server is reading shared_preload_libraries just now.
pub fn preloading() -> bool {
    // SAFETY: a flag that the server sets before it loads libraries.
    unsafe { pg_sys::process_shared_preload_libraries_in_progress }
}

/// The server's version, as it reports it: "15.20 (Debian 15.20-0+deb12u1)".
pub fn version() -> String {
    // SAFETY: a setting that every server has, and a string that lives as long as it does.
    let told = unsafe { pg_sys::GetConfigOption(c"server_version".as_ptr(), true, false) };
    if told.is_null() {
        return String::new();
    }
    // SAFETY: it is NUL-terminated.
    unsafe { CStr::from_ptr(told) }
        .to_string_lossy()
        .into_owned()
}

/// Whether pg_upgrade runs this server.
pub fn upgrading() -> bool {
    // SAFETY: a flag set once by the command line.
    unsafe { pg_sys::IsBinaryUpgrade }
}

/// Whether the client's statement itself creates or alters a function or procedure: not one inside a
/// function or a DO block. Nothing that another role has written runs within such a statement.
pub fn defines_function() -> bool {
    use pg_sys::CommandTag::*;
    // SAFETY: null, or the portal that runs, which has a tag.
    let tag = unsafe {
        pg_sys::ActivePortal
            .as_ref()
            .map(|portal| portal.commandTag)
    };
    matches!(
        tag,
        Some(
            CMDTAG_CREATE_FUNCTION
                | CMDTAG_CREATE_PROCEDURE
                | CMDTAG_ALTER_FUNCTION
                | CMDTAG_ALTER_PROCEDURE
                | CMDTAG_ALTER_ROUTINE
        )
    )
}

/// Has the postmaster look whether a worker is to be started again.
///
/// PostgreSQL 15's can be told that one has ended just before it begins to wait, for up to a minute: it
/// notices at the next event, which this is.
#[cfg(feature = "pg15")]
pub fn wake_postmaster() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    // SAFETY: what the postmaster sets before it forks.
    let postmaster = unsafe { pg_sys::IsUnderPostmaster.then_some(pg_sys::PostmasterPid) };
    if let Some(postmaster) = postmaster {
        // The signal tells it to look for requests of its children, of which this is none.
        let _ = kill(Pid::from_raw(postmaster), Signal::SIGUSR1);
    }
}

/// Later ones miss nothing.
#[cfg(not(feature = "pg15"))]
pub fn wake_postmaster() {}

/// The data directory, absolute.
pub fn data_directory() -> PathBuf {
    // SAFETY: set before any library is loaded, never changed, NUL-terminated.
    let path = unsafe { CStr::from_ptr(pg_sys::DataDir) };
    PathBuf::from(OsStr::from_bytes(path.to_bytes()))
}

/// pg_database.oid of this session
pub fn my_database() -> u32 {
    // SAFETY: set at connection start.
    unsafe { pg_sys::MyDatabaseId }.to_u32()
}

/// The session's time zone, by its canonical name.
pub fn time_zone() -> String {
    // SAFETY: set when the session begins, and a zone ever after.
    let name = unsafe { pg_sys::pg_get_timezone_name(pg_sys::session_timezone) };
    // SAFETY: the name within a zone, NUL-terminated.
    super::encoding::heard(unsafe { CStr::from_ptr(name) }.to_bytes())
}

/// The role whose rights count now (inside SECURITY DEFINER: the owner).
pub fn current_role() -> u32 {
    // SAFETY: reads a backend-local variable.
    unsafe { pg_sys::GetUserId() }.to_u32()
}

/// Whether the current role may see what `role` does: it has its rights, or may read all
/// statistics.
pub fn may_watch(role: u32) -> bool {
    let me = pg_sys::Oid::from(current_role());
    // SAFETY: a catalog look-up in a transaction.
    unsafe { pg_sys::has_privs_of_role(me, pg_sys::Oid::from(role)) || may_watch_all() }
}

/// Whether the current role may read all statistics.
pub fn may_watch_all() -> bool {
    let me = pg_sys::Oid::from(current_role());
    // SAFETY: a catalog look-up in a transaction.
    unsafe { pg_sys::has_privs_of_role(me, pg_sys::Oid::from(pg_sys::ROLE_PG_READ_ALL_STATS)) }
}

/// The role's name; its number if it has been dropped.
pub fn role_name(role: u32) -> String {
    // SAFETY: a catalog look-up in a transaction that returns null rather than raise.
    let name = unsafe { pg_sys::GetUserNameFromId(pg_sys::Oid::from(role), true) };
    // SAFETY: null or NUL-terminated.
    unsafe { name_or(name, role) }
}

/// How well a look-up must know that something is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// This statement does not see it.
    Seen,
    /// No transaction but this one has it, or can have it again.
    ForGood,
}

/// Whether there is such a role.
pub fn is_role(role: u32, certainty: Certainty) -> bool {
    match certainty {
        Certainty::Seen => is_cached(pg_sys::SysCacheIdentifier::AUTHOID, role),
        Certainty::ForGood => is_there(
            pg_sys::AuthIdRelationId,
            pg_sys::AuthIdOidIndexId,
            pg_sys::Anum_pg_authid_oid,
            role,
        ),
    }
}

/// Whether there is such a database.
pub fn is_database(database: u32, certainty: Certainty) -> bool {
    match certainty {
        Certainty::Seen => is_cached(pg_sys::SysCacheIdentifier::DATABASEOID, database),
        Certainty::ForGood => is_there(
            pg_sys::DatabaseRelationId,
            pg_sys::DatabaseOidIndexId,
            pg_sys::Anum_pg_database_oid,
            database,
        ),
    }
}

fn is_cached(cache: pg_sys::SysCacheIdentifier::Type, oid: u32) -> bool {
    let cache = i32::try_from(cache).expect("one of a hundred");
    let nothing = pg_sys::Datum::from(0);
    let key = pg_sys::Datum::from(pg_sys::Oid::from(oid));
    // SAFETY: a catalog look-up in a transaction.
    unsafe { pg_sys::SearchSysCacheExists(cache, key, nothing, nothing, nothing) }
}

/// Whether the catalog has such a row, one that another transaction has inserted or deleted and not
/// committed included.
fn is_there(catalog: pg_sys::Oid, index: u32, column: u32, oid: u32) -> bool {
    let lock = i32::try_from(pg_sys::AccessShareLock).expect("one of eight");
    let key = pg_sys::Datum::from(pg_sys::Oid::from(oid));
    let mut dirty = pg_sys::SnapshotData {
        snapshot_type: pg_sys::SnapshotType::SNAPSHOT_DIRTY,
        ..Default::default()
    };
    let mut scan_key = pg_sys::ScanKeyData::default();
    // SAFETY: a shared catalog and the index of its oids; key and snapshot outlive the scan.
    unsafe {
        let equals = pg_sys::Oid::from(pg_sys::F_OIDEQ);
        let column = i16::try_from(column).expect("the number of a catalog's column");
        let strategy = u16::try_from(pg_sys::BTEqualStrategyNumber).expect("one of five");
        pg_sys::ScanKeyInit(&mut scan_key, column, strategy, equals, key);
        let table = pg_sys::table_open(catalog, lock);
        let index = pg_sys::Oid::from(index);
        let scan = pg_sys::systable_beginscan(table, index, true, &mut dirty, 1, &mut scan_key);
        let is_there = !pg_sys::systable_getnext(scan).is_null();
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(table, lock);
        is_there
    }
}

/// Whether this transaction has a number of its own, which it needs to write.
pub fn has_written() -> bool {
    // SAFETY: reads backend-local variables.
    unsafe { pg_sys::GetTopTransactionIdIfAny() != pg_sys::InvalidTransactionId }
}

/// Likewise.
pub fn database_name(database: u32) -> String {
    // SAFETY: a catalog look-up in a transaction that returns null rather than raise.
    let name = unsafe { pg_sys::get_database_name(pg_sys::Oid::from(database)) };
    // SAFETY: null or NUL-terminated.
    unsafe { name_or(name, database) }
}

/// # Safety
/// `name` is null, or NUL-terminated and in the database's encoding.
unsafe fn name_or(name: *const std::ffi::c_char, number: u32) -> String {
    if name.is_null() {
        return number.to_string();
    }
    // SAFETY: the caller's promise.
    super::encoding::heard(unsafe { CStr::from_ptr(name) }.to_bytes())
}

/// Whether the current role may end what `role` has begun: by the rules of pg_cancel_backend.
pub fn may_end(role: u32) -> bool {
    let (me, whose) = (pg_sys::Oid::from(current_role()), pg_sys::Oid::from(role));
    // SAFETY: catalog look-ups in a transaction.
    unsafe {
        if pg_sys::superuser_arg(whose) {
            return pg_sys::superuser();
        }
        pg_sys::has_privs_of_role(me, whose)
            || pg_sys::has_privs_of_role(me, pg_sys::Oid::from(pg_sys::ROLE_PG_SIGNAL_BACKEND))
    }
}

unsafe extern "C-unwind" {
    // utils/timeout.h, which pgrx has no bindings for.
    fn get_timeout_finish_time(id: std::ffi::c_int) -> pg_sys::TimestampTz;
}

/// PostgreSQL's STATEMENT_TIMEOUT.
const STATEMENT_TIMEOUT: std::ffi::c_int = 3;

/// Whether the statement has run longer than `statement_timeout`.
pub fn statement_is_late() -> bool {
    // SAFETY: a setting, a clock, and a table that PostgreSQL keeps of its own timeouts.
    unsafe {
        pg_sys::StatementTimeout > 0
            && get_timeout_finish_time(STATEMENT_TIMEOUT) <= pg_sys::GetCurrentTimestamp()
    }
}

/// Whether this is a standby, or still recovers.
pub fn is_in_recovery() -> bool {
    // SAFETY: reads shared memory.
    unsafe { pg_sys::RecoveryInProgress() }
}

/// Raises what is pending: cancel, terminate, timeouts, and that the system has refused memory.
pub fn check_interrupts() {
    pgrx::check_for_interrupts!();
    super::shortage::check();
}

/// The client's socket, None where there is no client (a background worker).
pub fn client_socket() -> Option<BorrowedFd<'static>> {
    // SAFETY: `sock` is the first member of Port in every supported version; the port lives as
    // long as the process, and so does its socket.
    unsafe {
        let port = pg_sys::MyProcPort;
        if port.is_null() {
            return None;
        }
        let socket = port.cast::<std::ffi::c_int>().read();
        (socket >= 0).then(|| BorrowedFd::borrow_raw(socket))
    }
}

/// Notes that the client is gone, as PostgreSQL's own check would: the next
/// [`check_interrupts`] ends the session.
pub fn client_is_lost() {
    // SAFETY: the two flags that ProcessInterrupts reads; sig_atomic_t, single thread.
    unsafe {
        pg_sys::ClientConnectionLost = 1;
        pg_sys::InterruptPending = 1;
    }
}
