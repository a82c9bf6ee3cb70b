//! Relations that a call's surroundings know by name: the transition tables of a trigger whose function
//! calls. SPI knows those of its own session only.

use pgrx::pg_sys;
use std::ffi::{c_char, c_int};

unsafe extern "C-unwind" {
    // Without pgrx's guard: called within `catch`.
    fn get_ENR(
        environment: *mut pg_sys::QueryEnvironment,
        name: *const c_char,
    ) -> pg_sys::EphemeralNamedRelation;
    fn SPI_register_relation(relation: pg_sys::EphemeralNamedRelation) -> c_int;
}

/// Those of the query that the call is a part of; they live as long as it runs.
#[derive(Debug, Clone, Copy)]
pub struct NamedRelations(*mut pg_sys::QueryEnvironment);

impl NamedRelations {
    pub const NONE: NamedRelations = NamedRelations(std::ptr::null_mut());

    /// # Safety
    /// `info` is that of the function call in progress.
    pub(super) unsafe fn around(info: *mut pg_sys::ReturnSetInfo) -> Self {
        // SAFETY: the caller's promise; the executor's own state, which outlives the call.
        unsafe {
            let context = (*info).econtext.as_ref();
            let state = context.and_then(|context| context.ecxt_estate.as_ref());
            state.map_or(NamedRelations::NONE, |state| {
                NamedRelations(state.es_queryEnv)
            })
        }
    }

    /// Lets a parser find them.
    ///
    /// # Safety
    /// `state` is the parser's own, before it starts.
    pub(super) unsafe fn lend(self, state: *mut pg_sys::ParseState) {
        if !self.0.is_null() {
            // SAFETY: the caller's promise.
            unsafe { (*state).p_queryEnv = self.0 };
        }
    }

    /// Lets SPI's executor find those that a statement reads.
    ///
    /// # Safety
    /// Within `catch`, in the session that runs the statement.
    pub(super) unsafe fn register(self, statement: *mut pg_sys::PlannedStmt) {
        if self.0.is_null() {
            return;
        }
        // SAFETY: the caller's promise; a planned statement has the entries of all its parts in one list.
        unsafe {
            let entries = (*statement).rtable;
            let count = entries.as_ref().map_or(0, |entries| entries.length);
            for at in 0..count {
                let entry: *mut pg_sys::RangeTblEntry = pg_sys::list_nth(entries, at).cast();
                if (*entry).rtekind == pg_sys::RTEKind::RTE_NAMEDTUPLESTORE {
                    let relation = get_ENR(self.0, (*entry).enrname);
                    if !relation.is_null() {
                        // One that is read twice is there already.
                        SPI_register_relation(relation);
                    }
                }
            }
        }
    }
}
