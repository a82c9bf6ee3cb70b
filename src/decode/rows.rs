//! Batches to rows of the declared columns.

use super::direct::{self, Direct};
use super::result::{Misfit, ResultError};
use super::way::{self, Allowance, At, Way};
use crate::error::CallError;
use crate::memory;
use crate::pg::casts::{NoCast, OutOfRange};
use crate::pg::catalog::{array_of, resolve};
use crate::pg::descriptor::{Column, type_name};
use crate::pg::encoding::server_is_utf8;
use crate::pg::memory::{Home, RowMemory};
use crate::pg::messages;
use crate::pg::result_set::ResultSet;
use crate::pg::server::check_interrupts;
use crate::pg::stored::Open;
use crate::pg::tuple::{NoRow, Tuples};
use crate::streams::decode::stream::{Event, Stream};
use crate::streams::decode::{StreamError, brief};
use crate::types::{Numeric, Shape};
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use std::rc::Rc;

/// One conversation's part of the result: how what it sends becomes rows, and how many there are.
#[derive(Default)]
pub struct Source {
    columns: Vec<Way>,
    rows: u64,
}

impl Source {
    /// Judges what came by `stream` at the script's end: `claimed` rows were sent, None for no data set.
    pub fn finish(&self, stream: &Stream, claimed: Option<u64>) -> Result<(), CallError> {
        match claimed {
            None if stream.is_untouched() => Ok(()),
            None => Err(StreamError::UnexpectedMessage.into()),
            Some(_) if !stream.is_ended() => Err(StreamError::Truncated.into()),
            Some(claimed) if claimed != self.rows => Err(ResultError::RowCount {
                claimed,
                came: self.rows,
            }
            .into()),
            Some(_) => Ok(()),
        }
    }
}

/// The result under construction, from however many conversations.
pub struct Rows<'a> {
    result: &'a mut ResultSet,
    // The order of fields is the order of their end.
    /// What conversions leave behind.
    memory: RowMemory,
    /// Where what the conversions look up lives: batches come at any time, also while the input query
    /// runs in a context that ends with it.
    home: Rc<Home>,
    /// Rows on their way into the result.
    tuples: Tuples,
    budget: u64,
    count: u64,
}

impl<'a> Rows<'a> {
    /// Makes rows of at most `budget` bytes.
    pub fn new(result: &'a mut ResultSet, budget: u64) -> Self {
        let home = Rc::new(Home::new());
        let memory = {
            let _here = home.enter();
            RowMemory::new()
        };
        Rows {
            result,
            memory,
            home,
            tuples: Tuples::new(0, budget),
            budget,
            count: 0,
        }
    }

    /// Rows in the result so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Takes what has come whole, which may be before the input query has ended: the script decides.
    pub fn take(&mut self, source: &mut Source, stream: &mut Stream) -> Result<(), CallError> {
        let home = Rc::clone(&self.home);
        let _here = home.enter();
        while let Some(event) = stream.next_event()? {
            match event {
                Event::Schema(schema, shapes) => source.columns = self.choose(&schema, &shapes)?,
                Event::Batch => {
                    while let Some(rows) = stream.next_slice(&mut check_interrupts)? {
                        check_interrupts();
                        let before = self.count;
                        self.append(&rows, &mut source.columns)?;
                        source.rows += self.count - before;
                    }
                }
                Event::End => {}
            }
        }
        Ok(())
    }

    fn choose(&mut self, schema: &SchemaRef, shapes: &[Shape]) -> Result<Vec<Way>, CallError> {
        self.result.adopt(|| own_columns(schema, shapes))?;
        let declared = self.result.columns();
        if declared.len() != shapes.len() {
            return Err(ResultError::ColumnCount {
                came: schema
                    .fields()
                    .iter()
                    .map(|field| brief(field.name()))
                    .collect(),
                declared: declared.iter().map(|column| column.name.clone()).collect(),
            }
            .into());
        }
        let mut columns = memory::with_capacity(shapes.len())?;
        for (shape, declared) in shapes.iter().zip(declared) {
            // Which numbers a script gets does not matter for what it returns.
            let tree = resolve(declared.type_oid, declared.typmod, Numeric::Decimal)?;
            let way = Way::choose(shape, &tree).map_err(|NoCast| ResultError::ColumnType {
                column: declared.name.clone(),
                came: way::name(shape),
                declared: type_name(declared.type_oid, declared.typmod),
            })?;
            columns.push(way);
        }
        self.tuples.set_columns(columns.len());
        Ok(columns)
    }

    fn append(&mut self, batch: &RecordBatch, ways: &mut [Way]) -> Result<(), CallError> {
        let columns = direct::of_batch(batch, ways, server_is_utf8())?;
        if columns.iter().all(Option::is_some) {
            let mut direct = memory::with_capacity(columns.len())?;
            direct.extend(columns.into_iter().flatten());
            let columns: Vec<Direct<'_>> = direct;
            return self.append_directly(batch.num_rows(), &columns);
        }
        // Which value is being converted, for the error of a cast that raises.
        let mut column = 0;
        let mut at = At::default();
        let raised = messages::catch_error(|| {
            self.append_converted(batch, ways, &columns, &mut column, &mut at)
        });
        let why = match raised {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(Refused::Row(why))) => return Err(self.no_row(why)),
            Ok(Err(Refused::NoMemory)) => return Err(self.no_row(NoRow::NoMemory)),
            Ok(Err(Refused::Value(OutOfRange::BeyondBudget))) => {
                return Err(self.no_row(NoRow::BeyondBudget));
            }
            Ok(Err(Refused::Value(reason))) => Misfit::Range(reason),
            Err(error) => Misfit::Refused(error),
        };
        Err(ResultError::Cell {
            column: self.result.columns()[column].name.clone(),
            row: self.count + 1,
            value: at.describe(),
            why,
        }
        .into())
    }

    fn no_row(&self, why: NoRow) -> CallError {
        CallError::from(match why {
            NoRow::TooLong => StreamError::RowTooLong(self.count + 1),
            NoRow::BeyondBudget => StreamError::ResultTooLarge(self.budget),
            NoRow::NoMemory => StreamError::NoMemoryForRow(self.count + 1),
        })
    }

    fn append_directly(&mut self, rows: usize, columns: &[Direct<'_>]) -> Result<(), CallError> {
        let (result, count) = (&mut *self.result, &mut self.count);
        let formed = form_directly(rows, columns, &mut self.tuples, |tuples| {
            check_interrupts();
            *count += tuples.count();
            result.put_all(tuples);
        });
        formed.map_err(|why| self.no_row(why))
    }

    fn append_converted<'b>(
        &mut self,
        batch: &'b RecordBatch,
        ways: &mut [Way],
        columns: &[Option<Direct<'b>>],
        column: &mut usize,
        at: &mut At<'b>,
    ) -> Result<(), Refused> {
        let tuples = &mut self.tuples;
        let mut converted = memory::filled(None, columns.len()).map_err(|_| Refused::NoMemory)?;
        for row in 0..batch.num_rows() {
            let allowance = Allowance::new(&self.memory, tuples.left());
            let append = || {
                for (index, way) in ways.iter_mut().enumerate() {
                    if columns[index].is_none() {
                        *column = index;
                        let value = way
                            .convert(batch.column(index), row, at, &allowance)
                            .map_err(Refused::Value)?;
                        converted[index] =
                            value.map(|value| self.result.stored()[index].open(value));
                        allowance.check(0).map_err(Refused::Value)?;
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
                })
                .map_err(Refused::Row)
            };
            self.memory.within(append)?;
            self.count += 1;
            check_interrupts();
            if tuples.is_full() {
                self.result.put_all(tuples);
            }
        }
        self.result.put_all(tuples);
        Ok(())
    }
}

/// Why a row does not come to be.
enum Refused {
    Value(OutOfRange),
    Row(NoRow),
    NoMemory,
}

/// Forms rows in which nothing is to be converted, and no value can be wrong; `store` takes some at a time.
pub fn form_directly(
    rows: usize,
    columns: &[Direct<'_>],
    tuples: &mut Tuples,
    mut store: impl FnMut(&mut Tuples),
) -> Result<(), NoRow> {
    let has_nulls = columns.iter().any(Direct::has_nulls);
    let widths: Option<Vec<usize>> = columns.iter().map(Direct::width).collect();
    if let (false, Some(widths)) = (has_nulls, widths) {
        let mut first = 0;
        while first < rows {
            let (count, offsets) = tuples.make_rows(&widths, rows - first)?;
            for (column, offset) in columns.iter().zip(offsets) {
                column.fill(first, offset, tuples);
            }
            store(tuples);
            first += count;
        }
        return Ok(());
    }
    for row in 0..rows {
        let is_null = |at: usize| has_nulls && columns[at].is_null(row);
        let length = |at: usize| columns[at].length(row);
        form(tuples, columns.len(), is_null, length, |at, to| {
            columns[at].put(row, to);
        })?;
        if tuples.is_full() {
            store(tuples);
        }
    }
    store(tuples);
    Ok(())
}

/// Forms a row of so many columns: which of them are NULL, their bytes at most, and how each is put.
#[inline]
fn form(
    tuples: &mut Tuples,
    columns: usize,
    is_null: impl Fn(usize) -> bool,
    length: impl Fn(usize) -> usize,
    put: impl Fn(usize, &mut Tuples),
) -> Result<(), NoRow> {
    let has_nulls = (0..columns).any(&is_null);
    // No sum overflows: each length is that of bytes in memory.
    tuples.begin(has_nulls, (0..columns).map(length).sum())?;
    for at in 0..columns {
        match has_nulls && is_null(at) {
            true => tuples.null(),
            false => put(at, tuples),
        }
    }
    tuples.finish();
    Ok(())
}

/// The columns of a result that nobody declared.
fn own_columns(schema: &SchemaRef, shapes: &[Shape]) -> Result<Vec<Column>, StreamError> {
    let fields = schema.fields().iter().zip(shapes);
    fields
        .map(|(field, shape)| {
            let element = match shape {
                Shape::Leaf(_) => None,
                Shape::List(element) => Some(&**element),
                Shape::Struct(_) => shape.array(),
            };
            let own = match (shape, element) {
                (Shape::Leaf(natural), _) => Some(natural.oid()),
                (_, Some(Shape::Leaf(natural))) => array_of(natural.oid()),
                _ => None,
            };
            let type_oid = own.ok_or_else(|| StreamError::Type {
                column: brief(field.name()),
                arrow: brief(field.data_type()),
            })?;
            Ok(Column {
                // PostgreSQL cuts names off much earlier.
                name: brief(field.name()),
                type_oid,
                typmod: -1,
            })
        })
        .collect()
}
