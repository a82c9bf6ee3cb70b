//! Record batches that do not fit their schema or themselves.

use super::Expected::*;
use super::List;
use super::forge::{at, batch};
use arrow_ipc::{CompressionType, MessageHeader, MetadataVersion};

/// Batches whose header does not fit the schema.
pub fn headers() -> List {
    let node = |column: usize, value: (i64, i64)| batch(|batch| *batch.node(column) = value);
    vec![
        (
            "lz4",
            Compressed,
            batch(|b| b.compression = Some(CompressionType::LZ4_FRAME)),
        ),
        (
            "zstd",
            Compressed,
            batch(|b| b.compression = Some(CompressionType::ZSTD)),
        ),
        (
            "an unknown codec",
            Compressed,
            batch(|b| b.compression = Some(CompressionType(9))),
        ),
        (
            "an older version",
            Batch,
            batch(|b| b.version = MetadataVersion::V4),
        ),
        (
            "the oldest version",
            Batch,
            batch(|b| b.version = MetadataVersion::V1),
        ),
        (
            "a version to come",
            Batch,
            batch(|b| b.version = MetadataVersion(9)),
        ),
        (
            "variadic buffers",
            Batch,
            batch(|b| b.variadic = Some(vec![i64::MAX])),
        ),
        ("no nodes", Batch, batch(|b| b.nodes = None)),
        (
            "a node too few",
            Batch,
            batch(|b| b.nodes = Some(vec![(3, 1); 2])),
        ),
        (
            "a node too many",
            Batch,
            batch(|b| b.nodes = Some(vec![(3, 1); 4])),
        ),
        (
            "a million nodes",
            Batch,
            batch(|b| b.nodes = Some(vec![(3, 1); 1_000_000])),
        ),
        ("columns of two lengths", Batch, node(1, (2, 1))),
        ("a column too long", Batch, node(1, (4, 1))),
        ("a column of negative length", Batch, node(1, (-3, 1))),
        ("negative nulls", Batch, node(0, (3, -1))),
        ("more nulls than rows", Batch, node(0, (3, 4))),
        ("the most nulls", Batch, node(0, (3, i64::MAX))),
        (
            "a batch that says it is a schema",
            Malformed,
            batch(|b| b.header = MessageHeader::Schema),
        ),
    ]
}

/// Buffers that lie outside of the body or are too short.
pub fn buffers() -> List {
    let buffer = |index: usize, value: (i64, i64)| batch(|batch| *batch.buffer(index) = value);
    let count = |count: usize| {
        batch(|batch| {
            batch
                .buffers
                .as_mut()
                .expect("has buffers")
                .resize(count, (0, 8))
        })
    };
    vec![
        ("no buffers", Batch, batch(|b| b.buffers = None)),
        ("a buffer too few", Batch, count(6)),
        ("a buffer too many", Batch, count(8)),
        ("a negative offset", Batch, buffer(at::INTS, (-8, 24))),
        ("a negative length", Batch, buffer(at::INTS, (8, -24))),
        (
            "an offset beyond the body",
            Batch,
            buffer(at::INTS, (1 << 40, 24)),
        ),
        (
            "a length beyond the body",
            Batch,
            buffer(at::INTS, (8, 1 << 40)),
        ),
        (
            "a sum past all bounds",
            Batch,
            buffer(at::INTS, (i64::MAX - 7, 24)),
        ),
        (
            "an end one past the body",
            Batch,
            buffer(at::FLAGS, (72, 9)),
        ),
        (
            "an offset that is not aligned",
            Batch,
            buffer(at::INTS, (9, 24)),
        ),
        (
            "validity too short",
            Batch,
            buffer(at::INT_VALIDITY, (0, 0)),
        ),
        ("integers too short", Batch, buffer(at::INTS, (8, 23))),
        ("no integers", Batch, buffer(at::INTS, (8, 0))),
        (
            "offsets too short",
            Batch,
            buffer(at::TEXT_OFFSETS, (40, 15)),
        ),
        (
            "half an offset more",
            Batch,
            buffer(at::TEXT_OFFSETS, (40, 18)),
        ),
        ("no offsets", Batch, buffer(at::TEXT_OFFSETS, (40, 0))),
        ("flags too short", Batch, buffer(at::FLAGS, (72, 0))),
        (
            "text shorter than its offsets",
            Batch,
            buffer(at::TEXT, (56, 2)),
        ),
        ("no text", Batch, buffer(at::TEXT, (56, 0))),
    ]
}

/// Well-formed batches whose content is not.
pub fn contents() -> List {
    let offsets = |offsets: [i32; 4]| batch(|batch| batch.offsets(offsets));
    let text = |bytes: [u8; 3]| batch(|batch| batch.text(bytes));
    vec![
        ("a negative text offset", Batch, offsets([-1, 1, 3, 3])),
        ("text offsets that go back", Batch, offsets([0, 3, 1, 3])),
        (
            "a text offset beyond the text",
            Batch,
            offsets([0, 1, 3, 4]),
        ),
        (
            "the largest text offset",
            Batch,
            offsets([0, 1, 3, i32::MAX]),
        ),
        (
            "the most negative text offset",
            Batch,
            offsets([i32::MIN, 1, 3, 3]),
        ),
        (
            "a middle offset beyond the text",
            Batch,
            offsets([0, 9, 3, 3]),
        ),
        ("an offset within a character", Arrow, offsets([0, 2, 3, 3])),
        ("invalid UTF-8", Arrow, text([b'a', 0xff, 0xfe])),
        ("a lone continuation byte", Arrow, text([0x80, b'a', b'a'])),
        ("a character cut off", Arrow, text([b'a', b'a', 0xc3])),
        ("an overlong NUL", Arrow, text([b'a', 0xc0, 0x80])),
        (
            "a surrogate",
            Arrow,
            batch(|batch| {
                batch.text([0xed, 0xa0, 0x80]);
                batch.offsets([0, 3, 3, 3]);
            }),
        ),
    ]
}
