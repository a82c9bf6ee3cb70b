//! The ceilings of this session's calls, for `launchpad.settings`.

use super::ceilings;
use crate::error::CallError;
use crate::launch::table::{Table, text};
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::types::Natural;

/// The body of `launchpad.list_ceilings(OUT …) RETURNS SETOF record`.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let mut table = Table::new(result, &[Natural::Utf8; 2])?;
    for (name, ceiling) in ceilings() {
        table.put([text(name), text(&ceiling)]);
    }
    Ok(())
}
