//! Wrong framing, wrong order, wrong claims.

use super::forge::{
    END, ForgedBatch, Wrap, batch, encapsulated, fields, headless, schema, schema_of, stream,
};
use super::schemas::ForgedSchema;
use super::{BUDGET, Expected::*, List, good};
use arrow_ipc::MessageHeader;

/// Bytes that are no messages, cut ones, and too many.
pub fn framing() -> List {
    let good = good();
    let schema = schema();
    let first = schema.len();
    let whole = ForgedBatch::good().message().len();
    let body = ForgedBatch::good().body.len();
    let cut = |at: usize| good[..at].to_vec();
    let metadata = |length: u32| [&[0xff; 4], length.to_le_bytes().as_slice()].concat();
    let resized = |by: i32| {
        let mut bytes = good.clone();
        let length = (first as i32 - 8 + by) as u32;
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes
    };
    vec![
        ("nothing", Truncated, Vec::new()),
        ("text", NotAStream, b"hello, world\n".repeat(9)),
        ("zeros", NotAStream, vec![0; 4096]),
        (
            "a file, not a stream",
            NotAStream,
            [b"ARROW1\0\0".as_slice(), &good].concat(),
        ),
        ("the old framing", NotAStream, good[4..].to_vec()),
        ("only an end", NoSchema, END.to_vec()),
        ("ones", MetadataTooLong, vec![0xff; 4096]),
        ("huge metadata", MetadataTooLong, metadata(0x7fff_ffff)),
        (
            "metadata past the limit",
            MetadataTooLong,
            metadata((16 << 20) + 1),
        ),
        ("metadata that never comes", Truncated, metadata(16 << 20)),
        (
            "metadata of four bytes",
            Malformed,
            [metadata(4), vec![1; 4]].concat(),
        ),
        ("metadata of zeros", NoSchema, encapsulated(&[0; 64], &[])),
        (
            "metadata of ones",
            Malformed,
            encapsulated(&[0xff; 64], &[]),
        ),
        (
            "metadata of a root far away",
            Malformed,
            encapsulated(&[0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0], &[]),
        ),
        ("metadata cut short", Malformed, resized(-64)),
        ("metadata that swallows the next", NotAStream, resized(8)),
        ("cut in the first prefix", Truncated, cut(5)),
        ("cut before the metadata", Truncated, cut(8)),
        ("cut in the schema", Truncated, cut(first - 8)),
        ("cut after the schema", Truncated, cut(first)),
        ("cut in a batch's prefix", Truncated, cut(first + 4)),
        (
            "cut in a batch's metadata",
            Truncated,
            cut(first + whole - body - 8),
        ),
        ("cut before a body", Truncated, cut(first + whole - body)),
        ("cut in a body", Truncated, cut(first + whole - 1)),
        ("cut after a batch", Truncated, cut(first + whole)),
        ("cut before the end", Truncated, cut(good.len() - 8)),
        ("cut in the end", Truncated, cut(good.len() - 1)),
        (
            "a byte after the end",
            BytesAfterEnd,
            [good.as_slice(), &[0]].concat(),
        ),
        ("two ends", BytesAfterEnd, [good.as_slice(), &END].concat()),
        ("two streams", BytesAfterEnd, good.repeat(2)),
    ]
}

/// Good messages where they have no place.
pub fn order() -> List {
    let good = ForgedBatch::good().message();
    let dictionary = ForgedBatch::with(|batch| {
        batch.wrap = Wrap::Dictionary;
        batch.header = MessageHeader::DictionaryBatch;
    })
    .message();
    let mut other = fields();
    other.swap(0, 1);
    vec![
        ("a batch first", NoSchema, [good.as_slice(), &END].concat()),
        (
            "a dictionary first",
            NoSchema,
            [dictionary.as_slice(), &END].concat(),
        ),
        ("a dictionary", UnexpectedMessage, stream(&dictionary)),
        ("two schemas", UnexpectedMessage, stream(&schema())),
        (
            "another schema later",
            UnexpectedMessage,
            stream(&[good, schema_of(other)].concat()),
        ),
        (
            "a tensor",
            Malformed,
            stream(&headless(MessageHeader::Tensor, 0)),
        ),
        (
            "a sparse tensor",
            Malformed,
            stream(&headless(MessageHeader::SparseTensor, 0)),
        ),
        (
            "a message of no kind",
            UnexpectedMessage,
            stream(&headless(MessageHeader::NONE, 0)),
        ),
        (
            "a message of an unknown kind",
            Malformed,
            stream(&headless(MessageHeader(77), 0)),
        ),
        (
            "a batch without its header",
            Malformed,
            stream(&headless(MessageHeader::RecordBatch, 0)),
        ),
        (
            "a schema without its header",
            Malformed,
            headless(MessageHeader::Schema, 0),
        ),
    ]
}

/// Bodies and rows that are claimed but not there.
pub fn claims() -> List {
    let half = vec![0; BUDGET as usize * 2 / 3];
    let big = ForgedBatch::with(|batch| batch.body.extend(&half)).message();
    let claim = |body: i64| batch(|batch| batch.body_length = Some(body));
    let rows = |rows: i64| {
        batch(|batch| {
            batch.length = rows;
            batch.nodes = Some(vec![(rows, 0); 3]);
        })
    };
    let bits = 8 * ForgedBatch::good().body.len() as i64 + 1;
    vec![
        ("a negative body", Malformed, claim(-1)),
        ("the most negative body", Malformed, claim(i64::MIN)),
        ("the largest body", BodyTooLong, claim(i64::MAX)),
        (
            "a body past the budget",
            BodyTooLong,
            claim(BUDGET as i64 + 1),
        ),
        ("a body that never comes", Truncated, claim(BUDGET as i64)),
        ("a body shorter than its buffers", Batch, claim(64)),
        (
            "a schema with a huge body",
            BodyTooLong,
            ForgedSchema {
                body: 1 << 40,
                ..ForgedSchema::default()
            }
            .message(),
        ),
        (
            "bodies past the budget together",
            ResultTooLarge,
            stream(&big.repeat(2)),
        ),
        ("a row bomb", Batch, rows(8_589_934_592)),
        ("the largest row bomb", Batch, rows(i64::MAX)),
        ("a row more than its bits", Batch, rows(bits + 1)),
        ("rows past the limit", Batch, rows((1 << 20) + 1)),
        ("negative rows", Batch, rows(-1)),
        ("the most negative rows", Batch, rows(i64::MIN)),
        (
            "rows without a body",
            Batch,
            batch(|batch| {
                batch.body.clear();
                batch.length = 1_000_000;
                batch.nodes = Some(vec![(1_000_000, 0); 3]);
                batch.buffers = Some(vec![(0, 0); 7]);
            }),
        ),
    ]
}
