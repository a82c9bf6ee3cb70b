//! Where the executor's rows go: into batches, to one satellite or dealt among many, in pieces that end
//! at a boundary.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use crate::encode::batch::Batch;
use crate::encode::losses::Losses;
use crate::encode::message::{END_OF_STREAM, schema_message};
use crate::encode::schema::schema;
use crate::error::CallError;
use crate::pg::encoding::server_is_utf8;
use crate::pg::row::Row;
use crate::pump::Key;
use crate::types::Tree;
use launchpad_protocol::launch::Language;

/// Where one piece ends and the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// All rows are one piece.
    Whole,
}

/// What takes a feed's messages to the satellites.
pub trait Outlet {
    /// Writes all of `slices` to the input of `to`. False: nobody reads it any more.
    fn send(&mut self, to: Key, slices: &[&[u8]]) -> Result<bool, CallError>;

    /// So many rows are on their way, in so many bytes.
    fn has_sent(&mut self, rows: usize, bytes: usize);
}

/// What a row's way ends in.
pub type Fed = Result<bool, CallError>;

pub struct Feed<'a> {
    columns: &'a [(String, Tree)],
    batch: Batch,
    /// Rows of batches that have been sent.
    before: usize,
    to: Key,
}

impl<'a> Feed<'a> {
    /// Of these columns, for scripts in `language`, in batches of about so many bytes.
    pub fn new(
        columns: &'a [(String, Tree)],
        language: Language,
        batch_bytes: usize,
        to: Key,
    ) -> Result<Self, CallError> {
        let types = columns.iter().map(|(_, tree)| tree);
        Ok(Feed {
            columns,
            batch: Batch::new(types, language, server_is_utf8())?.of_bytes(batch_bytes),
            before: 0,
            to,
        })
    }

    /// The schema, before any row. False: nobody reads it.
    pub fn begin(&mut self, outlet: &mut impl Outlet) -> Fed {
        outlet.send(self.to, &[&schema_message(&schema(self.columns))?])
    }

    /// One row. False: nobody reads any more.
    pub fn push(&mut self, row: Row<'_>, outlet: &mut impl Outlet) -> Fed {
        if let Err((index, why)) = self.batch.append(row) {
            let (name, row) = (&self.columns[index].0, self.before + self.batch.rows() + 1);
            let place = format!("Column \"{name}\" of input_data_1, row {row}");
            return Err(CallError::unsent(place, why));
        }
        match self.batch.is_full() {
            true => self.flush(outlet),
            false => Ok(true),
        }
    }

    /// All rows have been pushed; what each column's values have lost.
    pub fn end(&mut self, outlet: &mut impl Outlet) -> Result<&[Losses], CallError> {
        self.flush(outlet)?;
        outlet.send(self.to, &[&END_OF_STREAM])?;
        Ok(self.batch.losses())
    }

    fn flush(&mut self, outlet: &mut impl Outlet) -> Fed {
        let rows = self.batch.rows();
        if rows == 0 {
            return Ok(true);
        }
        let message = self.batch.message().map_err(|(index, why)| {
            let name = &self.columns[index].0;
            CallError::unsent(format!("Column \"{name}\" of input_data_1"), why)
        })?;
        let bytes = message.iter().map(|slice| slice.len()).sum();
        let sent = outlet.send(self.to, &message)?;
        outlet.has_sent(rows, bytes);
        self.before += rows;
        self.batch.clear();
        Ok(sent)
    }
}
