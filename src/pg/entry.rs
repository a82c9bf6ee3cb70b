//! The C functions that SQL calls.
//!
//! Written out instead of `#[pg_extern]`, because an error is raised whole by a longjmp, which must
//! start from a frame that owns nothing.

use super::arguments::Arguments;
use super::caught::catch;
use super::guard::{Thrown, throw};
use super::output;
use super::result_set::ResultSet;
use super::shortage;
use crate::call::{self, Routine};
use crate::error::{CallError, LibraryError};
use pgrx::pg_sys;
use pgrx::pg_sys::panic::pgrx_extern_c_guard;

macro_rules! finfo {
    ($name:ident) => {
        /// PostgreSQL's proof that the function follows its version-1 calling convention.
        #[unsafe(no_mangle)]
        pub extern "C-unwind" fn $name() -> &'static pg_sys::Pg_finfo_record {
            const RECORD: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &RECORD
        }
    };
}

finfo!(pg_finfo_launchpad_execute_external_script);
finfo!(pg_finfo_launchpad_sp_execute_external_script);
finfo!(pg_finfo_launchpad_satellites);
finfo!(pg_finfo_launchpad_check);
finfo!(pg_finfo_launchpad_pools);
finfo!(pg_finfo_launchpad_stats);
finfo!(pg_finfo_launchpad_environments);
finfo!(pg_finfo_launchpad_ceilings);
finfo!(pg_finfo_launchpad_reset_stats);
finfo!(pg_finfo_launchpad_cancel);
finfo!(pg_finfo_launchpad_check_processors);
finfo!(pg_finfo_launchpad_language_handler);
finfo!(pg_finfo_launchpad_language_validator);

/// `execute_external_script(…) RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_execute_external_script(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, call::function) }
}

/// `sp_execute_external_script(…, INOUT params jsonb, INOUT result refcursor)`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_sp_execute_external_script(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo; SQL declares the two INOUT arguments.
    unsafe {
        guarded(|| {
            // After a COMMIT of the procedure that calls there may be none.
            pg_sys::EnsurePortalSnapshotExists();
            let output = call::procedure(Arguments::new(fcinfo))?;
            Ok(output::record(fcinfo, Routine::Procedure.params(), output))
        })
    }
}

/// `launchpad.list_satellites(OUT …) RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_satellites(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::launch::satellites::list) }
}

/// `launchpad.check() RETURNS TABLE(…)`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_check(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::launch::check::check) }
}

/// `launchpad.list_pools(OUT …) RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_pools(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::launch::pools::list) }
}

/// `launchpad.list_stats(OUT …) RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_stats(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::monitor::view::list) }
}

/// `launchpad.list_environments(OUT …) RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_environments(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::launch::environments::list) }
}

/// `launchpad.list_ceilings(OUT …) RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_ceilings(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::settings::view::list) }
}

/// `launchpad.reset_stats() RETURNS void`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_reset_stats(
    _fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: the closure has captured nothing.
    unsafe {
        guarded(|| {
            crate::monitor::reset_statistics()?;
            Ok(pg_sys::Datum::from(0))
        })
    }
}

/// `launchpad.cancel(request bigint) RETURNS boolean`, strict
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_cancel(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe {
        guarded(|| {
            let request = Arguments::new(fcinfo).bigint(0).unwrap_or(0);
            Ok(pg_sys::Datum::from(crate::launch::cancel::cancel(request)?))
        })
    }
}

/// `launchpad.check_processors(written text) RETURNS boolean`, strict
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_check_processors(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe {
        guarded(|| {
            let written = Arguments::new(fcinfo).text(0).unwrap_or_default();
            crate::launch::pools::check_processors(&written)?;
            Ok(pg_sys::Datum::from(true))
        })
    }
}

/// `launchpad.language_handler() RETURNS language_handler`: runs if somebody made a function in one
/// of our languages in spite of the validator.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_language_handler(
    _fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: the closure has captured nothing.
    unsafe { guarded(|| Err(LibraryError::NoFunctions.into())) }
}

/// `launchpad.language_validator(oid) RETURNS void`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_language_validator(
    _fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: the closure has captured nothing.
    unsafe { guarded(|| Err(LibraryError::NoFunctions.into())) }
}

/// # Safety
/// `fcinfo` is that of the function call in progress.
unsafe fn set_returning(
    fcinfo: pg_sys::FunctionCallInfo,
    body: fn(Arguments, &mut ResultSet) -> Result<(), CallError>,
) -> pg_sys::Datum {
    // SAFETY: the caller's promise.
    unsafe {
        guarded(|| {
            let mut rows = ResultSet::new(fcinfo);
            body(Arguments::new(fcinfo), &mut rows)?;
            // A set-returning function in materialize mode returns a NULL datum.
            (*fcinfo).isnull = true;
            Ok(pg_sys::Datum::from(0))
        })
    }
}

/// Runs a function's body and raises what it fails with.
///
/// # Safety
/// `body` has captured nothing with a destructor, and this is the outermost frame of a C function.
unsafe fn guarded(body: impl FnOnce() -> Result<pg_sys::Datum, CallError>) -> pg_sys::Datum {
    // SAFETY: the closure's frames own their things and are gone when the guard returns.
    let (thrown, datum) = unsafe { pgrx_extern_c_guard(|| outcome(body)) };
    // SAFETY: made in this call's memory; this frame owns nothing.
    unsafe { throw(thrown) };
    datum
}

/// Runs a function's body and keeps what it ends in.
fn outcome(body: impl FnOnce() -> Result<pg_sys::Datum, CallError>) -> (Thrown, pg_sys::Datum) {
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
        Ok(Err(error)) => error.into_thrown(),
        Err(caught) => caught.into_thrown(),
    };
    (thrown, pg_sys::Datum::from(0))
}
