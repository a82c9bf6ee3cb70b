//! The rows of a view's function.

use crate::error::LibraryError;
use crate::pg::casts::{Converter, NoCast};
use crate::pg::encoding;
use crate::pg::result_set::ResultSet;
use crate::types::{Cell, Natural};
use arrow_schema::TimeUnit;

/// Moments, as timestamptz.
pub const MOMENT: Natural = Natural::Timestamp {
    unit: TimeUnit::Microsecond,
    zoned: true,
};

pub struct Table<'a> {
    result: &'a mut ResultSet,
    columns: Vec<Converter>,
}

impl<'a> Table<'a> {
    /// What each column is made from, in their order.
    pub fn new(result: &'a mut ResultSet, naturals: &[Natural]) -> Result<Self, LibraryError> {
        let declared = result.columns();
        // SQL of another version of the extension, after an upgrade of the library alone.
        if declared.len() != naturals.len() {
            return Err(LibraryError::OtherSql);
        }
        let columns = naturals.iter().zip(declared).map(|(natural, column)| {
            Converter::choose(*natural, column).map_err(|NoCast| LibraryError::OtherSql)
        });
        let columns = columns.collect::<Result<_, _>>()?;
        Ok(Table { result, columns })
    }

    pub fn put<'c>(&mut self, cells: impl IntoIterator<Item = Option<Cell<'c>>>) {
        let values = cells.into_iter().zip(&mut self.columns);
        let values = values.map(|(cell, converter)| {
            let value = match cell? {
                Cell::Text(text) => converter.convert(Cell::Text(&encoding::shown(text))),
                cell => converter.convert(cell),
            };
            value.ok()
        });
        self.result.put(values);
    }
}

pub fn number<'c>(number: impl TryInto<i64>) -> Option<Cell<'c>> {
    Some(Cell::Int8(number.try_into().unwrap_or(i64::MAX)))
}

pub fn text(text: &str) -> Option<Cell<'_>> {
    Some(Cell::Text(text))
}

/// Milliseconds, out of microseconds.
pub fn millis<'c>(micros: u64) -> Option<Cell<'c>> {
    Some(Cell::Float8(micros as f64 / 1000.0))
}
