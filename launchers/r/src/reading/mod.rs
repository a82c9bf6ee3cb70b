//! Arrow into R: the parameters and the input's data frame, one stream after the other.

mod cells;
mod column;
mod growing;
mod parameters;
#[cfg(debug_assertions)]
#[path = "../../tests/inside/reading/mod.rs"]
pub(crate) mod self_test;

use crate::Failure;
use crate::launcher::UNOWNED;
use crate::r::{NA_INTEGER, Owned, Value, entry, sexp};
use arrow_ipc::reader::StreamReader;
use arrow_schema::Fields;
use growing::Growing;
use launchpad_sandbox::descriptors::INPUT;
use launchpad_sandbox::os::retry_on_intr;
use std::io::Read;

/// One stream's columns.
pub(crate) struct Table {
    pub fields: Fields,
    pub columns: Vec<Growing>,
    pub rows: usize,
}

/// `source`: a raw vector that holds one stream, or NULL for the request's input.
/// The parameters as a named list.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_read_parameters(source: sexp) -> sexp {
    entry([source], |[source]| parameters::list(read(source)?))
}

/// `source`: as above. The input as a data frame.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_read_frame(source: sexp) -> sexp {
    entry([source], |[source]| frame(read(source)?))
}

fn read(source: Value<'_>) -> Result<Table, Failure> {
    if source.is_null() {
        stream(Input)
    } else {
        stream(source.bytes()?)
    }
}

/// The request's input, from which nothing may be read that belongs to the next stream.
struct Input;

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        Ok(retry_on_intr(|| {
            nix::unistd::read(INPUT.borrow(UNOWNED), buffer)
        })?)
    }
}

fn stream(source: impl Read) -> Result<Table, Failure> {
    let mut reader = StreamReader::try_new(source, None)?;
    let fields = reader.schema().fields().clone();
    let mut columns: Vec<Growing> = fields.iter().map(|_| Growing::default()).collect();
    let mut rows = 0;
    for batch in &mut reader {
        let batch = batch?;
        let small = rows == 0 && batch.num_rows() < growing::LEAST;
        rows += batch.num_rows();
        for (column, array) in columns.iter_mut().zip(batch.columns()) {
            column.append(array, small)?;
        }
    }
    Ok(Table {
        fields,
        columns,
        rows,
    })
}

fn frame(table: Table) -> Result<Owned, Failure> {
    let mut list = Owned::list(table.columns.len())?;
    // One column after the other, so that not all of it is in memory twice.
    for (index, column) in table.columns.into_iter().enumerate() {
        let field = &table.fields[index];
        let vector = column.vector(field.data_type());
        let vector = vector.map_err(|failure| match failure {
            Failure::NoPlace(why) => {
                Failure::NoPlace(format!("column \"{}\": {why}", field.name()))
            }
            failure => failure,
        });
        list.set(index, &vector?);
    }
    let labels = table.fields.iter().map(|field| Some(field.name().as_str()));
    into_frame(list, &Owned::texts(labels)?, table.rows)
}

/// A list of columns as a data frame.
pub(crate) fn into_frame(mut list: Owned, labels: &Owned, rows: usize) -> Result<Owned, Failure> {
    list.set_attribute(c"names", labels)?;
    // R's own short form of the row names 1 to n.
    let last = i32::try_from(rows).map_err(|_| too_long())?;
    let rows = Owned::integers(2, |values| values.copy_from_slice(&[NA_INTEGER, -last]))?;
    list.set_attribute(c"row.names", &rows)?;
    list.set_class(&["data.frame"])?;
    Ok(list)
}

fn too_long() -> Failure {
    Failure::NoPlace("a data frame of R's has at most 2147483647 rows".into())
}
