//! Values that a SECURITY DEFINER function's own SET clause has set: they hold as they are for what the
//! function does.
//!
//! guc.c tells a hook neither that it runs for such a clause nor for which function. But a clause alone
//! saves a value (GUC_SAVE) when it sets another, and it is set after the user has changed. So a check
//! hook notes the current user and how many values are saved, and with it the value: if one more is
//! saved while the value is in force, the clause has set it. What SET, SET LOCAL or set_config() set
//! inside the function has found the value saved already, or ends that it is.

use super::record;
use pgrx::pg_sys;
use std::ffi::CStr;

/// Where and for whom an authorised role has set a value.
#[derive(Clone, Copy)]
pub struct Clause {
    role: pg_sys::Oid,
    saved: usize,
}

impl Clause {
    /// For a check hook of a value that may be a clause's.
    pub fn noted(name: &CStr) -> Option<Self> {
        // SAFETY: reads backend-local variables.
        unsafe { pg_sys::InLocalUserIdChange() }.then(|| Clause {
            // SAFETY: reads a backend-local variable.
            role: unsafe { pg_sys::GetUserId() },
            saved: saved(name),
        })
    }

    /// Of a value that is in force: whether the clause of a function set it that runs as the current
    /// user.
    pub fn holds(self, name: &CStr) -> bool {
        // SAFETY: reads a backend-local variable.
        let role = unsafe { pg_sys::GetUserId() };
        role == self.role && saved(name) == self.saved + 1
    }
}

/// How many clauses' values of a setting are in force or wait to be so again.
fn saved(name: &CStr) -> usize {
    // SAFETY: null or guc.c's record, with its stack of values to come back.
    unsafe {
        let Some(record) = record::find(name).as_ref() else {
            return 0;
        };
        let mut count = 0;
        let mut entry = record.stack;
        while let Some(value) = entry.as_ref() {
            count += usize::from(value.state == pg_sys::GucStackState::GUC_SAVE);
            entry = value.prev;
        }
        count
    }
}
