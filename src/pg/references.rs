//! References to a call's parameters in its input query: `params.name`, and T-SQL's `@name`.
//!
//! The parser asks [`resolve`] about every column reference, as it asks PL/pgSQL about its
//! variables. What is a column of the query stays one; nothing is ever spliced into the text.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::at_names::AtNames;
use super::guard::{Thrown, throw};
use super::named::NamedRelations;
use super::parameters::{Found, Parameters};
use super::report::raw;
use launchpad_fault::{Outcome, Report, SqlState};
use pgrx::pg_sys;
use pgrx::pg_sys::panic::pgrx_extern_c_guard;
use pgrx::prelude::*;
use std::ffi::CStr;

/// What the parameters' qualifier is called in the query.
const QUALIFIER: &CStr = c"params";

/// What the parser of one query asks.
pub struct References<'a> {
    pub parameters: &'a Parameters<'a>,
    pub at_names: AtNames,
    pub relations: NamedRelations,
}

impl References<'_> {
    /// What SPI prepares a query with, so that the parser asks here. They must stay where they are as
    /// long as the plan is used.
    pub fn prepare_options(&self, cursor_options: u32) -> pg_sys::SPIPrepareOptions {
        pg_sys::SPIPrepareOptions {
            parserSetup: Some(set_up),
            parserSetupArg: (&raw const *self).cast_mut().cast(),
            parseMode: pg_sys::RawParseMode::RAW_PARSE_DEFAULT,
            cursorOptions: cursor_options.cast_signed(),
        }
    }
}

unsafe extern "C-unwind" {
    // Without pgrx's guard, which would undo what it does: it puts a callback on the error stack.
    fn setup_parser_errposition_callback(
        callback: *mut pg_sys::ParseCallbackState,
        state: *mut pg_sys::ParseState,
        location: std::ffi::c_int,
    );
}

#[pg_guard]
unsafe extern "C-unwind" fn set_up(state: *mut pg_sys::ParseState, arg: *mut std::ffi::c_void) {
    // SAFETY: the parser's own state, before it starts.
    unsafe {
        (*state).p_post_columnref_hook = Some(resolve);
        (*state).p_paramref_hook = Some(resolve_symbol);
        (*state).p_ref_hook_state = arg;
        let references: *const References<'_> = arg.cast();
        (*references).relations.lend(state);
    }
}

/// The parser's question about a column reference; null leaves it as it is.
unsafe extern "C-unwind" fn resolve(
    state: *mut pg_sys::ParseState,
    reference: *mut pg_sys::ColumnRef,
    column: *mut pg_sys::Node,
) -> *mut pg_sys::Node {
    if !column.is_null() {
        // A column that PostgreSQL found by itself hides a parameter.
        return std::ptr::null_mut();
    }
    // SAFETY: the parser's own nodes, as it passed them; this frame owns nothing.
    unsafe {
        let answer = pgrx_extern_c_guard(|| match name_of((*reference).fields) {
            Some(name) => look_up(state, &name, (*reference).location),
            None => Ok(std::ptr::null_mut()),
        });
        node_or_error(answer, state, (*reference).location)
    }
}

/// The parser's question about a `$n`: ours stand where the text has an `@name`.
unsafe extern "C-unwind" fn resolve_symbol(
    state: *mut pg_sys::ParseState,
    symbol: *mut pg_sys::ParamRef,
) -> *mut pg_sys::Node {
    // SAFETY: the parser's own nodes, as it passed them; this frame owns nothing.
    unsafe {
        let answer = pgrx_extern_c_guard(|| {
            let references: &References<'_> = &*(*state).p_ref_hook_state.cast();
            match references.at_names.at((*symbol).location) {
                Some(name) => look_up(state, &super::encoding::text(name), (*symbol).location),
                None => Ok(std::ptr::null_mut()),
            }
        });
        node_or_error(answer, state, (*symbol).location)
    }
}

/// What stands for a reference: null for nothing of ours; or the error that it is, and memory of the parser's
/// current context for the callback that adds its position.
type Answer = Result<*mut pg_sys::Node, (Thrown, *mut pg_sys::ParseCallbackState)>;

/// # Safety
/// `state` is the parser's; the caller's frame owns nothing.
unsafe fn node_or_error(
    answer: Answer,
    state: *mut pg_sys::ParseState,
    location: i32,
) -> *mut pg_sys::Node {
    answer.unwrap_or_else(|(problem, callback)| {
        // SAFETY: this frame owns nothing. The callback lives in the parser's memory; raising
        // resets the stack that it is put on.
        unsafe {
            setup_parser_errposition_callback(callback, state, location);
            throw(problem);
        }
        std::ptr::null_mut()
    })
}

/// What stands for the parameter of that name.
///
/// # Safety
/// `state` is the parser's, with the references of `prepare_options`.
unsafe fn look_up(state: *mut pg_sys::ParseState, name: &str, location: i32) -> Answer {
    super::server::check_interrupts();
    // SAFETY: the caller's promise.
    let references: &References<'_> = unsafe { &*(*state).p_ref_hook_state.cast() };
    let parameters = references.parameters;
    let problem = match parameters.find(name) {
        Found::One(index) => return Ok(parameters.node(index, location)),
        // SAFETY: the parser's own state.
        Found::None if unsafe { has_relation(state, location) } => return Ok(std::ptr::null_mut()),
        Found::None => unknown(name, parameters),
        Found::Several(first, second) => ambiguous(name, first, second),
    };
    // SAFETY: memory for one; raises where there is none.
    let callback = unsafe { pg_sys::palloc0(size_of::<pg_sys::ParseCallbackState>()) };
    Err((Thrown::New(raw(&problem, None)), callback.cast()))
}

/// The name behind `params.`, UTF-8; None for any other reference.
///
/// # Safety
/// `fields` is the list of a ColumnRef.
unsafe fn name_of(fields: *mut pg_sys::List) -> Option<String> {
    // SAFETY: the caller's promise: a list of String and A_Star nodes.
    unsafe {
        if (*fields).length != 2 {
            return None;
        }
        let text = |index| {
            let node: *mut pg_sys::Node = pg_sys::list_nth(fields, index).cast();
            let node: *mut pg_sys::String = match (*node).type_ {
                pg_sys::NodeTag::T_String => node.cast(),
                _ => return None,
            };
            Some(CStr::from_ptr((*node).sval))
        };
        if text(0)? != QUALIFIER {
            return None;
        }
        Some(super::encoding::text(text(1)?.to_bytes()))
    }
}

/// Whether the query itself has a relation of the parameters' name: what is no column of it is
/// PostgreSQL's to report.
///
/// # Safety
/// `state` is the parser's.
unsafe fn has_relation(state: *mut pg_sys::ParseState, location: i32) -> bool {
    let mut levels_up = 0;
    // SAFETY: the caller's promise; only looks.
    let found = unsafe {
        pg_sys::refnameNamespaceItem(
            state,
            std::ptr::null(),
            QUALIFIER.as_ptr(),
            location,
            &mut levels_up,
        )
    };
    !found.is_null()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a few names, each of a few hundred bytes"
)]
fn unknown(name: &str, parameters: &Parameters<'_>) -> Report {
    /// So many are named.
    const SHOWN: usize = 20;
    let mut names: Vec<&str> = parameters.names().collect();
    if names.len() > SHOWN {
        names.truncate(SHOWN);
        names.push("…");
    }
    Report::new(
        SqlState::UNDEFINED_COLUMN,
        Outcome::Input,
        format!("parameter \"{name}\" does not exist"),
    )
    .set_detail(match names.is_empty() {
        true => "This call has no parameters.".into(),
        false => format!("This call's parameters: {}.", names.join(", ")),
    })
}

fn ambiguous(name: &str, first: &str, second: &str) -> Report {
    Report::new(
        SqlState::AMBIGUOUS_COLUMN,
        Outcome::Input,
        format!("parameter \"{name}\" is ambiguous"),
    )
    .set_detail(format!("It could be \"{first}\" or \"{second}\"."))
    .set_hint("Quote the name with its capitals: params.\"Name\".")
}
