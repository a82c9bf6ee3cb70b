//! Batches to rows of the declared columns.

use super::StreamError;
use super::direct::{self, Direct};
use super::stream::{Event, Stream};
use super::way::{self, At, Way};
use crate::error::{CallError, CellError, Misfit};
use crate::pg::casts::{NoCast, OutOfRange};
use crate::pg::catalog::{array_of, resolve};
use crate::pg::descriptor::{Column, type_name};
use crate::pg::encoding::server_is_utf8;
use crate::pg::messages;
use crate::pg::result_set::ResultSet;
use crate::pg::row::RowMemory;
use crate::pg::server::check_interrupts;
use crate::pg::stored::Open;
use crate::pg::tuple::Tuples;
use crate::settings::Numeric;
use crate::types::Shape;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

/// The result under construction: the stream's state, the chosen conversions, the rows so far.
pub struct Rows<'a> {
    stream: Stream,
    result: &'a mut ResultSet,
    columns: Vec<Way>,
    memory: Option<RowMemory>,
    /// Rows on their way into the result.
    tuples: Tuples,
    count: u64,
    ended: bool,
}

impl<'a> Rows<'a> {
    /// Takes at most `budget` bytes.
    pub fn new(result: &'a mut ResultSet, budget: u64) -> Self {
        Rows {
            stream: Stream::new(budget),
            result,
            columns: Vec::new(),
            memory: None,
            tuples: Tuples::new(0),
            count: 0,
            ended: false,
        }
    }

    /// Rows in the result so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Where the satellite's next bytes go and how many are wanted.
    pub fn room(&mut self) -> Result<(&mut Vec<u8>, usize), StreamError> {
        self.stream.room()
    }

    /// Counts so many bytes of what comes back beside the rows.
    pub fn charge(&mut self, bytes: u64) -> Result<(), StreamError> {
        self.stream.charge(bytes)
    }

    /// Handles what has arrived.
    pub fn arrived(&mut self) -> Result<(), CallError> {
        while let Some(event) = self.stream.next_event()? {
            match event {
                Event::Schema(schema, shapes) => self.choose(&schema, &shapes)?,
                Event::Batch(batch) => self.append(&batch)?,
                Event::End => self.ended = true,
            }
        }
        Ok(())
    }

    /// Judges the stream at the script's end: `claimed` rows were sent, None for no data set.
    pub fn finish(&self, claimed: Option<u64>) -> Result<u64, CallError> {
        match claimed {
            None if self.stream.is_untouched() => Ok(0),
            None => Err(StreamError::UnexpectedMessage.into()),
            Some(_) if !self.ended || !self.stream.is_ended() => Err(StreamError::Truncated.into()),
            Some(claimed) if claimed != self.count => Err(CallError::RowCount {
                claimed,
                came: self.count,
            }),
            Some(_) => Ok(self.count),
        }
    }

    fn choose(&mut self, schema: &SchemaRef, shapes: &[Shape]) -> Result<(), CallError> {
        self.result.adopt(|| own_columns(schema, shapes))?;
        let declared = self.result.columns();
        if declared.len() != shapes.len() {
            return Err(CallError::ColumnCount {
                came: schema
                    .fields()
                    .iter()
                    .map(|field| field.name().clone())
                    .collect(),
                declared: declared.iter().map(|column| column.name.clone()).collect(),
            });
        }
        let mut columns = Vec::with_capacity(shapes.len());
        for (shape, declared) in shapes.iter().zip(declared) {
            // Which numbers a script gets does not matter for what it returns.
            let tree = resolve(declared.type_oid, declared.typmod, Numeric::Decimal);
            let way = Way::choose(shape, &tree).map_err(|NoCast| CallError::ColumnType {
                column: declared.name.clone(),
                came: way::name(shape),
                declared: type_name(declared.type_oid, declared.typmod),
            })?;
            columns.push(way);
        }
        let allocates = columns.iter().any(Way::allocates);
        self.memory = allocates.then(RowMemory::new);
        self.tuples = Tuples::new(columns.len());
        self.columns = columns;
        Ok(())
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<(), CallError> {
        let columns = direct::of_batch(batch, &self.columns, server_is_utf8());
        if columns.iter().all(Option::is_some) {
            let columns: Vec<Direct<'_>> = columns.into_iter().flatten().collect();
            self.append_directly(batch.num_rows(), &columns);
            return Ok(());
        }
        // Which value is being converted, for the error of a cast that raises.
        let mut column = 0;
        let mut at = At::default();
        let raised =
            messages::catch_error(|| self.append_converted(batch, &columns, &mut column, &mut at));
        let why = match raised {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(reason)) => Misfit::Range(reason),
            Err(error) => Misfit::Refused(error),
        };
        Err(CallError::Cell(Box::new(CellError {
            column: self.result.columns()[column].name.clone(),
            row: self.count + 1,
            value: at.describe(),
            why,
        })))
    }

    fn append_directly(&mut self, rows: usize, columns: &[Direct<'_>]) {
        form_directly(rows, columns, &mut self.tuples, |tuples| {
            check_interrupts();
            self.result.put_all(tuples);
        });
        self.count += rows as u64;
    }

    fn append_converted<'b>(
        &mut self,
        batch: &'b RecordBatch,
        columns: &[Option<Direct<'b>>],
        column: &mut usize,
        at: &mut At<'b>,
    ) -> Result<(), OutOfRange> {
        let ways = &mut self.columns;
        let tuples = &mut self.tuples;
        let mut converted = vec![None; columns.len()];
        for row in 0..batch.num_rows() {
            let mut append = || {
                for (index, way) in ways.iter_mut().enumerate() {
                    if columns[index].is_none() {
                        *column = index;
                        let value = way.convert(batch.column(index), row, at)?;
                        converted[index] =
                            value.map(|value| self.result.stored()[index].open(value));
                    }
                }
                let is_null = |at: usize| match &columns[at] {
                    Some(direct) => direct.is_null(row),
                    None => converted[at].is_none(),
                };
                let length = |at: usize| match &columns[at] {
                    Some(direct) => direct.length(row),
                    None => converted[at].as_ref().map_or(0, Open::length),
                };
                form(tuples, columns.len(), is_null, length, |at, to| {
                    match (&columns[at], &converted[at]) {
                        (Some(direct), _) => direct.put(row, to),
                        (None, Some(open)) => to.datum(open),
                        (None, None) => to.null(),
                    }
                });
                Ok(())
            };
            match &self.memory {
                None => append(),
                Some(memory) => memory.within(append),
            }?;
            self.count += 1;
            if tuples.is_full() {
                check_interrupts();
                self.result.put_all(tuples);
            }
        }
        self.result.put_all(tuples);
        Ok(())
    }
}

/// Forms rows in which nothing is to be converted, and nothing can be wrong; `store` takes some at a time.
pub fn form_directly(
    rows: usize,
    columns: &[Direct<'_>],
    tuples: &mut Tuples,
    mut store: impl FnMut(&mut Tuples),
) {
    let has_nulls = columns.iter().any(Direct::has_nulls);
    let widths: Option<Vec<usize>> = columns.iter().map(Direct::width).collect();
    if let (false, Some(widths)) = (has_nulls, widths) {
        let mut first = 0;
        while first < rows {
            let (count, offsets) = tuples.make_rows(&widths, rows - first);
            for (column, offset) in columns.iter().zip(offsets) {
                column.fill(first, offset, tuples);
            }
            store(tuples);
            first += count;
        }
        return;
    }
    for row in 0..rows {
        let is_null = |at: usize| has_nulls && columns[at].is_null(row);
        let length = |at: usize| columns[at].length(row);
        form(tuples, columns.len(), is_null, length, |at, to| {
            columns[at].put(row, to);
        });
        if tuples.is_full() {
            store(tuples);
        }
    }
    store(tuples);
}

/// Forms a row of so many columns: which of them are NULL, their bytes at most, and how each is put.
#[inline]
fn form(
    tuples: &mut Tuples,
    columns: usize,
    is_null: impl Fn(usize) -> bool,
    length: impl Fn(usize) -> usize,
    put: impl Fn(usize, &mut Tuples),
) {
    let has_nulls = (0..columns).any(&is_null);
    tuples.begin(has_nulls, (0..columns).map(length).sum());
    for at in 0..columns {
        match has_nulls && is_null(at) {
            true => tuples.null(),
            false => put(at, tuples),
        }
    }
    tuples.finish();
}

/// The columns of a result that nobody declared.
fn own_columns(schema: &SchemaRef, shapes: &[Shape]) -> Result<Vec<Column>, StreamError> {
    let fields = schema.fields().iter().zip(shapes);
    fields
        .map(|(field, shape)| {
            let own = match shape {
                Shape::Leaf(natural) => Some(natural.oid()),
                Shape::List(element) => match &**element {
                    Shape::Leaf(natural) => array_of(natural.oid()),
                    _ => None,
                },
                Shape::Struct(_) => None,
            };
            let type_oid = own.ok_or_else(|| StreamError::Type {
                column: field.name().clone(),
                arrow: field.data_type().to_string(),
            })?;
            Ok(Column {
                name: field.name().clone(),
                type_oid,
                typmod: -1,
            })
        })
        .collect()
}
