//! Settings that are stored for roles and databases (pg_db_role_setting): those that a session of the
//! role's would begin with.

use super::array::Elements;
use super::encoding::heard;
use super::server::my_database;
use pgrx::pg_sys;
use pgrx::pg_sys::Datum;
use std::ptr;

/// pg_db_role_setting and its only index; pgrx binds neither.
const TABLE: u32 = 2964;
const INDEX: u32 = 2965;
/// The columns, in their order: setdatabase, setrole, setconfig.
const COLUMNS: usize = 3;

/// One role's in this database, the most specific first.
pub struct RoleSettings(Vec<(String, String)>);

impl RoleSettings {
    /// As they are stored now.
    pub fn of(role: u32) -> Self {
        let database = my_database();
        // PostgreSQL's own order, the last word first; 0 is all of them.
        let places = [(database, role), (0, role), (database, 0), (0, 0)];
        let mut settings = Vec::new();
        // SAFETY: a scan of a catalog, opened and closed here; an error on the way unwinds, and
        // PostgreSQL closes both.
        unsafe {
            let table = pg_sys::table_open(TABLE.into(), pg_sys::AccessShareLock as i32);
            for (database, role) in places {
                read(table, database, role, &mut settings);
            }
            pg_sys::table_close(table, pg_sys::AccessShareLock as i32);
        }
        RoleSettings(settings)
    }

    /// What is stored for the setting, the most specific first.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = move |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.0
            .iter()
            .filter(of_name)
            .map(|(_, value)| value.as_str())
    }
}

/// Appends what is stored for that pair.
///
/// # Safety
/// `table` is pg_db_role_setting, opened.
unsafe fn read(
    table: pg_sys::Relation,
    database: u32,
    role: u32,
    settings: &mut Vec<(String, String)>,
) {
    let mut keys = [pg_sys::ScanKeyData::default(); 2];
    // SAFETY: the index's two columns, of type oid; the scan ends before the keys go.
    unsafe {
        for (key, (column, value)) in keys.iter_mut().zip([(1, database), (2, role)]) {
            pg_sys::ScanKeyInit(
                key,
                column,
                pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber,
                pg_sys::F_OIDEQ.into(),
                Datum::from(pg_sys::Oid::from(value)),
            );
        }
        let scan = pg_sys::systable_beginscan(
            table,
            INDEX.into(),
            true,
            ptr::null_mut(),
            2,
            keys.as_mut_ptr(),
        );
        // There is at most one.
        let tuple = pg_sys::systable_getnext(scan);
        if !tuple.is_null() {
            let mut values = [Datum::from(0); COLUMNS];
            let mut nulls = [true; COLUMNS];
            pg_sys::heap_deform_tuple(
                tuple,
                (*table).rd_att,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            if !nulls[2] {
                settings.extend(pairs(values[2]));
            }
        }
        pg_sys::systable_endscan(scan);
    }
}

/// The elements of setconfig, `name=value` each.
fn pairs(array: Datum) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let read = Elements::of(pg_sys::TEXTOID.to_u32()).read(array, |row, count, _| {
        for place in (0..count).filter(|place| !row.is_null(*place)) {
            let text = row.varlena(place, heard);
            if let Some((name, value)) = text.split_once('=') {
                pairs.push((name.to_owned(), value.to_owned()));
            }
        }
    });
    debug_assert!(read.is_ok(), "setconfig is a list");
    pairs
}
