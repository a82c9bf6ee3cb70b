//! The batch being filled from the query's rows.

use super::value::{Context, Source};
use super::words::Words;
use crate::memory::{self, NoMemory};
use crate::pg::array::LowerBound;
use crate::pg::memory::RowMemory;
use crate::pg::messages::{CaughtError, catch_error};
use crate::pg::row::Row;
use crate::pg::server::check_interrupts;
use crate::streams::encode::column::{Column, NoPlace};
use crate::streams::encode::losses::Losses;
use crate::streams::encode::message;
use crate::types::Tree;
use flatbuffers::FlatBufferBuilder;
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use launchpad_protocol::launch::Language;
use pgrx::pg_sys::Datum;

/// A batch is sent when it holds about this many bytes, unless [`Batch::of_bytes`] says otherwise.
const BATCH_BYTES: usize = 1 << 20;

/// A batch has a row for each so many bytes of its size at most, for tables of few narrow columns.
const ROW_BYTES: usize = 16;

/// Rows whose words wait to be appended, column by column, hold about this many bytes: they are to
/// stay in the first-level cache.
const CHUNK_BYTES: usize = 16 << 10;

/// Bytes of a row at most, in all columns. PostgreSQL bounds each of its values, to less than 1 GB.
pub const MAX_ROW: usize = 2 << 30;

/// From so many bytes in a column on it is time to look at interrupts, and at the row as a whole.
const LARGE: usize = 16 << 20;

pub struct Batch {
    /// Full with so many bytes.
    most: usize,
    columns: Vec<Column>,
    sources: Vec<Source>,
    /// Of each column, over all batches.
    losses: Vec<Losses>,
    rows: usize,
    /// The columns that are appended row by row: their values live no longer than their row.
    by_reference: Vec<usize>,
    /// The others are appended when there are so many rows of them.
    chunk_rows: usize,
    /// Those rows' datums and NULLs, all columns.
    values: Vec<Datum>,
    nulls: Vec<bool>,
    /// The column being appended.
    at: usize,
    /// Bytes in the columns that are appended row by row.
    held: usize,
    memory: Option<RowMemory>,
    utf8: bool,
    builder: FlatBufferBuilder<'static>,
    header: Vec<u8>,
}

/// Why a value cannot be sent.
#[derive(Debug)]
pub enum Unsent {
    /// Text that is none in UTF-8.
    Text(CaughtError),
    /// An array that does not count from 1.
    Array(LowerBound),
    NoMemory(NoMemory),
    /// It takes the row beyond what can be sent.
    TooLarge,
}

impl Unsent {
    pub fn at(self, place: String) -> UnsentAt {
        UnsentAt { place, why: self }
    }
}

/// A value that cannot be sent to the script; where it stands.
#[derive(Debug)]
pub struct UnsentAt {
    place: String,
    why: Unsent,
}

impl Fault for UnsentAt {
    fn report(&self) -> Report {
        let place = &self.place;
        let new = |code, message| Report::new(code, Outcome::Input, message);
        match &self.why {
            Unsent::Text(caught) => {
                new(caught.code, caught.message.clone()).set_detail(format!("{place}."))
            }
            Unsent::Array(LowerBound(bound)) => new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("a script cannot be given an array whose first index is {bound}"),
            )
            .set_detail(format!("{place}."))
            .set_hint("Cast it to text, or to jsonb with to_jsonb."),
            Unsent::NoMemory(refused) => refused.report(),
            Unsent::TooLarge => new(
                SqlState::PROGRAM_LIMIT_EXCEEDED,
                format!(
                    "a row of more than {} GB cannot be passed to a script",
                    MAX_ROW >> 30
                ),
            )
            .set_detail(format!("{place} takes it there.")),
        }
    }
}

impl From<LowerBound> for Unsent {
    fn from(bound: LowerBound) -> Self {
        Unsent::Array(bound)
    }
}

impl From<NoMemory> for Unsent {
    fn from(refused: NoMemory) -> Self {
        Unsent::NoMemory(refused)
    }
}

impl From<NoPlace> for Unsent {
    fn from(why: NoPlace) -> Self {
        match why {
            NoPlace::Memory(refused) => Unsent::NoMemory(refused),
            NoPlace::Limit => Unsent::TooLarge,
        }
    }
}

impl Batch {
    /// For columns of these types on their way to that language. `utf8`: whether the database's
    /// encoding is that.
    pub fn new<'t>(
        types: impl Iterator<Item = &'t Tree> + Clone,
        language: Language,
        utf8: bool,
    ) -> Result<Self, NoMemory> {
        let sources: Vec<Source> = types
            .clone()
            .map(|tree| Source::of(tree, language))
            .collect();
        // Output functions, casts and what is nested leave memory behind.
        let allocates = sources.iter().any(Source::allocates);
        let by_reference = |(_, source): &(usize, &Source)| source.word().is_none();
        let by_reference = sources.iter().enumerate().filter(by_reference);
        let row_bytes = sources.len() * (size_of::<Datum>() + size_of::<bool>());
        let columns: Vec<Column> = types.map(Column::of).collect();
        Ok(Batch {
            most: BATCH_BYTES,
            by_reference: by_reference.map(|(index, _)| index).collect(),
            chunk_rows: (CHUNK_BYTES / row_bytes.max(1)).clamp(8, 512),
            values: Vec::new(),
            nulls: Vec::new(),
            losses: memory::filled(Losses::default(), sources.len())?,
            builder: message::batch_builder(&columns)?,
            columns,
            sources,
            rows: 0,
            at: 0,
            held: 0,
            memory: allocates.then(RowMemory::new),
            utf8,
            header: Vec::new(),
        })
    }

    /// The same, full with about so many bytes (`launchpad.batch_size`).
    pub fn of_bytes(self, most: usize) -> Self {
        Batch { most, ..self }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn is_full(&self) -> bool {
        // Between chunks only values by reference can be large.
        let at_chunk = self.nulls.is_empty();
        self.held >= self.most
            || at_chunk && (self.rows >= self.most / ROW_BYTES || self.bytes() >= self.most)
    }

    fn bytes(&self) -> usize {
        if self.by_reference.len() == self.columns.len() {
            return self.held;
        }
        self.columns.iter().map(Column::bytes).sum()
    }

    /// What each column's values have lost so far.
    pub fn losses(&self) -> &[Losses] {
        &self.losses
    }

    /// Adds a row, or says which column's value cannot be sent and why. The batch is of no use
    /// then.
    pub fn append(&mut self, row: Row<'_>) -> Result<(), (usize, Unsent)> {
        if !self.by_reference.is_empty() {
            let appended = if self.utf8 {
                self.append_references(row)
            } else {
                // Text has to be converted, which may fail.
                catch_error(|| self.append_references(row))
                    .map_err(|error| (self.at, Unsent::Text(error)))?
            };
            appended.map_err(|why| (self.at, why))?;
        }
        self.rows += 1;
        let width = self.columns.len();
        if self.by_reference.len() < width {
            self.wait(row, width);
            if self.nulls.len() >= self.chunk_rows * width {
                self.append_words()?;
            }
        }
        Ok(())
    }

    /// Keeps a row's words until there is a chunk of them.
    #[expect(clippy::disallowed_methods, reason = "a chunk has a size of ours")]
    fn wait(&mut self, row: Row<'_>, width: usize) {
        self.values.extend_from_slice(&row.values()[..width]);
        self.nulls.extend_from_slice(&row.nulls()[..width]);
    }

    fn append_references(&mut self, row: Row<'_>) -> Result<(), Unsent> {
        match self.memory.take() {
            None => self.append_columns(row),
            Some(memory) => {
                let result = memory.within(|| self.append_columns(row));
                self.memory = Some(memory);
                result
            }
        }
    }

    fn append_columns(&mut self, row: Row<'_>) -> Result<(), Unsent> {
        let mut context = Context {
            utf8: self.utf8,
            losses: Losses::default(),
        };
        let mut held = 0;
        for index in self.by_reference.iter().copied() {
            self.at = index;
            self.sources[index].append(&mut self.columns[index], row, index, &mut context)?;
            if context.losses.any() {
                self.losses[index].add(context.losses);
                context.losses = Losses::default();
            }
            let bytes = self.columns[index].bytes();
            held += bytes;
            if bytes > LARGE {
                check_interrupts();
                let bytes = self.columns.iter().map(Column::bytes);
                if bytes.sum::<usize>() > MAX_ROW {
                    return Err(Unsent::TooLarge);
                }
            }
        }
        self.held = held;
        Ok(())
    }

    /// Appends the rows that wait, each column's values at once.
    pub fn append_words(&mut self) -> Result<(), (usize, Unsent)> {
        let width = self.columns.len();
        for (index, source) in self.sources.iter().enumerate() {
            if let Some(word) = source.word() {
                let words = Words::of_rows(&self.values, &self.nulls, width, index);
                word.append(&mut self.columns[index], words, &mut self.losses[index])
                    .map_err(|why| (index, Unsent::from(why)))?;
            }
        }
        self.values.clear();
        self.nulls.clear();
        Ok(())
    }

    /// The filled batch as the slices to write; [`Batch::clear`] starts the next.
    pub fn message(&mut self) -> Result<Vec<&[u8]>, (usize, Unsent)> {
        self.append_words()?;
        message::batch_header(
            &mut self.builder,
            &mut self.columns,
            self.rows,
            &mut self.header,
        )
        .map_err(|why| (0, Unsent::from(why)))?;
        let slices = std::iter::once(self.header.as_slice());
        memory::collect(slices.chain(message::batch_body(&self.columns)))
            .map_err(|why| (0, Unsent::from(why)))
    }

    /// What was appended, and what each column lost.
    pub fn into_columns(mut self) -> Result<(Vec<Column>, Vec<Losses>), (usize, Unsent)> {
        self.append_words()?;
        Ok((self.columns, self.losses))
    }

    pub fn clear(&mut self) {
        self.rows = 0;
        self.held = 0;
        self.columns.iter_mut().for_each(Column::clear);
    }
}
