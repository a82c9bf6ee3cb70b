//! What the SQL views show, a file for each of their functions: `satellites`, `pools`, `environments`, `imports`
//! and `check` ask launchpadd, `stats` looks into shared memory, the ceilings are this session's own.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod check;
pub mod environments;
pub mod imports;
pub mod pools;
pub mod satellites;
pub mod stats;
pub mod table;

use crate::error::CallError;
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::types::Natural;
use table::{Table, text};

/// The ceilings of this session's calls, for `launchpad.settings`: the body of
/// `launchpad.list_ceilings(OUT …) RETURNS SETOF record`.
pub fn ceilings(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let mut table = Table::new(result, &[Natural::Utf8; 2])?;
    for (name, ceiling) in crate::settings::ceilings() {
        table.put([text(name), text(&ceiling)]);
    }
    Ok(())
}
