//! The input query: prepared, checked to be one statement that only reads, executed.

use super::descriptor::{Column, columns};
use super::guard::{PgError, catch};
use super::receiver::{Sink, execute};
use pgrx::pg_sys;
use std::ffi::{CStr, CString};

/// A connected SPI session. [`Session::finish`] ends it; after an error PostgreSQL does.
pub struct Session(());

impl Session {
    pub fn connect() -> Self {
        // SAFETY: pairs with SPI_finish in finish, or with the transaction's clean-up.
        let code = unsafe { pg_sys::SPI_connect() };
        assert_eq!(code, pg_sys::SPI_OK_CONNECT as i32);
        Session(())
    }

    pub fn finish(self) {
        // SAFETY: connected by connect.
        unsafe { pg_sys::SPI_finish() };
    }
}

/// Why a query cannot be prepared.
#[derive(Debug)]
pub enum PrepareError {
    /// PostgreSQL's own error.
    Query(PgError),
    /// No statement, or more than one.
    Statements(usize),
    /// Not a statement that only reads; the command's tag.
    NotReading(String),
    /// The text holds a NUL byte.
    Nul,
}

unsafe extern "C-unwind" {
    // Without pgrx's guard: `catch` keeps the whole error.
    fn SPI_prepare_cursor(
        src: *const std::ffi::c_char,
        nargs: std::ffi::c_int,
        argtypes: *mut pg_sys::Oid,
        cursor_options: std::ffi::c_int,
    ) -> pg_sys::SPIPlanPtr;
}

/// A query that has been parsed, analysed and permission-checked by PostgreSQL.
pub struct InputQuery {
    plan: pg_sys::SPIPlanPtr,
    columns: Vec<Column>,
}

impl InputQuery {
    /// `text` in the database's encoding. It may use a parallel plan.
    pub fn prepare(_session: &Session, text: &str) -> Result<Self, PrepareError> {
        let text = CString::new(super::encoding::from_utf8(text.as_bytes()).into_owned())
            .map_err(|_| PrepareError::Nul)?;
        let source = text.as_ptr();
        let options = pg_sys::CURSOR_OPT_PARALLEL_OK as i32;
        // SAFETY: the closure owns nothing; SPI is connected by the session.
        let plan =
            unsafe { catch(|| SPI_prepare_cursor(source, 0, std::ptr::null_mut(), options)) }
                .map_err(PrepareError::Query)?;
        if plan.is_null() {
            // SPI refuses COPY and transaction commands by a code, not an error.
            return Err(PrepareError::NotReading("utility".to_owned()));
        }
        // SAFETY: a valid plan of this session.
        let columns = unsafe { check(plan) }?;
        Ok(InputQuery { plan, columns })
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Runs the query in the caller's transaction and snapshot, each row into `sink`.
    pub fn run(&self, sink: &mut Sink<'_>) -> Result<(), PgError> {
        // SAFETY: the plan was checked to be one SELECT and its session is still connected.
        unsafe { execute(self.plan, sink) }
    }
}

/// The columns of a plan that is one reading statement.
///
/// # Safety
/// `plan` is valid and its SPI session connected.
unsafe fn check(plan: pg_sys::SPIPlanPtr) -> Result<Vec<Column>, PrepareError> {
    // SAFETY: the list and its sources belong to the plan.
    unsafe {
        let sources = pg_sys::SPI_plan_get_plan_sources(plan);
        let count = if sources.is_null() {
            0
        } else {
            (*sources).length as usize
        };
        if count != 1 {
            return Err(PrepareError::Statements(count));
        }
        let source: *mut pg_sys::CachedPlanSource = pg_sys::list_nth(sources, 0).cast();
        if !reads_only((*source).query_list) || (*source).resultDesc.is_null() {
            let tag = CStr::from_ptr(pg_sys::GetCommandTagName((*source).commandTag));
            return Err(PrepareError::NotReading(tag.to_string_lossy().into_owned()));
        }
        Ok(columns((*source).resultDesc))
    }
}

/// # Safety
/// `queries` is a list of Query nodes.
unsafe fn reads_only(queries: *mut pg_sys::List) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        if queries.is_null() || (*queries).length != 1 {
            return false;
        }
        let query: *mut pg_sys::Query = pg_sys::list_nth(queries, 0).cast();
        (*query).commandType == pg_sys::CmdType::CMD_SELECT
            && !(*query).hasModifyingCTE
            && (*query).rowMarks.is_null()
            && (*query).utilityStmt.is_null()
    }
}
