//! R into Arrow: the columns that a script returns, as one stream.
//!
//! `launcher/columns.R` has made columns of the script's value: vectors, factors, data frames (of
//! composites), lists of raw vectors, and lists of class `launchpad_lists` with the lengths of the
//! lists, all their values one after the other and, where some have several dimensions, a list of these
//! dimensions' lengths.

mod column;
mod fields;
mod numbers;
#[cfg(debug_assertions)]
#[path = "../../tests/inside/writing/mod.rs"]
pub(crate) mod self_test;
mod texts;
mod times;

pub(crate) use times::{micros, seconds_of};

use crate::Failure;
use crate::launcher::UNOWNED;
use crate::r::{Owned, Value, entry, sexp};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_ipc::{convert::try_fb_to_schema, root_as_message};
use arrow_schema::{DataType, Field, Fields, Schema};
use column::Column;
use launchpad_sandbox::descriptors::OUTPUT;
use launchpad_sandbox::os::retry_on_intr;
use std::io::{BufWriter, Write};
use std::sync::Arc;

/// The most that one batch holds: rows, and roughly bytes, so that neither side buffers much.
const BATCH_ROWS: usize = 65_536;
const BATCH_BYTES: usize = 1 << 20;

/// Rows differ: a batch of several that has more bytes is halved. The backend takes four times as much.
const SPLIT_BYTES: usize = 16 << 20;

/// Up to so many bytes are gathered before they are written. What is longer, as most columns' values
/// are, goes from where it is.
const SMALL: usize = 16 << 10;

/// `columns`: a list of columns as above; `labels`: their names; `wanted`: the encapsulated schema
/// of the declared columns, maybe empty; `sink`: NULL for the request's output, else anything, and the
/// stream comes back as a raw vector. Returns the number of rows, or a text that says why a column has no
/// place in a table.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_write_columns(
    columns: sexp,
    labels: sexp,
    wanted: sexp,
    sink: sexp,
) -> sexp {
    entry(
        [columns, labels, wanted, sink],
        |[columns, labels, wanted, sink]| match write(columns, labels, wanted, sink) {
            Err(Failure::NoPlace(why)) => Ok(Owned::text(&why)?),
            done => done,
        },
    )
}

/// What is declared for each column, by their names, as a list of `kind` ("value", "list" or "struct") and
/// `of`: what the value is ("text", "number", "wall" for what has no time zone, or "other"), the same of the elements, or the same of each
/// field, by their names. `wanted`: as above.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_declared(wanted: sexp) -> sexp {
    entry([wanted], |[wanted]| {
        let schema = schema(wanted.bytes()?)?;
        declared_fields(schema.fields())
    })
}

fn declared_fields(fields: &Fields) -> Result<Owned, Failure> {
    let mut made = Owned::list(fields.len())?;
    for (index, field) in fields.iter().enumerate() {
        made.set(index, &declared(field.data_type())?);
    }
    let names = fields.iter().map(|field| Some(field.name().as_str()));
    made.set_attribute(c"names", &Owned::texts(names)?)?;
    Ok(made)
}

fn declared(wanted: &DataType) -> Result<Owned, Failure> {
    let (kind, of) = match wanted {
        DataType::List(item) => ("list", declared(item.data_type())?),
        DataType::Struct(fields) => ("struct", declared_fields(fields)?),
        DataType::Utf8 => ("value", Owned::text("text")?),
        DataType::Timestamp(_, None) | DataType::Date32 | DataType::Time64(_) => {
            ("value", Owned::text("wall")?)
        }
        kind if kind.is_numeric() => ("value", Owned::text("number")?),
        _ => ("value", Owned::text("other")?),
    };
    let mut made = Owned::list(2)?;
    made.set(0, &Owned::text(kind)?);
    made.set(1, &of);
    let names = ["kind", "of"].iter().map(|name| Some(*name));
    made.set_attribute(c"names", &Owned::texts(names)?)?;
    Ok(made)
}

/// Without columns if `message` is empty.
fn schema(message: &[u8]) -> Result<Schema, Failure> {
    // The encapsulation: a continuation marker and the length.
    let Some(message) = message.get(8..) else {
        return Ok(Schema::empty());
    };
    let schema = root_as_message(message)
        .ok()
        .and_then(|message| message.header_as_schema());
    Ok(try_fb_to_schema(
        schema.ok_or(Failure::Argument("a malformed schema"))?,
    )?)
}

fn write(
    columns: Value<'_>,
    labels: Value<'_>,
    wanted: Value<'_>,
    sink: Value<'_>,
) -> Result<Owned, Failure> {
    let wanted = schema(wanted.bytes()?)?;
    let labels = labels.strings()?;
    // A count that differs is the backend's to report: it knows what was declared.
    let declared = wanted.fields().len() == columns.len();
    let mut fields = Vec::new();
    let mut made = Vec::new();
    for (index, value) in columns.elements().enumerate() {
        let label = match labels.get(index) {
            Some(Ok(label)) => label.into_owned(),
            Some(Err(_)) | None => "NA".to_owned(),
        };
        let kind = declared.then(|| wanted.field(index).data_type());
        let column = Column::of(value, kind, &label)?;
        fields.push(Field::new(&label, column.data_type(), true));
        made.push((label, column));
    }
    let rows = same_length(&made)?;
    let schema = Schema::new(fields);
    if sink.is_null() {
        stream(Output, schema, &made, rows)?;
        Ok(Owned::doubles(1, |values| values[0] = rows as f64)?)
    } else {
        let mut bytes = Vec::new();
        stream(&mut bytes, schema, &made, rows)?;
        Ok(Owned::raw(&bytes)?)
    }
}

fn same_length(columns: &[(String, Column<'_>)]) -> Result<usize, Failure> {
    let Some((first, column)) = columns.first() else {
        return Ok(0);
    };
    let rows = column.len();
    match columns.iter().find(|(_, column)| column.len() != rows) {
        None => Ok(rows),
        Some((label, column)) => Err(Failure::NoPlace(format!(
            "the columns differ in length: \"{first}\" has {rows} rows, \"{label}\" has {}",
            column.len()
        ))),
    }
}

fn stream(
    sink: impl Write,
    schema: Schema,
    columns: &[(String, Column<'_>)],
    rows: usize,
) -> Result<(), Failure> {
    let sink = BufWriter::with_capacity(SMALL, sink);
    let mut writer = StreamWriter::try_new(sink, &schema)?;
    let schema = Arc::new(schema);
    let row_bytes: usize = columns.iter().map(|(_, column)| column.row_bytes()).sum();
    let at_once = (BATCH_BYTES / row_bytes.max(1)).clamp(1, BATCH_ROWS);
    let mut start = 0;
    while start < rows {
        let mut end = rows.min(start + at_once);
        let arrays = loop {
            let arrays: Vec<ArrayRef> = columns
                .iter()
                .map(|(label, column)| column.array(start..end, label))
                .collect::<Result<_, _>>()?;
            if end - start == 1 || bytes(&arrays)? <= SPLIT_BYTES {
                break arrays;
            }
            end = start + (end - start) / 2;
        };
        writer.write(&RecordBatch::try_new(schema.clone(), arrays)?)?;
        start = end;
    }
    writer.finish()?;
    writer
        .get_mut()
        .flush()
        .map_err(arrow_schema::ArrowError::from)?;
    Ok(())
}

/// What a batch of these has, paddings aside.
fn bytes(arrays: &[ArrayRef]) -> Result<usize, Failure> {
    let mut sum = 0;
    for array in arrays {
        sum += array.to_data().get_slice_memory_size()?;
    }
    Ok(sum)
}

struct Output;

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(retry_on_intr(|| {
            nix::unistd::write(OUTPUT.borrow(UNOWNED), bytes)
        })?)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
