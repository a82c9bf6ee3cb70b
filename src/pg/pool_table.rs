//! `launchpad.pool_definitions`, read as the catalogs are: without SPI and whatever the caller may
//! read, since what binds a role is no secret of its own to keep or to lack.

use super::encoding::heard;
use pgrx::pg_sys;
use std::ffi::CStr;
use std::ptr;

/// A row of the table; 0 and "" where there is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    pub max_cpu_percent: u32,
    pub max_memory_percent: u32,
    pub max_processes: u32,
    pub cpu_affinity: String,
    pub max_satellites: u32,
}

/// What became of a look-up.
pub enum Found {
    Pool(Definition),
    /// No such row.
    Nothing,
    /// The database's extension is older than the library, and has no such table.
    NoTable,
}

/// The columns, in their order.
const NAME: usize = 0;
const COLUMNS: usize = 6;

/// Whether the database has a schema of the extension's name, whoever made it.
pub fn schema_exists() -> bool {
    // SAFETY: a catalog look-up, which does not demand that it exists.
    unsafe { pg_sys::get_namespace_oid(c"launchpad".as_ptr(), true) != pg_sys::InvalidOid }
}

/// The definition of `name` that is committed, or this transaction's own.
pub fn find(name: &str) -> Found {
    // SAFETY: catalog look-ups, and a scan of a table of the extension's own that is opened and
    // closed here; an error on the way unwinds, and PostgreSQL closes both.
    unsafe {
        let schema = pg_sys::get_namespace_oid(c"launchpad".as_ptr(), true);
        let table = match schema {
            pg_sys::InvalidOid => pg_sys::InvalidOid,
            schema => pg_sys::get_relname_relid(c"pool_definitions".as_ptr(), schema),
        };
        if table == pg_sys::InvalidOid {
            return Found::NoTable;
        }
        let relation = pg_sys::table_open(table, pg_sys::AccessShareLock as i32);
        let scan = pg_sys::systable_beginscan(
            relation,
            pg_sys::InvalidOid,
            false,
            ptr::null_mut(),
            0,
            ptr::null_mut(),
        );
        let mut found = Found::Nothing;
        loop {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            if let Some(definition) = of_tuple(tuple, (*relation).rd_att, name) {
                found = Found::Pool(definition);
                break;
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        found
    }
}

/// The tuple's, if it is that of the pool `name`.
///
/// # Safety
/// A tuple of `launchpad.pool_definitions`, with its descriptor.
unsafe fn of_tuple(
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
    name: &str,
) -> Option<Definition> {
    let mut values = [pg_sys::Datum::from(0); COLUMNS];
    let mut nulls = [true; COLUMNS];
    // SAFETY: the table has these columns and no dropped ones, since it is the extension's: SQL of
    // another version that has more of them comes with another library.
    unsafe {
        if (*descriptor).natts as usize != COLUMNS {
            return None;
        }
        pg_sys::heap_deform_tuple(tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
    }
    let text = |column: usize| {
        // SAFETY: a value of type text, or name.
        let bytes = unsafe {
            if column == NAME {
                CStr::from_ptr(values[column].cast_mut_ptr()).to_bytes()
            } else {
                let value: *mut pg_sys::varlena =
                    pg_sys::pg_detoast_datum_packed(values[column].cast_mut_ptr());
                pgrx::varlena::varlena_to_byte_slice(value)
            }
        };
        heard(bytes)
    };
    let number = |column: usize| match nulls[column] {
        true => 0,
        false => (values[column].value() as i32).unsigned_abs(),
    };
    (!nulls[NAME] && text(NAME) == name).then(|| Definition {
        max_cpu_percent: number(1),
        max_memory_percent: number(2),
        max_processes: number(3),
        cpu_affinity: match nulls[4] {
            true => String::new(),
            false => text(4),
        },
        max_satellites: number(5),
    })
}
