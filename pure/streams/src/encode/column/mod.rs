//! One column of a batch being filled: Arrow's buffers, kept from batch to batch.

use arrow_buffer::ToByteSlice;
use launchpad_memory::{self as memory, NoMemory};
use launchpad_types::kind::MAX_DECIMAL128;
use launchpad_types::{Kind, Node, Tree};

/// Why a value has no place in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlace {
    Memory(NoMemory),
    /// Arrow counts a column's bytes, and a list's elements, in 31 bits.
    Limit,
}

impl From<NoMemory> for NoPlace {
    fn from(refused: NoMemory) -> Self {
        NoPlace::Memory(refused)
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Leaf(Kind),
    /// One child: the elements, row after row.
    List,
    /// A child per field, as long as the column itself.
    Struct,
    /// A struct of two lists: the arrays' elements, and their dimensions, NULL where there is one. That
    /// list lags behind while there is nothing to say.
    Array,
}

/// Values of one column in Arrow's layout.
#[derive(Debug)]
pub struct Column {
    layout: Layout,
    rows: usize,
    nulls: usize,
    /// One bit a row, 1 = not NULL; kept from the first NULL on.
    validity: Vec<u8>,
    /// For variable length: where each value ends; the first element is 0.
    offsets: Vec<i32>,
    /// Fixed-width values, or bits, or bytes.
    values: Vec<u8>,
    children: Vec<Column>,
}

impl Column {
    /// For plain values.
    pub fn new(kind: Kind) -> Self {
        Column::with(Layout::Leaf(kind), Vec::new())
    }

    /// For values of a type with all that is in them.
    pub fn of(tree: &Tree) -> Self {
        match &tree.node {
            Node::Leaf(kind) => Column::new(*kind),
            Node::List(element) => {
                let list = |element| Column::with(Layout::List, vec![element]);
                let parts = vec![list(Column::of(element)), list(Column::new(Kind::Int4))];
                Column::with(Layout::Array, parts)
            }
            Node::Struct(columns) => Column::with(
                Layout::Struct,
                columns.iter().map(|(_, tree)| Column::of(tree)).collect(),
            ),
        }
    }

    fn with(layout: Layout, children: Vec<Column>) -> Self {
        let mut column = Column {
            layout,
            rows: 0,
            nulls: 0,
            validity: Vec::new(),
            offsets: Vec::new(),
            values: Vec::new(),
            children,
        };
        column.clear();
        column
    }

    /// A list's elements, or a struct's field at `at`.
    pub fn child(&mut self, at: usize) -> &mut Column {
        &mut self.children[at]
    }

    /// The column and all below it, parents before children: the order of the format.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Column)) {
        visit(self);
        for child in &self.children {
            child.walk(visit);
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn nulls(&self) -> usize {
        self.nulls
    }

    /// Bytes held, about.
    #[inline]
    pub fn bytes(&self) -> usize {
        if self.layout == Layout::Array && self.children[1].rows == 0 {
            return self.children[0].bytes();
        }
        let children: usize = self.children.iter().map(Column::bytes).sum();
        self.values.len() + self.offsets.len() * 4 + children
    }

    /// Empties the column and keeps its memory, but for what a few huge values left behind.
    pub fn clear(&mut self) {
        const KEEP: usize = 4 << 20;
        if self.values.capacity() > KEEP {
            self.values = Vec::new();
        }
        if self.offsets.capacity() * size_of::<i32>() > KEEP {
            self.offsets = Vec::new();
        }
        if self.validity.capacity() > KEEP {
            self.validity = Vec::new();
        }
        self.rows = 0;
        self.nulls = 0;
        self.validity.clear();
        self.values.clear();
        self.offsets.clear();
        if self.is_variable() {
            self.offsets.push(0);
        }
        self.children.iter_mut().for_each(Column::clear);
    }

    #[inline]
    fn is_variable(&self) -> bool {
        matches!(
            self.layout,
            Layout::List | Layout::Leaf(Kind::Text | Kind::Digits | Kind::Output | Kind::Bytea)
        )
    }

    #[inline]
    fn mark(&mut self, valid: bool) -> Result<(), NoPlace> {
        if valid && self.nulls == 0 {
            self.rows += 1;
        } else {
            self.reserve_validity(1)?;
            self.mark_bit(valid);
        }
        Ok(())
    }

    #[inline]
    fn reserve_validity(&mut self, rows: usize) -> Result<(), NoMemory> {
        let bytes = (self.rows + rows) / 8 + 1;
        let more = bytes.saturating_sub(self.validity.len());
        memory::reserve(&mut self.validity, more)
    }

    /// Its place is reserved.
    #[inline]
    fn mark_bit(&mut self, valid: bool) {
        let bit = self.rows % 8;
        if self.nulls == 0 {
            self.begin_validity();
        }
        if bit == 0 {
            self.validity.push(0);
        }
        if valid && let Some(last) = self.validity.last_mut() {
            *last |= 1 << bit;
        }
        self.nulls += usize::from(!valid);
        self.rows += 1;
    }

    /// For rows of which none is NULL; their place is reserved.
    #[expect(clippy::disallowed_methods, reason = "reserved")]
    fn begin_validity(&mut self) {
        let bit = self.rows % 8;
        self.validity.resize(self.rows / 8, 0xff);
        if bit > 0 {
            self.validity.push((1 << bit) - 1);
        }
    }

    /// Makes the column as long as that, with NULLs. It is of lists.
    fn lengthen(&mut self, rows: usize) -> Result<(), NoMemory> {
        let more = rows.saturating_sub(self.rows);
        if more == 0 {
            return Ok(());
        }
        let end = self.offsets.last().copied().unwrap_or(0);
        memory::resize(&mut self.offsets, rows + 1, end)?;
        self.reserve_validity(more)?;
        if self.nulls == 0 {
            self.begin_validity();
        }
        memory::resize(&mut self.validity, rows.div_ceil(8), 0)?;
        self.nulls += more;
        self.rows = rows;
        Ok(())
    }

    /// Brings what lags behind to the length of the column, before the buffers are read.
    pub(super) fn complete(&mut self) -> Result<(), NoMemory> {
        if self.layout == Layout::Array {
            self.children[1].lengthen(self.rows)?;
        }
        self.children.iter_mut().try_for_each(Column::complete)
    }

    /// Reserves the places of so many values of fixed width, NULL or not, for `put_…`.
    #[inline]
    pub fn reserve(&mut self, rows: usize) -> Result<(), NoPlace> {
        let width = match self.layout {
            Layout::Leaf(kind) => width(kind),
            Layout::List | Layout::Struct | Layout::Array => 0,
        };
        // Bits have less than a byte each.
        memory::reserve(&mut self.values, rows * width.max(1))?;
        Ok(self.reserve_validity(rows)?)
    }

    #[inline]
    pub fn put_null(&mut self) {
        match self.layout {
            Layout::Leaf(Kind::Bool) => self.put_bit(false),
            Layout::Leaf(kind) => self.put_zeros(width(kind)),
            Layout::List | Layout::Struct | Layout::Array => {}
        }
        self.mark_bit(false);
    }

    #[inline]
    pub fn put_bool(&mut self, value: bool) {
        self.put_bit(value);
        self.put_mark();
    }

    #[expect(clippy::disallowed_methods, reason = "reserved")]
    #[inline]
    pub fn put_fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        self.values.extend_from_slice(&bytes);
        self.put_mark();
    }

    #[inline]
    fn put_mark(&mut self) {
        match self.nulls {
            0 => self.rows += 1,
            _ => self.mark_bit(true),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "reserved")]
    #[inline]
    fn put_zeros(&mut self, width: usize) {
        self.values.resize(self.values.len() + width, 0);
    }

    #[inline]
    fn put_bit(&mut self, value: bool) {
        let bit = self.rows % 8;
        if bit == 0 {
            self.values.push(0);
        }
        if value && let Some(last) = self.values.last_mut() {
            *last |= 1 << bit;
        }
    }

    #[inline]
    pub fn push_null(&mut self) -> Result<(), NoPlace> {
        match self.layout {
            Layout::Leaf(_) if !self.is_variable() => {
                self.reserve(1)?;
                self.put_null();
                return Ok(());
            }
            Layout::Leaf(_) | Layout::List => self.push_offset()?,
            Layout::Struct => self.children.iter_mut().try_for_each(Column::push_null)?,
            Layout::Array => self.children[0].push_null()?,
        }
        self.mark(false)
    }

    /// Ends an array of one dimension, or of those that are given: its elements are in the first child's.
    pub fn push_array(&mut self, dimensions: &[i32]) -> Result<(), NoPlace> {
        self.children[0].push_list()?;
        if !dimensions.is_empty() {
            let own = &mut self.children[1];
            own.lengthen(self.rows)?;
            for length in dimensions {
                own.children[0].push_fixed(length.to_le_bytes())?;
            }
            own.push_list()?;
        }
        self.mark(true)
    }

    /// Ends a list, whose elements are in the child.
    pub fn push_list(&mut self) -> Result<(), NoPlace> {
        self.push_offset()?;
        self.mark(true)
    }

    /// Ends a struct, whose fields are in the children.
    pub fn push_struct(&mut self) -> Result<(), NoPlace> {
        self.mark(true)
    }

    #[inline]
    pub fn push_bool(&mut self, value: bool) -> Result<(), NoPlace> {
        self.reserve(1)?;
        self.put_bool(value);
        Ok(())
    }

    /// A value of fixed width as its little-endian bytes.
    #[inline]
    pub fn push_fixed<const N: usize>(&mut self, bytes: [u8; N]) -> Result<(), NoPlace> {
        memory::extend(&mut self.values, &bytes)?;
        self.mark(true)
    }

    /// Values of fixed width, none of them NULL, whose places are reserved.
    #[expect(clippy::disallowed_methods, reason = "reserved")]
    pub fn extend_fixed<const N: usize>(&mut self, values: impl ExactSizeIterator<Item = [u8; N]>) {
        let (start, count) = (self.values.len(), values.len());
        self.values.resize(start + count * N, 0);
        let (places, _) = self.values[start..].as_chunks_mut();
        for (place, value) in places.iter_mut().zip(values) {
            *place = value;
        }
        match self.nulls {
            0 => self.rows += count,
            _ => (0..count).for_each(|_| self.mark_bit(true)),
        }
    }

    #[inline]
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), NoPlace> {
        memory::extend(&mut self.values, bytes)?;
        self.end_at(self.values.len())?;
        self.mark(true)
    }

    #[inline]
    fn push_offset(&mut self) -> Result<(), NoPlace> {
        self.end_at(match self.layout {
            Layout::List => self.children[0].rows,
            _ => self.values.len(),
        })
    }

    /// A batch is sent long before 2 GiB (see Batch::is_full), but one row may have as much.
    #[inline]
    fn end_at(&mut self, length: usize) -> Result<(), NoPlace> {
        let end = i32::try_from(length).map_err(|_| NoPlace::Limit)?;
        Ok(memory::push(&mut self.offsets, end)?)
    }

    /// The buffers in Arrow's order. Without NULLs the validity buffer is left out, as Arrow
    /// allows.
    pub fn buffers(&self) -> impl Iterator<Item = Buffer<'_>> {
        let validity: &[u8] = if self.nulls == 0 { &[] } else { &self.validity };
        let offsets = self.is_variable().then_some(Buffer::Offsets(&self.offsets));
        let values = matches!(self.layout, Layout::Leaf(_)).then_some(Buffer::Bytes(&self.values));
        [Some(Buffer::Bytes(validity)), offsets, values]
            .into_iter()
            .flatten()
    }
}

/// Bytes of a value; 0 where they vary, and for bits.
fn width(kind: Kind) -> usize {
    match kind {
        Kind::Bool | Kind::Text | Kind::Digits | Kind::Output | Kind::Bytea => 0,
        Kind::Int2 => 2,
        Kind::Int4 | Kind::Oid | Kind::Float4 | Kind::Date => 4,
        Kind::Int8 | Kind::Float8 | Kind::Numeric | Kind::Time => 8,
        Kind::Timestamp | Kind::TimestampTz => 8,
        Kind::Interval => 16,
        Kind::Decimal { precision, .. } if precision <= MAX_DECIMAL128 => 16,
        Kind::Decimal { .. } => 32,
    }
}

/// A buffer's content.
#[derive(Debug, Clone, Copy)]
pub enum Buffer<'a> {
    Bytes(&'a [u8]),
    Offsets(&'a [i32]),
}

impl<'a> Buffer<'a> {
    /// As the bytes that go on the wire.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Buffer::Bytes(bytes) => bytes,
            Buffer::Offsets(offsets) => offsets.to_byte_slice(),
        }
    }
}

#[cfg(test)]
mod tests;
