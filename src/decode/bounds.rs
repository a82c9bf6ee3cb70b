//! A record batch's header checked against its schema and its body, before anything is decoded.
//!
//! arrow validates too, but it panics on some headers and allocates by others; after these checks
//! neither is left.

use super::StreamError;
use crate::types::{Natural, Shape};
use arrow_ipc::{FieldNode, MetadataVersion, RecordBatch};

/// Rows a batch may claim; a launcher sends far fewer.
const MAX_ROWS: u64 = 1 << 20;

const TOO_SHORT: Result<(), StreamError> = Err(StreamError::Batch("a buffer that is too short"));

fn wrong<T>(what: &'static str) -> Result<T, StreamError> {
    Err(StreamError::Batch(what))
}

fn size(value: i64, what: &'static str) -> Result<u64, StreamError> {
    u64::try_from(value).map_err(|_| StreamError::Batch(what))
}

/// Checks `batch`, whose columns have the types `columns` and whose body has `body` bytes.
pub fn check(
    batch: &RecordBatch<'_>,
    version: MetadataVersion,
    columns: &[Shape],
    body: usize,
) -> Result<(), StreamError> {
    if version != MetadataVersion::V5 {
        return wrong("another version of the format");
    }
    if batch.compression().is_some() {
        return Err(StreamError::Compressed);
    }
    if batch
        .variadicBufferCounts()
        .is_some_and(|counts| !counts.is_empty())
    {
        return wrong("variadic buffers");
    }
    let rows = size(batch.length(), "a negative row count")?;
    // A row costs at least one bit, else a few bytes could claim billions of rows.
    if rows > MAX_ROWS || rows > 8 * body as u64 + 1 {
        return wrong("more rows than its bytes can hold");
    }
    let (Some(nodes), Some(buffers)) = (batch.nodes(), batch.buffers()) else {
        return wrong("no columns");
    };
    if nodes.len() != columns.iter().map(Shape::nodes).sum::<usize>() {
        return wrong("another number of columns");
    }
    if buffers.len() != columns.iter().map(Shape::buffers).sum::<usize>() {
        return wrong("another number of buffers");
    }
    let mut lengths = Vec::with_capacity(buffers.len());
    for buffer in buffers {
        let offset = size(buffer.offset(), "a negative offset")?;
        let length = size(buffer.length(), "a negative length")?;
        let end = offset.checked_add(length);
        if end.is_none_or(|end| end > body as u64) {
            return wrong("a buffer beyond its end");
        }
        if offset % 8 != 0 {
            return wrong("a buffer that is not aligned");
        }
        lengths.push(length);
    }
    let mut parts = Parts {
        nodes: nodes.iter(),
        lengths: lengths.into_iter(),
        most: 8 * body as u64 + 1,
    };
    columns
        .iter()
        .try_for_each(|column| parts.check(column, Some(rows)))
}

/// What is left of a batch's nodes and buffer lengths, which stand in the order of the columns,
/// parents before children.
struct Parts<N, L> {
    nodes: N,
    lengths: L,
    /// Elements that the body can hold at most.
    most: u64,
}

impl<'a, N, L> Parts<N, L>
where
    N: Iterator<Item = &'a FieldNode>,
    L: Iterator<Item = u64>,
{
    /// Checks one column with all that is in it. Its length is `rows`; None for a list's elements,
    /// whose number the list's offsets are held against when they are read.
    fn check(&mut self, column: &Shape, rows: Option<u64>) -> Result<(), StreamError> {
        let Some(node) = self.nodes.next() else {
            return wrong("another number of columns");
        };
        let length = size(node.length(), "a negative length")?;
        if rows.is_some_and(|rows| rows != length) {
            return wrong("columns of different lengths");
        }
        if length > self.most {
            return wrong("more elements than its bytes can hold");
        }
        let nulls = size(node.null_count(), "a negative null count")?;
        if nulls > length {
            return wrong("more nulls than rows");
        }
        let validity = self.length();
        if (nulls > 0 || validity > 0) && validity < length.div_ceil(8) {
            return wrong("a validity buffer that is too short");
        }
        match column {
            Shape::Leaf(natural) => self.check_values(*natural, length),
            Shape::List(element) => {
                self.check_offsets(length, 4)?;
                self.check(element, None)
            }
            Shape::Struct(fields) => fields
                .iter()
                .try_for_each(|(_, field)| self.check(field, Some(length))),
        }
    }

    fn check_values(&mut self, natural: Natural, rows: u64) -> Result<(), StreamError> {
        match natural.offset_width() {
            Some(width) => {
                self.check_offsets(rows, width)?;
                let _bytes = self.length();
                Ok(())
            }
            // No product overflows: `rows` is bounded by the body's length.
            None if self.length() < (rows * natural.bits() as u64).div_ceil(8) => TOO_SHORT,
            None => Ok(()),
        }
    }

    fn check_offsets(&mut self, rows: u64, width: usize) -> Result<(), StreamError> {
        let offsets = self.length();
        // arrow looks at all of them as offsets, and panics at a part of one.
        if !offsets.is_multiple_of(width as u64) {
            return wrong("a buffer with a part of an offset");
        }
        // An empty column may leave its offsets out.
        if (rows == 0 && offsets == 0) || offsets >= (rows + 1) * width as u64 {
            Ok(())
        } else {
            TOO_SHORT
        }
    }

    fn length(&mut self) -> u64 {
        self.lengths.next().unwrap_or(0)
    }
}
