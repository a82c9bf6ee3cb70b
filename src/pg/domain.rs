//! A domain's own rules for values that were built as its base type.

use pgrx::pg_sys;
use pgrx::pg_sys::Datum;

pub struct Domain {
    oid: pg_sys::Oid,
    /// What PostgreSQL remembers between checks, in the context of the call.
    memory: *mut std::ffi::c_void,
    context: pg_sys::MemoryContext,
}

impl Domain {
    pub fn of(oid: u32) -> Self {
        Domain {
            oid: pg_sys::Oid::from(oid),
            memory: std::ptr::null_mut(),
            // SAFETY: reads a global; it is the call's context, which outlives this.
            context: unsafe { pg_sys::CurrentMemoryContext },
        }
    }

    /// Raises PostgreSQL's own error where the domain refuses the value.
    pub fn check(&mut self, value: Option<Datum>) {
        // SAFETY: a value of the domain's base type.
        unsafe {
            pg_sys::domain_check(
                value.unwrap_or(Datum::from(0)),
                value.is_none(),
                self.oid,
                &mut self.memory,
                self.context,
            );
        }
    }
}
