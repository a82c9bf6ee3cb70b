//! The input query: prepared, checked to be one statement that only reads, executed.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::at_names::AtNames;
use super::descriptor::{Column, columns};
use super::guard::{PgError, catch};
use super::named::NamedRelations;
use super::parameters::{NulInParameter, Parameters};
use super::receiver::{Sink, Snapshot, execute};
use super::references::References;
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use pgrx::pg_sys;
use std::ffi::CStr;

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

/// How a query will be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// To its end: the plan may be parallel.
    Whole,
    /// By a portal.
    #[cfg_attr(
        not(debug_assertions),
        allow(dead_code, reason = "only tests read so yet")
    )]
    InPieces,
}

/// Why a query cannot be prepared.
#[derive(Debug)]
pub enum PrepareError {
    /// PostgreSQL's own error.
    Query(PgError),
    Unfit(QueryError),
}

impl From<QueryError> for PrepareError {
    fn from(error: QueryError) -> Self {
        PrepareError::Unfit(error)
    }
}

/// A query that is none for a script.
#[derive(Debug)]
pub enum QueryError {
    /// No statement, or more than one.
    Statements(usize),
    /// Not a statement that only reads; the command's tag.
    NotReading(String),
    /// The text holds a NUL byte.
    Nul,
    /// A parameter that the query refers to does.
    Parameter(NulInParameter),
}

impl Fault for QueryError {
    fn report(&self) -> Report {
        let new = |code, message| Report::new(code, Outcome::Input, message);
        match self {
            QueryError::Statements(count) => new(
                SqlState::SYNTAX_ERROR,
                match count {
                    0 => "input_data_1 holds no statement".to_owned(),
                    count => format!("input_data_1 must be one statement, not {count}"),
                },
            ),
            QueryError::NotReading(tag) => new(
                SqlState::FEATURE_NOT_SUPPORTED,
                match tag.as_str() {
                    "SELECT" => "input_data_1 must only read: this query changes data or locks rows".to_owned(),
                    tag => format!("input_data_1 must be a query that only reads, not {tag}"),
                },
            )
            .set_hint("Use SELECT, VALUES, TABLE or WITH … SELECT, without data-modifying parts and row locks."),
            QueryError::Nul => new(
                SqlState::CHARACTER_NOT_IN_REPERTOIRE,
                "input_data_1 contains a NUL character".to_owned(),
            ),
            QueryError::Parameter(NulInParameter(name)) => new(
                SqlState::CHARACTER_NOT_IN_REPERTOIRE,
                format!("parameter \"{name}\" contains a NUL character, which input_data_1 cannot use"),
            ),
        }
    }
}

unsafe extern "C-unwind" {
    // Without pgrx's guard: `catch` keeps the whole error.
    fn SPI_prepare_extended(
        src: *const std::ffi::c_char,
        options: *const pg_sys::SPIPrepareOptions,
    ) -> pg_sys::SPIPlanPtr;
}

/// A query that has been parsed, analysed and permission-checked by PostgreSQL.
pub struct InputQuery<'a> {
    plan: pg_sys::SPIPlanPtr,
    columns: Vec<Column>,
    values: pg_sys::ParamListInfo,
    // The plan's parser asks for them again if it has to be made anew.
    _references: Box<References<'a>>,
}

impl<'a> InputQuery<'a> {
    /// `text` in UTF-8, with `params.name` or `@name` for each of the parameters; `relations`: what it can
    /// read beside the catalog's.
    pub fn prepare(
        _session: &Session,
        text: &str,
        parameters: &'a Parameters<'a>,
        relations: NamedRelations,
        reading: Reading,
    ) -> Result<Self, PrepareError> {
        let text = super::encoding::c_string(text).ok_or(QueryError::Nul)?;
        let references = Box::new(References {
            parameters,
            at_names: AtNames::find(text, parameters)?,
            relations,
        });
        let written = references.at_names.text();
        let replaced = references.at_names.replaced();
        let parsed = replaced.as_deref().unwrap_or(written);
        let options = references.prepare_options(match reading {
            Reading::Whole => pg_sys::CURSOR_OPT_PARALLEL_OK,
            Reading::InPieces => 0,
        });
        let source = parsed.as_ptr();
        // SAFETY: the closure owns nothing; SPI is connected by the session; the parser's hook
        // turns its own panics into errors.
        let plan =
            unsafe { catch(|| SPI_prepare_extended(source, &options)) }.map_err(|error| {
                PrepareError::Query(references.at_names.shown(error.show(written, parsed)))
            })?;
        if plan.is_null() {
            // SPI refuses COPY and transaction commands by a code, not an error.
            return Err(QueryError::NotReading("utility".into()).into());
        }
        // SAFETY: a valid plan of this session.
        let columns = unsafe { check(plan) }?;
        if replaced.is_some() {
            // SAFETY: the plan was just checked, and was made of a text that is as long.
            unsafe { show(plan, written) };
        }
        // SAFETY: the plan was just checked.
        unsafe { plan_and_permit(plan, relations) }.map_err(PrepareError::Query)?;
        let values = parameters.values().map_err(QueryError::Parameter)?;
        Ok(InputQuery {
            plan,
            columns,
            values,
            _references: references,
        })
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The plan of one SELECT, and the values of its parameters.
    #[cfg_attr(not(debug_assertions), allow(dead_code, reason = "for portals"))]
    pub(super) fn plan(&self) -> (pg_sys::SPIPlanPtr, pg_sys::ParamListInfo) {
        (self.plan, self.values)
    }

    /// Runs the query in the caller's transaction, each row into `sink`.
    pub fn run(&self, snapshot: Snapshot, sink: &mut Sink<'_>) -> Result<(), PgError> {
        // SAFETY: the plan was checked to be one SELECT and its session is still connected; the
        // values were made for it.
        unsafe { execute(self.plan, self.values, snapshot, sink) }
    }
}

/// Lets the plan show the text that was written: in errors, and to whom the executor shows it.
///
/// # Safety
/// `plan` is of one statement, and its text is as long as `written`.
unsafe fn show(plan: pg_sys::SPIPlanPtr, written: &CStr) {
    // SAFETY: the source's own copy of the text (CreateCachedPlan), which nothing else uses yet.
    unsafe {
        let sources = pg_sys::SPI_plan_get_plan_sources(plan);
        let source: *mut pg_sys::CachedPlanSource = pg_sys::list_nth(sources, 0).cast();
        let text = (*source).query_string.cast_mut();
        std::ptr::copy_nonoverlapping(written.as_ptr(), text, written.count_bytes());
    }
}

/// The columns of a plan that is one reading statement.
///
/// # Safety
/// `plan` is valid and its SPI session connected.
unsafe fn check(plan: pg_sys::SPIPlanPtr) -> Result<Vec<Column>, QueryError> {
    // SAFETY: the list and its sources belong to the plan.
    unsafe {
        let sources = pg_sys::SPI_plan_get_plan_sources(plan);
        let count = if sources.is_null() {
            0
        } else {
            (*sources).length as usize
        };
        if count != 1 {
            return Err(QueryError::Statements(count));
        }
        let source: *mut pg_sys::CachedPlanSource = pg_sys::list_nth(sources, 0).cast();
        if !reads_only((*source).query_list) || (*source).resultDesc.is_null() {
            let tag = CStr::from_ptr(pg_sys::GetCommandTagName((*source).commandTag));
            return Err(QueryError::NotReading(super::encoding::heard(
                tag.to_bytes(),
            )));
        }
        Ok(columns((*source).resultDesc))
    }
}

unsafe extern "C-unwind" {
    // Without pgrx's guard: `catch` keeps the whole error.
    fn SPI_plan_get_cached_plan(plan: pg_sys::SPIPlanPtr) -> *mut pg_sys::CachedPlan;
    fn ReleaseCachedPlan(plan: *mut pg_sys::CachedPlan, owner: pg_sys::ResourceOwner);
    #[cfg(feature = "pg15")]
    fn ExecCheckRTPerms(range_table: *mut pg_sys::List, raise: bool) -> bool;
    #[cfg(not(feature = "pg15"))]
    fn ExecCheckPermissions(
        range_table: *mut pg_sys::List,
        permissions: *mut pg_sys::List,
        raise: bool,
    ) -> bool;
}

/// Plans the query and checks its permissions, which executing it would do again: an error in
/// either shall not cost a satellite. Without parameters the plan made here is the one executed.
///
/// # Safety
/// `plan` is of one SELECT and its SPI session connected.
unsafe fn plan_and_permit(
    plan: pg_sys::SPIPlanPtr,
    relations: NamedRelations,
) -> Result<(), PgError> {
    // SAFETY: the closure owns nothing. The cached plan is referenced until it is released; after
    // an error it goes with the session.
    unsafe {
        catch(|| {
            let cached = SPI_plan_get_cached_plan(plan);
            if cached.is_null() {
                return;
            }
            let statements = (*cached).stmt_list;
            let statement: *mut pg_sys::PlannedStmt = (*(*statements).elements).ptr_value.cast();
            relations.register(statement);
            #[cfg(feature = "pg15")]
            ExecCheckRTPerms((*statement).rtable, true);
            #[cfg(not(feature = "pg15"))]
            ExecCheckPermissions((*statement).rtable, (*statement).permInfos, true);
            ReleaseCachedPlan(cached, std::ptr::null_mut());
        })
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
