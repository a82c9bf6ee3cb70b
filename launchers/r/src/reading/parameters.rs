//! The parameters: a stream of one row as R's own values, one per column.

use super::growing::Growing;
use super::{Table, column};
use crate::Failure;
use crate::json;
use crate::r::Owned;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field};
use launchpad_protocol::marks;

pub(super) fn list(table: Table) -> Result<Owned, Failure> {
    let mut made = Owned::list(table.columns.len())?;
    for (index, (column, field)) in table.columns.iter().zip(&table.fields).enumerate() {
        let array = match column {
            Growing::Arrays(arrays) if arrays.len() == 1 => &arrays[0],
            _ => return Err(Failure::Argument("parameters that are not one row")),
        };
        made.set(index, &value(array, field)?);
    }
    let names = table.fields.iter().map(|field| Some(field.name().as_str()));
    made.set_attribute(c"names", &Owned::texts(names)?)?;
    Ok(made)
}

/// A vector of length one, or for arrays, bytes and composites what R has for one of them. NULL is
/// NA, or NULL where R has no NA of that kind.
fn value(array: &ArrayRef, field: &Field) -> Result<Owned, Failure> {
    match array.data_type() {
        _ if field.metadata().contains_key(marks::JSON) && array.is_valid(0) => {
            json::read(array.as_string::<i32>().value(0))
        }
        DataType::Binary | DataType::List(_) if array.is_null(0) => Ok(Owned::null()?),
        DataType::Binary => Ok(Owned::raw(array.as_binary::<i32>().value(0))?),
        DataType::List(_) => column::element(array, 0),
        DataType::Struct(_) if array.is_null(0) => Ok(Owned::null()?),
        DataType::Struct(fields) if column::is_array(fields) => column::array(array, 0),
        DataType::Struct(fields) => {
            let mut made = Owned::list(fields.len())?;
            for (index, field) in fields.iter().enumerate() {
                made.set(index, &value(array.as_struct().column(index), field)?);
            }
            let names = fields.iter().map(|field| Some(field.name().as_str()));
            made.set_attribute(c"names", &Owned::texts(names)?)?;
            Ok(made)
        }
        kind => column::vector(kind, std::slice::from_ref(array)),
    }
}
