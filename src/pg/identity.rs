//! In whose name a call runs, where that can differ: the role that logged in, the session's
//! (SET SESSION AUTHORIZATION), the one that it SET, and the current user, which is the owner inside a
//! SECURITY DEFINER function and in maintenance commands.

use super::server::current_role;
use pgrx::pg_sys;

/// session_user
pub fn session_role() -> u32 {
    // SAFETY: reads a backend-local variable.
    unsafe { pg_sys::GetSessionUserId() }.to_u32()
}

/// The role that logged in: its stored settings are those that the session began with.
pub fn login_role() -> u32 {
    // SAFETY: reads a backend-local variable.
    unsafe { pg_sys::GetAuthenticatedUserId() }.to_u32()
}

/// The session's role, or the one that it SET.
pub fn outer_role() -> u32 {
    // SAFETY: reads a backend-local variable.
    unsafe { pg_sys::GetOuterUserId() }.to_u32()
}

/// The roles in whose name a call is made and whose stored settings are not the session's; the
/// current user, if it is one of them, is the last.
pub fn other_roles() -> Vec<u32> {
    let mut others = Vec::new();
    let login = login_role();
    for role in [session_role(), outer_role(), current_role()] {
        if role != login {
            others.retain(|known| *known != role);
            others.push(role);
        }
    }
    others
}

/// Whether an object's owner has made a command of somebody else's run this: an index's, a statistic's
/// or a materialized view's expression in ANALYZE, REINDEX, REFRESH, an autovacuum.
///
/// The owner's own command is fine. Not so, whoever runs it, what the expression does in a SECURITY
/// DEFINER function: that has another current user, who can be the one that runs the command.
pub fn serves_another() -> bool {
    // SAFETY: reads backend-local variables.
    unsafe {
        pg_sys::InSecurityRestrictedOperation()
            && (pg_sys::GetUserId() != pg_sys::GetOuterUserId() || pg_sys::InLocalUserIdChange())
    }
}

/// Whether the process works for another one's query.
pub fn is_parallel_worker() -> bool {
    // SAFETY: reads a backend-local variable.
    unsafe { pg_sys::ParallelWorkerNumber >= 0 }
}
