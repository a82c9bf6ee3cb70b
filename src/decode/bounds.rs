//! A record batch's header checked against its schema and its body, before anything is decoded.
//!
//! arrow validates too, but it panics on some headers and allocates by others; after these checks
//! neither is left.

use super::StreamError;
use crate::types::Natural;
use arrow_ipc::{MetadataVersion, RecordBatch};

/// Rows a batch may claim; a launcher sends far fewer.
const MAX_ROWS: u64 = 1 << 20;

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
    columns: &[Natural],
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
    if nodes.len() != columns.len() {
        return wrong("another number of columns");
    }
    if buffers.len() != columns.iter().map(|column| column.buffers()).sum::<usize>() {
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
    let mut lengths = lengths.into_iter();
    for (node, column) in nodes.iter().zip(columns) {
        if size(node.length(), "a negative length")? != rows {
            return wrong("columns of different lengths");
        }
        let nulls = size(node.null_count(), "a negative null count")?;
        if nulls > rows {
            return wrong("more nulls than rows");
        }
        let mut length = || lengths.next().unwrap_or(0);
        let validity = length();
        if (nulls > 0 || validity > 0) && validity < rows.div_ceil(8) {
            return wrong("a validity buffer that is too short");
        }
        let enough = match column.offset_width() {
            // An empty column may leave its offsets out.
            Some(width) => {
                let offsets = length();
                let _bytes = length();
                // arrow looks at all of them as offsets, and panics at a part of one.
                if offsets % width as u64 != 0 {
                    return wrong("a buffer with a part of an offset");
                }
                (rows == 0 && offsets == 0) || offsets >= (rows + 1) * width as u64
            }
            None => length() >= (rows * column.bits() as u64).div_ceil(8),
        };
        if !enough {
            return wrong("a buffer that is too short");
        }
    }
    Ok(())
}
