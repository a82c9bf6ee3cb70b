//! The batch being filled from the query's rows.

use super::column::Column;
use super::message;
use crate::pg::messages::{CaughtError, catch_error};
use crate::pg::row::{Output, Row, RowMemory};
use crate::types::{Kind, kind};
use flatbuffers::FlatBufferBuilder;

/// A batch is sent when it holds about this many bytes: with 64 KiB pipes and L2 caches of 1 to
/// 2 MiB more gains nothing.
const BATCH_BYTES: usize = 1 << 20;

/// Rows of a batch at most, for tables of few narrow columns.
const BATCH_ROWS: usize = 64 << 10;

pub struct Batch {
    columns: Vec<Column>,
    outputs: Vec<Option<Output>>,
    /// Columns in which a value had no counterpart in Arrow and became NULL.
    infinite: Vec<bool>,
    rows: usize,
    /// The column being appended.
    at: usize,
    memory: Option<RowMemory>,
    utf8: bool,
    builder: FlatBufferBuilder<'static>,
    header: Vec<u8>,
}

impl Batch {
    /// For columns of these types (pg_type.oid).
    pub fn new(types: &[u32]) -> Self {
        let kinds: Vec<Kind> = types
            .iter()
            .map(|oid| crate::types::kind_of(*oid))
            .collect();
        let outputs = kinds
            .iter()
            .zip(types)
            .map(|(kind, oid)| (*kind == Kind::Output).then(|| Output::of(*oid)))
            .collect();
        let utf8 = crate::pg::encoding::server_is_utf8();
        // Output functions and numeric's cast leave memory behind.
        let allocates = kinds
            .iter()
            .any(|kind| matches!(kind, Kind::Output | Kind::Numeric));
        Batch {
            infinite: vec![false; kinds.len()],
            columns: kinds.into_iter().map(Column::new).collect(),
            outputs,
            rows: 0,
            at: 0,
            memory: allocates.then(RowMemory::new),
            utf8,
            builder: FlatBufferBuilder::new(),
            header: Vec::new(),
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS
            || self.columns.iter().map(Column::bytes).sum::<usize>() >= BATCH_BYTES
    }

    /// Positions of the columns whose infinite or out-of-range values became NULL so far.
    pub fn infinite(&self) -> impl Iterator<Item = usize> {
        self.infinite
            .iter()
            .enumerate()
            .filter_map(|(index, seen)| seen.then_some(index))
    }

    /// Adds a row. Where text has to be converted it may fail: the column's position and why. The
    /// batch is of no use then.
    pub fn append(&mut self, row: Row<'_>) -> Result<(), (usize, CaughtError)> {
        if self.utf8 {
            self.append_row(row);
            return Ok(());
        }
        catch_error(|| self.append_row(row)).map_err(|error| (self.at, error))
    }

    fn append_row(&mut self, row: Row<'_>) {
        match self.memory.take() {
            None => self.append_columns(row),
            Some(memory) => {
                memory.within(|| self.append_columns(row));
                self.memory = Some(memory);
            }
        }
    }

    fn append_columns(&mut self, row: Row<'_>) {
        for (index, column) in self.columns.iter_mut().enumerate() {
            self.at = index;
            if row.is_null(index) {
                column.push_null();
                continue;
            }
            match column.kind() {
                Kind::Bool => column.push_bool(row.word(index) as u8 != 0),
                Kind::Int2 => column.push_fixed((row.word(index) as i16).to_le_bytes()),
                Kind::Int4 | Kind::Oid | Kind::Float4 => {
                    column.push_fixed((row.word(index) as u32).to_le_bytes());
                }
                Kind::Int8 | Kind::Float8 => column.push_fixed(row.word(index).to_le_bytes()),
                Kind::Numeric => column.push_fixed(row.numeric(index).to_le_bytes()),
                Kind::Bytea => row.varlena(index, |bytes| column.push_bytes(bytes)),
                Kind::Text => row.varlena(index, |bytes| push_text(column, bytes, self.utf8)),
                Kind::Output => {
                    if let Some(output) = &self.outputs[index] {
                        row.output(index, output, |bytes| push_text(column, bytes, self.utf8));
                    }
                }
                Kind::Date => match kind::unix_days(row.word(index) as i32) {
                    Some(days) => column.push_fixed(days.to_le_bytes()),
                    None => {
                        column.push_null();
                        self.infinite[index] = true;
                    }
                },
                Kind::Timestamp | Kind::TimestampTz => {
                    match kind::unix_micros(row.word(index).cast_signed()) {
                        Some(micros) => column.push_fixed(micros.to_le_bytes()),
                        None => {
                            column.push_null();
                            self.infinite[index] = true;
                        }
                    }
                }
            }
        }
        self.rows += 1;
    }

    /// The filled batch as the slices to write; [`Batch::clear`] starts the next.
    pub fn message(&mut self) -> Vec<&[u8]> {
        message::batch_header(
            &mut self.builder,
            &self.columns,
            self.rows,
            &mut self.header,
        );
        std::iter::once(self.header.as_slice())
            .chain(message::batch_body(&self.columns))
            .collect()
    }

    pub fn clear(&mut self) {
        self.rows = 0;
        self.columns.iter_mut().for_each(Column::clear);
    }
}

fn push_text(column: &mut Column, bytes: &[u8], utf8: bool) {
    if utf8 {
        column.push_bytes(bytes);
    } else {
        column.push_bytes(&crate::pg::encoding::to_utf8(bytes));
    }
}
