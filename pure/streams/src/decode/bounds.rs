//! A record batch's header checked against its schema and its body, before anything is decoded; what
//! comes out of it says where in the body everything lies.
//!
//! Buffers follow each other without overlap, so that all that is made of a batch is bounded by its
//! body: a buffer that two columns share, or rows of one column twice, would multiply it.

use super::StreamError;
use super::layout::{Buffers, Layout, Nulls};
use arrow_ipc::{FieldNode, MetadataVersion, RecordBatch};
use launchpad_memory as memory;
use launchpad_types::{Natural, Shape};
use std::ops::Range;

/// Rows a batch may claim; a launcher sends far fewer.
const MAX_ROWS: usize = 1 << 20;

/// Bytes that a batch of several rows may have, which `message` looks at before they come. The launchers
/// end theirs at 16 MiB; a single row is bounded by the result's own limit.
pub const MAX_SHARED_BODY: usize = 64 << 20;

fn wrong<T>(what: &'static str) -> Result<T, StreamError> {
    Err(StreamError::Batch(what))
}

fn size(value: i64, what: &'static str) -> Result<usize, StreamError> {
    usize::try_from(value).map_err(|_| StreamError::Batch(what))
}

/// Checks `batch`, whose columns have the types `columns` and whose body has `body` bytes: its rows, and
/// where each column lies.
pub fn check(
    batch: &RecordBatch<'_>,
    version: MetadataVersion,
    columns: &[Shape],
    body: usize,
) -> Result<(usize, Vec<Layout>), StreamError> {
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
    let most = body.saturating_mul(8).saturating_add(1);
    // A row costs at least one bit, else a few bytes could claim billions of rows.
    if rows > MAX_ROWS || rows > most {
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
    let mut parts = Parts {
        nodes: nodes.iter(),
        buffers: buffers.iter(),
        end: 0,
        body,
        most,
    };
    let mut layouts = memory::with_capacity(columns.len())?;
    for column in columns {
        layouts.push(parts.column(column, Some(rows))?);
    }
    Ok((rows, layouts))
}

/// What is left of a batch's nodes and buffers, which stand in the order of the columns, parents
/// before children.
struct Parts<N, B> {
    nodes: N,
    buffers: B,
    /// Where the last buffer ended.
    end: usize,
    body: usize,
    /// Elements that the body can hold at most.
    most: usize,
}

impl<'a, N, B> Parts<N, B>
where
    N: Iterator<Item = &'a FieldNode>,
    B: Iterator<Item = &'a arrow_ipc::Buffer>,
{
    /// Checks one column with all that is in it. Its length is `rows`; None for a list's elements,
    /// whose number the list's offsets are held against when they are read.
    fn column(&mut self, column: &Shape, rows: Option<usize>) -> Result<Layout, StreamError> {
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
        let validity = self.buffer()?;
        if (nulls > 0 || !validity.is_empty()) && validity.len() < length.div_ceil(8) {
            return wrong("a validity buffer that is too short");
        }
        let nulls = (nulls > 0).then_some(Nulls {
            count: nulls,
            bits: validity,
        });
        let buffers = match column {
            Shape::Leaf(natural) => self.values(*natural, length)?,
            Shape::List(element) => Buffers::List {
                offsets: self.offsets(length, 4)?,
                element: Box::new(self.column(element, None)?),
            },
            Shape::Struct(fields) => {
                let mut layouts = memory::with_capacity(fields.len())?;
                for (_, field) in fields {
                    layouts.push(self.column(field, Some(length))?);
                }
                Buffers::Struct(layouts)
            }
        };
        Ok(Layout {
            length,
            nulls,
            buffers,
        })
    }

    fn values(&mut self, natural: Natural, rows: usize) -> Result<Buffers, StreamError> {
        if let Some(width) = natural.offset_width() {
            return Ok(Buffers::Bytes {
                offsets: self.offsets(rows, width)?,
                bytes: self.buffer()?,
            });
        }
        let values = self.buffer()?;
        let bits = rows.checked_mul(natural.bits());
        match bits {
            Some(bits) if values.len() >= bits.div_ceil(8) => Ok(Buffers::Values(values)),
            _ => wrong("a buffer that is too short"),
        }
    }

    fn offsets(&mut self, rows: usize, width: usize) -> Result<Range<usize>, StreamError> {
        let offsets = self.buffer()?;
        if !offsets.len().is_multiple_of(width) {
            return wrong("a buffer with a part of an offset");
        }
        // An empty column may leave its offsets out.
        let wanted = rows.checked_add(1).and_then(|rows| rows.checked_mul(width));
        if (rows == 0 && offsets.is_empty()) || wanted.is_some_and(|bytes| offsets.len() >= bytes) {
            Ok(offsets)
        } else {
            wrong("a buffer that is too short")
        }
    }

    /// The next buffer: behind the one before, and within the body.
    fn buffer(&mut self) -> Result<Range<usize>, StreamError> {
        let Some(buffer) = self.buffers.next() else {
            return wrong("another number of buffers");
        };
        let offset = size(buffer.offset(), "a negative offset")?;
        let length = size(buffer.length(), "a negative length")?;
        let end = match offset.checked_add(length) {
            Some(end) if end <= self.body => end,
            _ => return wrong("a buffer beyond its end"),
        };
        if !offset.is_multiple_of(8) {
            return wrong("a buffer that is not aligned");
        }
        if offset < self.end {
            return wrong("a buffer that begins before the one before it ends");
        }
        self.end = end;
        Ok(offset..end)
    }
}
