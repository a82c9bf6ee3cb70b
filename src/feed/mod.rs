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
use crate::pg::portal::{Ahead, Portal};
use crate::pg::row::Row;
use crate::pg::server::check_interrupts;
use crate::streams::encode::losses::Losses;
use crate::streams::encode::message::{END_OF_STREAM, schema_message};
use crate::streams::encode::schema::schema;
use crate::types::Tree;
use launchpad_protocol::launch::Language;

/// Rows that are fetched at once, unless a piece has so many.
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
    /// Pieces in turn; batches in turn where all rows are one piece. One that reads no more loses what it
    /// was given, up to the piece's end; the rest goes to the others.
    Many(Vec<K>),
}

/// One of them.
struct Taker<K> {
    key: K,
    /// It has got rows of the present piece.
    has_rows: bool,
    /// It reads no more.
    is_closed: bool,
}

impl<K> Taker<K> {
    fn of(key: K) -> Self {
        Taker {
            key,
            has_rows: false,
            is_closed: false,
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
    /// Nobody reads any more, of all destinations.
    Closed,
}

pub struct Feed<'a, K> {
    columns: &'a [(String, Tree)],
    batch: Batch,
    boundary: Boundary,
    takers: Vec<Taker<K>>,
    /// Whose turn it is among them.
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
            takers: match destination {
                Destination::One(key) => vec![Taker::of(key)],
                Destination::Many(keys) => keys.into_iter().map(Taker::of).collect(),
            },
            turn: 0,
            before: 0,
            in_piece: 0,
        })
    }

    /// The schema, before any row. False: nobody reads it.
    pub fn begin(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<bool, CallError> {
        let message = schema_message(&schema(self.columns))?;
        self.send_all(&message, outlet)?;
        Ok(self.pass_to(0))
    }

    fn send_all(
        &mut self,
        message: &[u8],
        outlet: &mut impl Outlet<Key = K>,
    ) -> Result<(), CallError> {
        for taker in self.takers.iter_mut().filter(|taker| !taker.is_closed) {
            taker.is_closed = !outlet.send(taker.key, &[message])?;
        }
        Ok(())
    }

    /// The turn is that of the first one, from the given one on, that reads. False: nobody does.
    fn pass_to(&mut self, from: usize) -> bool {
        let count = self.takers.len();
        let next = (from..from + count)
            .map(|turn| turn % count)
            .find(|turn| !self.takers[*turn].is_closed);
        self.turn = next.unwrap_or(0);
        next.is_some()
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
        let most = match self.boundary {
            Boundary::Whole => FETCH,
            Boundary::Rows(most) => most.max(1),
            Boundary::Groups(_) => return self.pull_groups(portal, outlet, between),
        };
        loop {
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

    /// A portal that gives fewer rows than it was asked for has ended, so that it cannot be stopped where a
    /// group ends: the query is ahead of `between` by as many rows as are fetched at once.
    fn pull_groups<O: Outlet<Key = K>>(
        &mut self,
        portal: &mut Portal,
        outlet: &mut O,
        between: &mut dyn FnMut(&mut O) -> Result<(), CallError>,
    ) -> Result<bool, CallError> {
        let mut ahead = Ahead::of(portal);
        while ahead.fetch(portal, FETCH).map_err(CallError::Query)? > 0 {
            while let Some(row) = ahead.next_row() {
                check_interrupts();
                match self.push(row, outlet)? {
                    Fed::Closed => return Ok(false),
                    Fed::PieceEnded => between(outlet)?,
                    Fed::InPiece => {}
                }
            }
        }
        Ok(true)
    }

    /// All rows have been pushed; what each column's values have lost.
    pub fn end(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<&[Losses], CallError> {
        if self.in_piece > 0 {
            self.end_piece(outlet)?;
        }
        self.send_all(&END_OF_STREAM, outlet)?;
        Ok(self.batch.losses())
    }

    fn end_piece(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<Fed, CallError> {
        self.in_piece = 0;
        let mut is_read = self.flush(outlet)?;
        for taker in &mut self.takers {
            if std::mem::take(&mut taker.has_rows) && !taker.is_closed {
                outlet.piece_ends(taker.key)?;
            }
        }
        if !matches!(self.boundary, Boundary::Whole) {
            is_read = self.pass_to(self.turn + 1);
        }
        Ok(if is_read {
            Fed::PieceEnded
        } else {
            Fed::Closed
        })
    }

    /// False: nobody reads.
    fn flush(&mut self, outlet: &mut impl Outlet<Key = K>) -> Result<bool, CallError> {
        let rows = self.batch.rows();
        let taker = &mut self.takers[self.turn];
        if rows > 0 {
            let message = self.batch.message().map_err(|(index, why)| {
                let name = &self.columns[index].0;
                why.at(format!("Column \"{name}\" of input_data_1"))
            })?;
            // The rest of a piece whose reader has closed is nobody's.
            if !taker.is_closed {
                let bytes = message.iter().map(|slice| slice.len()).sum();
                taker.has_rows = true;
                taker.is_closed = !outlet.send(taker.key, &message)?;
                outlet.has_sent(rows, bytes);
            }
            self.before += rows;
            self.batch.clear();
            if matches!(self.boundary, Boundary::Whole) {
                return Ok(self.pass_to(self.turn + 1));
            }
        }
        Ok(self.takers.iter().any(|taker| !taker.is_closed))
    }
}
