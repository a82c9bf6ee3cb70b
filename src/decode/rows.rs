//! Batches to rows of the declared columns.

use super::StreamError;
use super::direct::Direct;
use super::stream::{Event, Stream};
use super::way::{self, At, Way};
use crate::error::{CallError, CellError, Misfit};
use crate::pg::casts::{NoCast, OutOfRange};
use crate::pg::catalog::{array_of, resolve};
use crate::pg::descriptor::{Column, type_name};
use crate::pg::messages;
use crate::pg::result_set::ResultSet;
use crate::pg::row::RowMemory;
use crate::pg::server::check_interrupts;
use crate::settings::Numeric;
use crate::types::Shape;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

/// Cancel is looked at every so many rows.
const INTERRUPT_ROWS: usize = 1024;

/// The result under construction: the stream's state, the chosen conversions, the rows so far.
pub struct Rows<'a> {
    stream: Stream,
    result: &'a mut ResultSet,
    columns: Vec<Way>,
    memory: Option<RowMemory>,
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
        self.columns = columns;
        Ok(())
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<(), CallError> {
        // Which value is being converted, for the error of a cast that raises.
        let mut column = 0;
        let mut at = At::default();
        let columns = batch.columns().iter().zip(&self.columns);
        let direct: Vec<_> = columns.map(|(array, way)| Direct::of(array, way)).collect();
        let raised = messages::catch_error(|| {
            for row in 0..batch.num_rows() {
                if row % INTERRUPT_ROWS == 0 {
                    check_interrupts();
                }
                match self.memory.take() {
                    None => self.append_row(batch, &direct, row, &mut column, &mut at)?,
                    Some(memory) => {
                        let result = memory
                            .within(|| self.append_row(batch, &direct, row, &mut column, &mut at));
                        self.memory = Some(memory);
                        result?;
                    }
                }
            }
            Ok(())
        });
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

    fn append_row<'b>(
        &mut self,
        batch: &'b RecordBatch,
        direct: &[Option<Direct<'b>>],
        row: usize,
        column: &mut usize,
        at: &mut At<'b>,
    ) -> Result<(), OutOfRange> {
        for (index, (way, direct)) in self.columns.iter_mut().zip(direct).enumerate() {
            let value = match direct {
                Some(direct) => direct.value(row),
                None => {
                    *column = index;
                    way.convert(batch.column(index), row, at)?
                }
            };
            self.result.set(index, value);
        }
        self.result.put();
        self.count += 1;
        Ok(())
    }
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
