//! Where one group of sorted rows ends and the next begins.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
#![cfg_attr(
    not(debug_assertions),
    allow(dead_code, reason = "input in pieces has no caller yet but tests")
)]

use super::array::Elements;
use super::memory::{Home, RowMemory};
use super::row::Row;
use pgrx::pg_sys;

/// Columns by whose values rows are grouped, and the group of the last row.
pub struct Grouping {
    keys: Vec<GroupKey>,
    /// Of the last group's values.
    home: Home,
    /// What comparing leaves behind.
    memory: RowMemory,
    has_begun: bool,
}

struct GroupKey {
    column: usize,
    /// The type's `=`; it lives as long as the session.
    equal: *mut pg_sys::FmgrInfo,
    collation: pg_sys::Oid,
    values: Elements,
    /// None: NULL.
    last: Option<pg_sys::Datum>,
}

/// A type without an equality operator; its oid.
#[derive(Debug, PartialEq, Eq)]
pub struct NoEquality(pub u32);

impl Grouping {
    /// By these columns, each with its type's oid.
    pub fn by(columns: impl Iterator<Item = (usize, u32)>) -> Result<Self, NoEquality> {
        let key = |(column, type_oid)| {
            // SAFETY: a catalog look-up; the entry stays in the session's cache.
            let entry = unsafe {
                let flags = pg_sys::TYPECACHE_EQ_OPR_FINFO as i32;
                &mut *pg_sys::lookup_type_cache(pg_sys::Oid::from(type_oid), flags)
            };
            if entry.eq_opr_finfo.fn_oid == pg_sys::InvalidOid {
                return Err(NoEquality(type_oid));
            }
            Ok(GroupKey {
                column,
                equal: &raw mut entry.eq_opr_finfo,
                collation: entry.typcollation,
                values: Elements::of(type_oid),
                last: None,
            })
        };
        Ok(Grouping {
            keys: columns.map(key).collect::<Result<_, _>>()?,
            home: Home::new(),
            memory: RowMemory::new(),
            has_begun: false,
        })
    }

    /// Whether a group has ended before this row.
    pub fn begins(&mut self, row: Row<'_>) -> bool {
        let is_same = self.has_begun
            && self
                .memory
                .within(|| self.keys.iter().all(|key| key.is_as_before(row)));
        if is_same {
            return false;
        }
        for key in &mut self.keys {
            key.last = None;
        }
        // SAFETY: the last values, which lived there, have just been forgotten.
        unsafe { self.home.empty() };
        let _here = self.home.enter();
        for key in &mut self.keys {
            if !row.is_null(key.column) {
                let value = row.values()[key.column];
                key.last = Some(key.values.copy(value));
            }
        }
        std::mem::replace(&mut self.has_begun, true)
    }
}

impl GroupKey {
    fn is_as_before(&self, row: Row<'_>) -> bool {
        match (self.last, row.is_null(self.column)) {
            (None, is_null) => is_null,
            (Some(_), true) => false,
            (Some(last), false) => {
                let value = row.values()[self.column];
                // SAFETY: two values of the type whose equality this is.
                let same =
                    unsafe { pg_sys::FunctionCall2Coll(self.equal, self.collation, last, value) };
                same.value() != 0
            }
        }
    }
}
