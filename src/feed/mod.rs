//! Where the executor's rows go: into batches, to one satellite or dealt among many, in pieces that end
//! at a boundary.
//!
//! Rows are pushed by the executor's receiver ([`Feed::push`]) or pulled from a portal ([`Feed::pull`]),
//! between whose pieces other statements can run; [`kept`] writes down what was sent, to send it again.
//! What is offered so far is pushed, whole, to one.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]
#![cfg_attr(
    not(debug_assertions),
    allow(
        dead_code,
        reason = "pieces, many, pulling and keeping have no caller yet but tests"
    )
)]

pub mod kept;

use crate::encode::batch::Batch;
use crate::error::CallError;
use crate::pg::encoding::server_is_utf8;
use crate::pg::grouping::Grouping;
use crate::pg::portal::Portal;
use crate::pg::row::Row;
use crate::streams::encode::losses::Losses;
use crate::streams::encode::message::{END_OF_STREAM, schema_message};
use crate::streams::encode::schema::schema;
use crate::types::Tree;
use launchpad_protocol::launch::Language;

/// Rows that are fetched at once where all are one piece.
const FETCH: u32 = 1000;

/// Where one piece ends and the next begins.
pub enum Boundary {
    /// All rows are one piece.
    Whole,
    /// Each piece has so many rows, the last one what is left.
    Rows(u32),
    /// Each piece is a group of rows that are sorted by some columns.
    Groups(Grouping),
}

/// Who gets the rows.
pub enum Destination<K> {
    One(K),
    /// Pieces in turn; batches in turn where all rows are one piece.
    Many(Vec<K>),
}

impl<K: Copy> Destination<K> {
    fn all(&self) -> &[K] {
        match self {
            Destination::One(key) => std::slice::from_ref(key),
            Destination::Many(keys) => keys,
        }
    }
}

/// What takes a feed's messages to the satellites, each of which `Key` names.
pub trait Outlet {
    type Key: Copy;

    /// Writes all of `slices` to the input of `to`. False: nobody reads it any more.
    fn send(&mut self, to: Self::Key, slices: &[&[u8]]) -> Result<bool, CallError>;

    /// So many rows are on their way, in so many bytes.
    fn has_sent(&mut self, rows: usize, bytes: usize);

    /// The rows that `to` has got since the last such call are a piece.
    fn piece_ends(&mut self, _to: Self::Key) -> Result<(), CallError> {
        Ok(())
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fed {
    InPiece,
    /// A piece has ended, before this row or with it.
    PieceEnded,
    /// Nobody reads any more.
    Closed,
}

pub struct Feed<'a, K> {
    columns: &'a [(String, Tree)],
    batch: Batch,
    boundary: Boundary,
    destination: Destination<K>,
    /// Whose turn it is among the destinations.
    turn: usize,
    /// Rows of batches that have been sent.
    before: usize,
    /// Rows of the present piece.
    in_piece: u32,
}

impl<'a, K: Copy> Feed<'a, K> {
    /// Of these columns, for scripts in `language`, in batches of about so many bytes.
    pub fn new(
        columns: &'a [(String, Tree)],
        language: Language,
        batch_bytes: usize,
        boundary: Boundary,
        destination: Destination<K>,
    ) -> Result<Self, CallError> {
        let types = columns.iter().map(|(_, tree)| tree);
        Ok(Feed {
            columns,
            batch: Batch::new(types, language, server_is_utf8())?.of_bytes(batch_bytes),
            boundary,
            destination,
            turn: 0,
            before: 0,
            in_piece: 0,
        })
    }

    /// The schema, before any row. False: nobody reads it.
    pub fn begin(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<bool, CallError> {
        let message = schema_message(&schema(self.columns))?;
        self.to_all(&message, outlet)
    }

    fn to_all(&self, message: &[u8], outlet: &mut impl Outlet<Key = K>) -> Result<bool, CallError> {
        let mut any = false;
        for to in self.destination.all() {
            any |= outlet.send(*to, &[message])?;
        }
        Ok(any)
    }

    /// One row.
    pub fn push(
        &mut self,
        row: Row<'_>,
        outlet: &mut impl Outlet<Key = K>,
    ) -> Result<Fed, CallError> {
        let mut fed = Fed::InPiece;
        if let Boundary::Groups(grouping) = &mut self.boundary
            && grouping.begins(row)
        {
            fed = self.end_piece(outlet)?;
        }
        if let Err((index, why)) = self.batch.append(row) {
            let (name, row) = (&self.columns[index].0, self.before + self.batch.rows() + 1);
            let place = format!("Column \"{name}\" of input_data_1, row {row}");
            return Err(why.at(place).into());
        }
        self.in_piece = self.in_piece.saturating_add(1);
        if matches!(self.boundary, Boundary::Rows(most) if self.in_piece >= most) {
            return self.end_piece(outlet);
        }
        if fed != Fed::Closed && self.batch.is_full() && !self.flush(outlet)? {
            fed = Fed::Closed;
        }
        Ok(fed)
    }

    /// All rows of `portal`, piece by piece; after each, `between` may run other statements. False: nobody
    /// reads any more.
    pub fn pull<O: Outlet<Key = K>>(
        &mut self,
        portal: &mut Portal,
        outlet: &mut O,
        between: &mut dyn FnMut(&mut O) -> Result<(), CallError>,
    ) -> Result<bool, CallError> {
        loop {
            let most = match self.boundary {
                Boundary::Whole => FETCH,
                Boundary::Rows(most) => most.max(1),
                // A portal that gives fewer rows than it was asked for has ended: it cannot be stopped
                // where a group ends.
                Boundary::Groups(_) => 1,
            };
            let mut last = Ok(Fed::InPiece);
            let fetched = portal
                .fetch(most, &mut |row| {
                    last = self.push(row, outlet);
                    !matches!(last, Ok(Fed::Closed) | Err(_))
                })
                .map_err(CallError::Query)?;
            match last? {
                Fed::Closed => return Ok(false),
                Fed::PieceEnded => between(outlet)?,
                Fed::InPiece if fetched < most.into() => return Ok(true),
                Fed::InPiece => {}
            }
        }
    }

    /// All rows have been pushed; what each column's values have lost.
    pub fn end(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<&[Losses], CallError> {
        if self.in_piece > 0 {
            self.end_piece(outlet)?;
        }
        self.to_all(&END_OF_STREAM, outlet)?;
        Ok(self.batch.losses())
    }

    fn end_piece(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<Fed, CallError> {
        let to = self.to();
        self.in_piece = 0;
        if !self.flush(outlet)? {
            return Ok(Fed::Closed);
        }
        outlet.piece_ends(to)?;
        if !matches!(self.boundary, Boundary::Whole) {
            self.turn += 1;
        }
        Ok(Fed::PieceEnded)
    }

    fn to(&self) -> K {
        let all = self.destination.all();
        all[self.turn % all.len()]
    }

    /// False: nobody reads.
    fn flush(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<bool, CallError> {
        let (to, rows) = (self.to(), self.batch.rows());
        if rows == 0 {
            return Ok(true);
        }
        let message = self.batch.message().map_err(|(index, why)| {
            let name = &self.columns[index].0;
            why.at(format!("Column \"{name}\" of input_data_1"))
        })?;
        let bytes = message.iter().map(|slice| slice.len()).sum();
        let sent = outlet.send(to, &message)?;
        outlet.has_sent(rows, bytes);
        self.before += rows;
        self.batch.clear();
        if matches!(self.boundary, Boundary::Whole) {
            self.turn += 1;
        }
        Ok(sent)
    }
}
