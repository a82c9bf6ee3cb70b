//! Columns as an Arrow schema: a query's, and what a script is asked for.

use arrow_schema::{Field, Schema};
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_types::Tree;

/// Column names that a frame cannot carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameError {
    /// The position, from 1.
    Empty(usize),
    Duplicate(String),
}

impl Fault for NameError {
    fn report(&self) -> Report {
        match self {
            NameError::Empty(position) => Report::new(
                SqlState::INVALID_COLUMN_DEFINITION,
                Outcome::Input,
                format!("column {position} of input_data_1 has no name"),
            )
            .set_hint("Give it one with AS."),
            NameError::Duplicate(name) => Report::new(
                SqlState::DUPLICATE_COLUMN,
                Outcome::Input,
                format!("input_data_1 has more than one column \"{name}\""),
            )
            .set_hint("Give each column a different name with AS."),
        }
    }
}

/// The schema in which columns of these names and types travel to a script.
pub fn schema(columns: &[(String, Tree)]) -> Schema {
    let fields = columns.iter().map(|(name, tree)| tree.input(name));
    Schema::new(fields.collect::<Vec<Field>>())
}

/// The schema of the columns that are declared for its result.
pub fn wanted(columns: &[(String, Tree)]) -> Schema {
    let fields = columns
        .iter()
        .map(|(name, tree)| Field::new(name, tree.arrow(), true));
    Schema::new(fields.collect::<Vec<Field>>())
}

/// Every column of an input query needs a name of its own.
pub fn check_names<'n>(names: impl Iterator<Item = &'n str>) -> Result<(), NameError> {
    let mut seen = std::collections::HashSet::new();
    for (index, name) in names.enumerate() {
        if name.is_empty() {
            return Err(NameError::Empty(index + 1));
        }
        if !seen.insert(name) {
            return Err(NameError::Duplicate(name.into()));
        }
    }
    Ok(())
}
