//! Limits that are stored for a role or a database: superusers' business, with PostgreSQL's own
//! rules and messages.
//!
//! To PostgreSQL limits are anyone's to set ([`super::ceiling`]), and what is anyone's to set a role may
//! also RESET where it is stored for that role: no check hook is asked then. So while ALTER ROLE … SET
//! or RESET and ALTER DATABASE … SET or RESET run, limits are superusers' settings (PGC_SUSET).

use super::record::find;
use crate::pg::guard::{catch, throw};
use pgrx::pg_sys;
use std::ffi::{CStr, c_char};
use std::sync::OnceLock;

/// The settings in question, and whom else the server wants to run its utility statements.
struct Watch {
    limits: Vec<&'static CStr>,
    next: pg_sys::ProcessUtility_hook_type,
}

static WATCH: OnceLock<Watch> = OnceLock::new();

unsafe extern "C-unwind" {
    // Declared here without pgrx's guard: an error of the statement passes by as it is.
    fn standard_ProcessUtility(
        pstmt: *mut pg_sys::PlannedStmt,
        query: *const c_char,
        read_only_tree: bool,
        context: pg_sys::ProcessUtilityContext::Type,
        params: pg_sys::ParamListInfo,
        environment: *mut pg_sys::QueryEnvironment,
        dest: *mut pg_sys::DestReceiver,
        completion: *mut pg_sys::QueryCompletion,
    );
}

/// From now on, in this process and those that it forks.
pub fn watch(limits: Vec<&'static CStr>) {
    // SAFETY: this thread is the only one that reads and writes PostgreSQL's hooks.
    let next = unsafe { pg_sys::ProcessUtility_hook };
    if WATCH.set(Watch { limits, next }).is_ok() {
        // SAFETY: this thread is the only one that reads and writes PostgreSQL's hooks.
        unsafe { pg_sys::ProcessUtility_hook = Some(utility) };
    }
}

/// No value in this frame has a destructor: errors of the statement longjmp over it.
///
/// # Safety
/// As PostgreSQL calls the hook.
unsafe extern "C-unwind" fn utility(
    pstmt: *mut pg_sys::PlannedStmt,
    query: *const c_char,
    read_only_tree: bool,
    context: pg_sys::ProcessUtilityContext::Type,
    params: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
    dest: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    let run = || {
        let next = WATCH.get().and_then(|watch| watch.next);
        let next = next.unwrap_or(standard_ProcessUtility);
        // SAFETY: the caller's promise, passed on.
        unsafe {
            next(
                pstmt,
                query,
                read_only_tree,
                context,
                params,
                environment,
                dest,
                completion,
            )
        }
    };
    // SAFETY: a planned utility statement has its tree.
    if !stores_settings(unsafe { (*(*pstmt).utilityStmt).type_ }) {
        return run();
    }
    set_context(pg_sys::GucContext::PGC_SUSET);
    // SAFETY: one call into PostgreSQL, not guarded; nothing has a destructor.
    let result = unsafe { catch(run) };
    set_context(pg_sys::GucContext::PGC_USERSET);
    if let Err(error) = result {
        // SAFETY: caught just now; no frame below owns anything.
        unsafe { throw(error.into_thrown()) }
    }
}

fn stores_settings(statement: pg_sys::NodeTag) -> bool {
    matches!(
        statement,
        pg_sys::NodeTag::T_AlterRoleSetStmt | pg_sys::NodeTag::T_AlterDatabaseSetStmt
    )
}

fn set_context(context: pg_sys::GucContext::Type) {
    let limits = WATCH.get().map_or(&[][..], |watch| &watch.limits);
    for name in limits {
        // SAFETY: PostgreSQL's own record of the setting, which lives as long as the process.
        unsafe {
            if let Some(record) = find(name).as_mut() {
                record.context = context;
            }
        }
    }
}
