//! The C functions that SQL calls.
//!
//! Written out instead of `#[pg_extern]`, because an error of the caller's query is raised again
//! whole by a longjmp, which must start from a frame that owns nothing.

use super::arguments::Arguments;
use super::guard::rethrow;
use super::result_set::ResultSet;
use crate::error::{CallError, Raise};
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
finfo!(pg_finfo_launchpad_satellites);

/// `execute_external_script(…) RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_execute_external_script(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::call::execute) }
}

/// `launchpad.satellites_internal() RETURNS SETOF record`
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn launchpad_satellites(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    // SAFETY: PostgreSQL calls with the call's own fcinfo.
    unsafe { set_returning(fcinfo, crate::launch::satellites::list) }
}

/// # Safety
/// `fcinfo` is that of the function call in progress.
unsafe fn set_returning(
    fcinfo: pg_sys::FunctionCallInfo,
    body: fn(Arguments, &mut ResultSet) -> Result<(), Raise>,
) -> pg_sys::Datum {
    // SAFETY: the closure's frames own their things and are gone when the guard returns.
    let query_error = unsafe {
        pgrx_extern_c_guard(|| {
            let mut rows = ResultSet::new(fcinfo);
            match body(Arguments::new(fcinfo), &mut rows) {
                Ok(()) => std::ptr::null_mut(),
                Err(Raise {
                    error: CallError::Query(error),
                    ..
                }) => error.into_raw(),
                Err(raise) => raise.now(),
            }
        })
    };
    if !query_error.is_null() {
        // SAFETY: from into_raw; this frame owns nothing.
        unsafe { rethrow(query_error) };
    }
    // SAFETY: a set-returning function in materialize mode returns a NULL datum.
    unsafe { (*fcinfo).isnull = true };
    pg_sys::Datum::from(0)
}
