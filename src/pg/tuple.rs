//! Tuples formed by ourselves: byte for byte what heap_form_tuple would make of the same values, some
//! rows at a time, in memory that is used again.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::stored::{Open, Stored};
use crate::memory;
use pgrx::pg_sys;
use std::num::NonZero;

/// Bytes before a tuple's NULL bitmap (SizeofHeapTupleHeader).
const HEADER: usize = std::mem::offset_of!(pg_sys::HeapTupleHeaderData, t_bits);

/// MAXIMUM_ALIGNOF
pub(super) const ALIGNMENT: usize = 8;

/// The longest varlena that is stored with a header of one byte, header included (VARATT_SHORT_MAX).
const SHORT_MOST: usize = 0x7f;

const HAS_NULLS: u16 = pg_sys::HEAP_HASNULL as u16;
const HAS_VARIABLE_WIDTH: u16 = pg_sys::HEAP_HASVARWIDTH as u16;

/// A varlena's long header.
const LONG_HEADER: usize = pg_sys::VARHDRSZ;

/// The bytes of a varlena's content at most: it holds less than 1 GB.
pub const CONTENT_MOST: usize = ROW_MOST - LONG_HEADER - 1;

/// MaxAllocSize: PostgreSQL allocates a row at once.
const ROW_MOST: usize = 0x3fff_ffff;

/// Rows that are formed and wait to be stored take about this many bytes at most: they are to stay in
/// the first-level cache.
const FULL: usize = 8 << 10;

/// Memory that is kept from one row to the next, in words. A giant one's is given back.
const KEPT: usize = (1 << 20) / ALIGNMENT;

/// Why a row cannot be formed. Nothing has been reserved for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRow {
    /// PostgreSQL has no row of 1 GB or more.
    TooLong,
    /// The rows are larger than they may be together.
    BeyondBudget,
    NoMemory,
}

/// Some rows.
pub struct Tuples {
    columns: u16,
    /// As words, so that each tuple is aligned.
    words: Vec<u64>,
    /// Where the rows that are complete lie, in bytes.
    rows: Vec<std::ops::Range<usize>>,
    /// Where the row being formed begins.
    first: usize,
    /// And ends, so far.
    end: usize,
    column: usize,
    has_nulls: bool,
    /// Bytes that rows may still take.
    left: u64,
}

impl Tuples {
    /// For rows of so many columns, at most PostgreSQL's own limit; together they take at most `budget`
    /// bytes.
    pub fn new(columns: usize, budget: u64) -> Self {
        let mut tuples = Tuples {
            columns: 0,
            words: Vec::new(),
            rows: Vec::new(),
            first: 0,
            end: 0,
            column: 0,
            has_nulls: false,
            left: budget,
        };
        tuples.set_columns(columns);
        tuples
    }

    /// The rows to come have so many columns.
    pub fn set_columns(&mut self, columns: usize) {
        assert!(columns <= pg_sys::MaxTupleAttributeNumber as usize);
        self.columns = u16::try_from(columns).expect("at most 1664");
    }

    /// Bytes that rows to come may take.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Rows that are complete.
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether the rows should be stored before the next one.
    pub fn is_full(&self) -> bool {
        self.end >= FULL
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.end = 0;
        if self.words.len() > KEPT {
            self.words = Vec::new();
        }
    }

    /// Makes room for a row of at most `most` bytes, from its beginning on.
    fn reserve(&mut self, most: usize) -> Result<(), NoRow> {
        if most > ROW_MOST {
            return Err(NoRow::TooLong);
        }
        if most as u64 > self.left {
            return Err(NoRow::BeyondBudget);
        }
        // No sum overflows: rows that wait take less than one and FULL.
        let words = (self.first + most).div_ceil(ALIGNMENT);
        if let Some(more @ 1..) = words.checked_sub(self.words.len()) {
            self.words
                .try_reserve_exact(more)
                .map_err(|_| NoRow::NoMemory)?;
            #[expect(clippy::disallowed_methods, reason = "reserved above")]
            self.words.resize(words, 0);
        }
        Ok(())
    }

    /// Begins a row; `content`: at least as many bytes as its values will take, paddings aside.
    pub fn begin(&mut self, has_nulls: bool, content: usize) -> Result<(), NoRow> {
        let columns = usize::from(self.columns);
        let bitmap = if has_nulls { columns.div_ceil(8) } else { 0 };
        let start = (HEADER + bitmap).next_multiple_of(ALIGNMENT);
        self.first = self.end.next_multiple_of(ALIGNMENT);
        // Each value has at most one padding before it, and a varlena its header besides.
        let most = content.saturating_add(start + columns * (ALIGNMENT + LONG_HEADER));
        self.reserve(most)?;
        self.end = self.first + start;
        self.column = 0;
        self.has_nulls = has_nulls;
        let (first, end) = (self.first, self.end);
        self.bytes()[first..end].fill(0);
        // One by one: the structure as a whole has a byte of padding where the bitmap begins.
        let columns = self.columns;
        let header = self.header();
        header.t_infomask2 = columns;
        header.t_infomask = if has_nulls { HAS_NULLS } else { 0 };
        header.t_hoff = u8::try_from(start).expect("a header and 208 bytes of bitmap at most");
        Ok(())
    }

    fn header(&mut self) -> &mut pg_sys::HeapTupleHeaderData {
        let words = &mut self.words[self.first / ALIGNMENT..];
        assert!(size_of_val(words) >= size_of::<pg_sys::HeapTupleHeaderData>());
        // SAFETY: large enough, aligned, and any bytes are a header.
        unsafe { &mut *words.as_mut_ptr().cast() }
    }

    fn bytes(&mut self) -> &mut [u8] {
        crate::os::bytes_of_mut(&mut self.words)
    }

    /// The next column is NULL.
    pub fn null(&mut self) {
        debug_assert!(self.has_nulls);
        self.column += 1;
    }

    fn not_null(&mut self) {
        if self.has_nulls {
            let (bits, column) = (self.first + HEADER, self.column);
            self.bytes()[bits + column / 8] |= 1 << (column % 8);
        }
        self.column += 1;
    }

    /// The next column's value, of a type that is passed by value and aligned to its length.
    #[inline]
    pub fn value<const N: usize>(&mut self, value: [u8; N]) {
        self.not_null();
        let at = self.align(N);
        self.bytes()[at..at + N].copy_from_slice(&value);
        self.end = at + N;
    }

    /// The next column's value, of text, varchar or bytea. `content`: at most [`CONTENT_MOST`] bytes.
    #[inline]
    pub fn varlena(&mut self, content: &[u8]) {
        self.variable(content, true, LONG_HEADER);
    }

    /// The next column's value, of any type.
    pub fn datum(&mut self, open: &Open) {
        let Stored {
            length,
            by_value,
            align,
            packs,
        } = open.stored;
        let word = (open.value.value() as u64).to_le_bytes();
        match (by_value, length) {
            (true, length) => self.plain(&word[..length as usize], align),
            (false, -1) => self.variable(open.content(), packs, align),
            (false, length) => {
                self.plain(open.content(), align);
                if length < 0 {
                    self.header().t_infomask |= HAS_VARIABLE_WIDTH;
                }
            }
        }
    }

    fn plain(&mut self, bytes: &[u8], align: usize) {
        self.not_null();
        let at = self.align(align);
        self.bytes()[at..at + bytes.len()].copy_from_slice(bytes);
        self.end = at + bytes.len();
    }

    #[inline]
    fn variable(&mut self, content: &[u8], packs: bool, align: usize) {
        assert!(content.len() <= CONTENT_MOST);
        self.not_null();
        self.header().t_infomask |= HAS_VARIABLE_WIDTH;
        let at = if packs && content.len() < SHORT_MOST {
            let at = self.end;
            // varattrib_1b, on little-endian machines.
            self.bytes()[at] = ((content.len() + 1) << 1) as u8 | 1;
            at + 1
        } else {
            let at = self.align(align);
            let header = ((content.len() + LONG_HEADER) << 2) as u32;
            self.bytes()[at..at + LONG_HEADER].copy_from_slice(&header.to_le_bytes());
            at + LONG_HEADER
        };
        self.bytes()[at..at + content.len()].copy_from_slice(content);
        self.end = at + content.len();
    }

    /// Pads with zeros, as PostgreSQL does. `to`: a power of two.
    #[inline]
    fn align(&mut self, to: usize) -> usize {
        let from = self.end;
        let at = (from + to - 1) & !(to - 1);
        if at > from {
            self.bytes()[from..at].fill(0);
        }
        at
    }

    /// Makes rows without NULLs of columns of these lengths, each aligned to its length, as many as
    /// should be stored at once and at most `most`. Their values are [`Tuples::fill`]ed in. How many,
    /// and where in a row each column lies.
    pub fn make_rows(
        &mut self,
        lengths: &[usize],
        most: usize,
    ) -> Result<(usize, Vec<usize>), NoRow> {
        assert_eq!(lengths.len(), usize::from(self.columns));
        assert!(self.rows.is_empty());
        // The first row as an example of all.
        self.end = 0;
        self.begin(false, lengths.iter().sum())?;
        let mut offsets = memory::with_capacity(lengths.len()).map_err(|_| NoRow::NoMemory)?;
        for length in lengths {
            let at = self.align(*length);
            offsets.push(at);
            self.end = at + length;
        }
        let (length, stride) = (self.end, self.end.next_multiple_of(ALIGNMENT));
        const WORDS: usize = HEADER.div_ceil(ALIGNMENT);
        let mut header = [0; WORDS];
        header.copy_from_slice(&self.words[..WORDS]);
        let count = (FULL / stride).clamp(1, most);
        self.first = 0;
        self.reserve(count * stride)?;
        self.words.truncate(count * stride / ALIGNMENT);
        self.words.fill(0);
        for row in 0..count {
            let first = row * stride;
            self.words[first / ALIGNMENT..][..header.len()].copy_from_slice(&header);
            self.rows.push(first..first + length);
        }
        self.end = count * stride;
        self.left -= self.end as u64;
        Ok((count, offsets))
    }

    /// Puts a column's values into the rows made, at its offset.
    pub fn fill<const N: usize>(&mut self, offset: usize, values: impl Iterator<Item = [u8; N]>) {
        let Some(rows) = NonZero::new(self.rows.len()) else {
            return;
        };
        let (stride, end) = (self.end / rows, self.end);
        let rows = self.bytes()[..end].chunks_exact_mut(stride);
        for (row, value) in rows.zip(values) {
            row[offset..offset + N].copy_from_slice(&value);
        }
    }

    /// The row is complete.
    pub fn finish(&mut self) {
        assert_eq!(self.column, usize::from(self.columns));
        self.rows.push(self.first..self.end);
        // It has taken no more than `begin` reserved.
        self.left = self.left.saturating_sub((self.end - self.first) as u64);
    }

    /// The rows, each with PostgreSQL's own handle; to be used before anything else happens here.
    pub(super) fn handles(&mut self) -> impl Iterator<Item = pg_sys::HeapTupleData> {
        let start: *mut u8 = self.words.as_mut_ptr().cast();
        self.rows.iter().map(move |row| pg_sys::HeapTupleData {
            t_len: u32::try_from(row.len()).expect("less than 1 GB by `reserve`"),
            // SAFETY: each row lies within the words.
            t_data: unsafe { start.add(row.start) }.cast(),
            ..Default::default()
        })
    }
}

#[cfg(target_endian = "big")]
compile_error!("a varlena's header is written for little-endian machines");

#[cfg(test)]
mod tests;
