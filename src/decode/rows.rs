//! Batches to rows of the declared columns.

use super::StreamError;
use super::stream::{Event, Stream};
use crate::error::{CallError, CellError, Misfit};
use crate::pg::casts::{Converter, NoCast};
use crate::pg::descriptor::{Column, type_name};
use crate::pg::messages;
use crate::pg::result_set::ResultSet;
use crate::pg::row::RowMemory;
use crate::pg::server::check_interrupts;
use crate::types::{Cell, Natural};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{SchemaRef, TimeUnit};

/// Cancel is looked at every so many rows.
const INTERRUPT_ROWS: usize = 1024;

/// The result under construction: the stream's state, the chosen conversions, the rows so far.
pub struct Rows<'a> {
    stream: Stream,
    result: &'a mut ResultSet,
    columns: Vec<ResultColumn>,
    memory: Option<RowMemory>,
    count: u64,
    ended: bool,
}

struct ResultColumn {
    natural: Natural,
    converter: Converter,
}

impl<'a> Rows<'a> {
    /// Takes at most `budget` bytes.
    pub fn new(result: &'a mut ResultSet, budget: u64) -> Self {
        Rows {
            stream: Stream::new(budget),
            result,
            columns: Vec::new(),
            memory: None,
            count: 0,
            ended: false,
        }
    }

    /// Where the satellite's next bytes go and how many are wanted.
    pub fn room(&mut self) -> Result<(&mut Vec<u8>, usize), StreamError> {
        self.stream.room()
    }

    /// Handles what has arrived.
    pub fn arrived(&mut self) -> Result<(), CallError> {
        while let Some(event) = self.stream.next_event()? {
            match event {
                Event::Schema(schema, natural) => self.choose(&schema, &natural)?,
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

    fn choose(&mut self, schema: &SchemaRef, natural: &[Natural]) -> Result<(), CallError> {
        self.result.adopt(|| own_columns(schema, natural));
        let declared = self.result.columns();
        if declared.len() != natural.len() {
            return Err(CallError::ColumnCount {
                came: schema
                    .fields()
                    .iter()
                    .map(|field| field.name().clone())
                    .collect(),
                declared: declared.iter().map(|column| column.name.clone()).collect(),
            });
        }
        let mut columns = Vec::with_capacity(natural.len());
        for (natural, declared) in natural.iter().zip(declared) {
            let converter =
                Converter::choose(*natural, declared).map_err(|NoCast| CallError::ColumnType {
                    column: declared.name.clone(),
                    came: type_name(natural.oid(), -1),
                    declared: type_name(declared.type_oid, declared.typmod),
                })?;
            columns.push(ResultColumn {
                natural: *natural,
                converter,
            });
        }
        let allocates = columns.iter().any(|column| column.converter.allocates());
        self.memory = allocates.then(RowMemory::new);
        self.columns = columns;
        Ok(())
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<(), CallError> {
        // Which cell is being converted, for the error of a cast that raises.
        let mut at = (0, 0);
        let raised = messages::catch_error(|| {
            for row in 0..batch.num_rows() {
                if row % INTERRUPT_ROWS == 0 {
                    check_interrupts();
                }
                match self.memory.take() {
                    None => self.append_row(batch, row, &mut at)?,
                    Some(memory) => {
                        let result = memory.within(|| self.append_row(batch, row, &mut at));
                        self.memory = Some(memory);
                        result?;
                    }
                }
            }
            Ok(())
        });
        match raised {
            Ok(result) => result,
            Err(error) => Err(CallError::Cell(Box::new(CellError {
                column: self.result.columns()[at.0].name.clone(),
                row: self.count + 1,
                value: cell(batch.column(at.0), self.columns[at.0].natural, at.1)
                    .map_or_else(|| "NULL".to_owned(), |cell| cell.describe()),
                why: Misfit::Refused(error),
            }))),
        }
    }

    fn append_row(
        &mut self,
        batch: &RecordBatch,
        row: usize,
        at: &mut (usize, usize),
    ) -> Result<(), CallError> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            *at = (index, row);
            let value = match cell(batch.column(index), column.natural, row) {
                None => column.converter.convert_null(),
                Some(cell) => match column.converter.convert(cell) {
                    Ok(value) => Some(value),
                    Err(reason) => {
                        return Err(CallError::Cell(Box::new(CellError {
                            column: self.result.columns()[index].name.clone(),
                            row: self.count + 1,
                            value: cell.describe(),
                            why: Misfit::Range(reason),
                        })));
                    }
                },
            };
            self.result.set(index, value);
        }
        self.result.put();
        self.count += 1;
        Ok(())
    }
}

/// The columns of a result that nobody declared.
fn own_columns(schema: &SchemaRef, natural: &[Natural]) -> Vec<Column> {
    let fields = schema.fields().iter().zip(natural);
    fields
        .map(|(field, natural)| Column {
            name: field.name().clone(),
            type_oid: natural.oid(),
            typmod: -1,
        })
        .collect()
}

/// One value; None for NULL, which NaN is too.
pub(super) fn cell(array: &ArrayRef, natural: Natural, row: usize) -> Option<Cell<'_>> {
    if array.is_null(row) {
        return None;
    }
    Some(match natural {
        Natural::Bool => Cell::Bool(array.as_boolean().value(row)),
        Natural::Int8 => Cell::Int2(array.as_primitive::<Int8Type>().value(row).into()),
        Natural::UInt8 => Cell::Int2(array.as_primitive::<UInt8Type>().value(row).into()),
        Natural::Int16 => Cell::Int2(array.as_primitive::<Int16Type>().value(row)),
        Natural::UInt16 => Cell::Int4(array.as_primitive::<UInt16Type>().value(row).into()),
        Natural::Int32 => Cell::Int4(array.as_primitive::<Int32Type>().value(row)),
        Natural::UInt32 => Cell::Int8(array.as_primitive::<UInt32Type>().value(row).into()),
        Natural::Int64 => Cell::Int8(array.as_primitive::<Int64Type>().value(row)),
        Natural::Float32 => match array.as_primitive::<Float32Type>().value(row) {
            value if value.is_nan() => return None,
            value => Cell::Float4(value),
        },
        Natural::Float64 => match array.as_primitive::<Float64Type>().value(row) {
            value if value.is_nan() => return None,
            value => Cell::Float8(value),
        },
        Natural::Utf8 => Cell::Text(array.as_string::<i32>().value(row)),
        Natural::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row)),
        Natural::Binary => Cell::Bytea(array.as_binary::<i32>().value(row)),
        Natural::LargeBinary => Cell::Bytea(array.as_binary::<i64>().value(row)),
        Natural::Date32 => Cell::Date(array.as_primitive::<Date32Type>().value(row)),
        Natural::Timestamp { unit, .. } => Cell::Timestamp(match unit {
            // What microseconds cannot hold must not become a time that PostgreSQL has.
            TimeUnit::Second => array
                .as_primitive::<TimestampSecondType>()
                .value(row)
                .checked_mul(1_000_000)
                .unwrap_or(i64::MIN),
            TimeUnit::Millisecond => array
                .as_primitive::<TimestampMillisecondType>()
                .value(row)
                .checked_mul(1_000)
                .unwrap_or(i64::MIN),
            TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
            TimeUnit::Nanosecond => array
                .as_primitive::<TimestampNanosecondType>()
                .value(row)
                .div_euclid(1_000),
        }),
    })
}
