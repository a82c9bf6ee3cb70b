//! The C functions that SQL calls, made of their bodies: `sql_functions` is the table of them.
//!
//! Written out instead of `#[pg_extern]`, because an error is raised whole by a longjmp, which must
//! start from a frame that owns nothing.

use super::arguments::Arguments;
use super::caught::catch;
use super::guard::{Thrown, throw};
use super::output::{self, Output};
use super::report::raw;
use super::result_set::ResultSet;
use super::shortage;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::pgrx_extern_c_guard;

/// Of each function its kind ([`rows`], [`value`] or [`inout`]), its name, that of the proof of its
/// calling convention, and its body.
macro_rules! sql_functions {
    ($($(#[$doc:meta])* $kind:ident $name:ident, $finfo:ident = $body:expr;)*) => {$(
        /// PostgreSQL's proof that the function follows its version-1 calling convention.
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub extern "C-unwind" fn $finfo() -> &'static pgrx::pg_sys::Pg_finfo_record {
            &$crate::pg::entry::FINFO
        }

        $(#[$doc])*
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(
            fcinfo: pgrx::pg_sys::FunctionCallInfo,
        ) -> pgrx::pg_sys::Datum {
            // SAFETY: PostgreSQL calls with the call's own fcinfo; this is the outermost frame.
            unsafe { $crate::pg::entry::$kind(fcinfo, $body) }
        }
    )*};
}
pub(crate) use sql_functions;

pub static FINFO: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };

/// What a function does that returns one value.
pub type Body<T, E> = fn(Arguments) -> Result<T, E>;

/// A function that returns a set of records.
///
/// # Safety
/// `fcinfo` is that of the function call in progress, and the caller is the outermost frame.
pub unsafe fn rows<E: Into<Thrown>>(
    fcinfo: pg_sys::FunctionCallInfo,
    body: fn(Arguments, &mut ResultSet) -> Result<(), E>,
) -> pg_sys::Datum {
    // SAFETY: the caller's promise.
    unsafe {
        guarded::<Thrown>(|| {
            let rows = ResultSet::new(fcinfo);
            let mut rows = rows.map_err(|report| Thrown::New(raw(&report, None)))?;
            body(Arguments::new(fcinfo), &mut rows).map_err(E::into)?;
            // A set-returning function in materialize mode returns a NULL datum.
            (*fcinfo).isnull = true;
            Ok(pg_sys::Datum::from(0))
        })
    }
}

/// A function that returns a boolean, which nobody looks at if it is declared to return void.
///
/// # Safety
/// As [`rows`].
pub unsafe fn value<E: Into<Thrown>>(
    fcinfo: pg_sys::FunctionCallInfo,
    body: Body<bool, E>,
) -> pg_sys::Datum {
    // SAFETY: the caller's promise.
    unsafe { guarded(|| body(Arguments::new(fcinfo)).map(pg_sys::Datum::from)) }
}

/// A procedure with two INOUT arguments: a jsonb, in the place that stands before the body, and a
/// refcursor.
///
/// # Safety
/// As [`rows`]; SQL declares such arguments.
pub unsafe fn inout<E: Into<Thrown>>(
    fcinfo: pg_sys::FunctionCallInfo,
    (params, body): (usize, Body<Output, E>),
) -> pg_sys::Datum {
    // SAFETY: the caller's promise.
    unsafe {
        guarded::<E>(|| {
            // After a COMMIT of the procedure that calls there may be none.
            pg_sys::EnsurePortalSnapshotExists();
            let output = body(Arguments::new(fcinfo))?;
            Ok(output::record(fcinfo, params, output))
        })
    }
}

/// Runs a function's body and raises what it fails with.
///
/// # Safety
/// `body` has captured nothing with a destructor, and this is called by the outermost frame of a C
/// function, which owns nothing.
unsafe fn guarded<E: Into<Thrown>>(
    body: impl FnOnce() -> Result<pg_sys::Datum, E>,
) -> pg_sys::Datum {
    // SAFETY: the closure's frames own their things and are gone when the guard returns.
    let (thrown, datum) = unsafe { pgrx_extern_c_guard(|| outcome(body)) };
    // SAFETY: made in this call's memory; this frame owns nothing.
    unsafe { throw(thrown) };
    datum
}

/// Runs a function's body and keeps what it ends in.
fn outcome<E: Into<Thrown>>(
    body: impl FnOnce() -> Result<pg_sys::Datum, E>,
) -> (Thrown, pg_sys::Datum) {
    let body = || {
        shortage::take_ballast();
        let outcome = body();
        if outcome.is_ok() {
            // No success without the memory that it stands on.
            shortage::check();
        }
        outcome
    };
    let thrown = match catch(body) {
        Ok(Ok(datum)) => return (Thrown::Nothing, datum),
        Ok(Err(error)) => error.into(),
        Err(caught) => caught.into_thrown(),
    };
    (thrown, pg_sys::Datum::from(0))
}
