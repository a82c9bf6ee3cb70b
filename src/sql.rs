//! The functions that SQL declares, each with its body.

use crate::call::{self, Routine};
use crate::error::{CallError, LibraryError};
use crate::pg::arguments::Arguments;
use crate::pg::entry::sql_functions;
use crate::pg::pool_table;
use crate::{launch, monitor, views};

sql_functions! {
    /// `execute_external_script(…) RETURNS SETOF record`
    rows launchpad_execute_external_script, pg_finfo_launchpad_execute_external_script = call::function;

    /// `sp_execute_external_script(…, INOUT params jsonb, INOUT result refcursor)`
    inout launchpad_sp_execute_external_script, pg_finfo_launchpad_sp_execute_external_script =
        (Routine::Procedure.params(), call::procedure);

    /// `launchpad.cancel(request bigint) RETURNS boolean`, strict
    value launchpad_cancel, pg_finfo_launchpad_cancel = cancel;

    /// `launchpad.check() RETURNS TABLE(…)`
    rows launchpad_check, pg_finfo_launchpad_check = views::check::check;

    /// `launchpad.list_satellites(OUT …) RETURNS SETOF record`
    rows launchpad_satellites, pg_finfo_launchpad_satellites = views::satellites::list;

    /// `launchpad.list_pools(OUT …) RETURNS SETOF record`
    rows launchpad_pools, pg_finfo_launchpad_pools = views::pools::list;

    /// `launchpad.list_script_stats(OUT …) RETURNS SETOF record`
    rows launchpad_script_stats, pg_finfo_launchpad_script_stats = views::stats::list_scripts;

    /// `launchpad.list_environments(OUT …) RETURNS SETOF record`
    rows launchpad_environments, pg_finfo_launchpad_environments = views::environments::list;

    /// `launchpad.list_imports(OUT …) RETURNS SETOF record`
    rows launchpad_imports, pg_finfo_launchpad_imports = views::imports::list;

    /// `launchpad.list_ceilings(OUT …) RETURNS SETOF record`
    rows launchpad_ceilings, pg_finfo_launchpad_ceilings = views::ceilings;

    /// `launchpad.list_stats(OUT …) RETURNS SETOF record`
    rows launchpad_stats, pg_finfo_launchpad_stats = views::stats::list;

    /// `launchpad.reset_stats() RETURNS void`
    value launchpad_reset_stats, pg_finfo_launchpad_reset_stats = reset_stats;

    /// `launchpad.check_processors(written text) RETURNS boolean`, strict
    value launchpad_check_processors, pg_finfo_launchpad_check_processors = check_processors;

    /// `launchpad_new_schema() RETURNS void`: while the extension is made.
    value launchpad_new_schema, pg_finfo_launchpad_new_schema = new_schema;

    /// `launchpad.language_handler() RETURNS language_handler`: runs if somebody made a function in
    /// one of our languages in spite of the validator.
    value launchpad_language_handler, pg_finfo_launchpad_language_handler = no_functions;

    /// `launchpad.language_validator(oid) RETURNS void`
    value launchpad_language_validator, pg_finfo_launchpad_language_validator = no_functions;
}

fn cancel(arguments: Arguments) -> Result<bool, CallError> {
    launch::cancel::cancel(arguments.bigint(0).unwrap_or(0))
}

fn reset_stats(_arguments: Arguments) -> Result<bool, CallError> {
    monitor::reset_statistics()?;
    Ok(true)
}

fn check_processors(arguments: Arguments) -> Result<bool, CallError> {
    launch::pools::check_processors(&arguments.text(0).unwrap_or_default())?;
    Ok(true)
}

/// Fails where the extension's own schema exists, with more to say than CREATE SCHEMA would.
fn new_schema(_arguments: Arguments) -> Result<bool, CallError> {
    match pool_table::schema_exists() {
        true => Err(LibraryError::SchemaExists.into()),
        false => Ok(true),
    }
}

fn no_functions(_arguments: Arguments) -> Result<bool, CallError> {
    Err(LibraryError::NoFunctions.into())
}
