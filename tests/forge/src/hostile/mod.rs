//! Streams made by hand that a hostile or broken satellite could send, each with the error that it
//! must end in. The calls they answer declare `(i bigint, t text, b boolean)` and take [`BUDGET`].

mod batches;
mod columns;
pub mod forge;
mod messages;
pub mod schemas;
mod shared;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Decimal128Array, Int64Array, ListArray, RecordBatch, StructArray};
use arrow_ipc::writer::StreamWriter;
use std::sync::Arc;

/// Bytes of batches that are taken.
pub const BUDGET: u64 = 1 << 20;

/// What a stream must end in: a variant of `StreamError`, or the wrong number of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    NotAStream,
    MetadataTooLong,
    BodyTooLong,
    Malformed,
    NoSchema,
    UnexpectedMessage,
    Compressed,
    Batch,
    Arrow,
    BytesAfterEnd,
    Truncated,
    NoSuchType,
    ResultTooLarge,
    ColumnCount,
}

impl Expected {
    pub fn sqlstate(self) -> &'static str {
        match self {
            Expected::NoSuchType | Expected::ColumnCount => "42804",
            Expected::BodyTooLong | Expected::ResultTooLarge => "53400",
            _ => "38000",
        }
    }
}

/// Name, what it must end in, bytes.
type List = Vec<(&'static str, Expected, Vec<u8>)>;

pub struct Hostile {
    pub name: &'static str,
    pub expected: Expected,
    pub bytes: Vec<u8>,
}

/// All of them; names are unique.
pub fn streams() -> Vec<Hostile> {
    [
        messages::framing(),
        messages::order(),
        messages::claims(),
        batches::headers(),
        batches::buffers(),
        batches::contents(),
        shared::shared(),
        columns::columns(),
    ]
    .into_iter()
    .flatten()
    .map(|(name, expected, bytes)| Hostile {
        name,
        expected,
        bytes,
    })
    .collect()
}

/// A valid stream of six rows.
pub fn good() -> Vec<u8> {
    let batch = forge::ForgedBatch::good().message();
    [forge::schema(), batch.clone(), batch, forge::END.to_vec()].concat()
}

/// A valid stream of nested columns: a list of integers, a struct of a decimal and a list, and integers.
pub fn nested() -> Vec<u8> {
    let lists = || -> ArrayRef {
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1), None, Some(3)]),
            None,
            Some(vec![]),
        ]))
    };
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let decimals: ArrayRef = Arc::new(Decimal128Array::from(vec![Some(1), None, Some(-5)]));
    let structs: ArrayRef =
        Arc::new(StructArray::try_from(vec![("d", decimals), ("l", lists())]).unwrap());
    let batch = RecordBatch::try_from_iter([("l", lists()), ("s", structs), ("i", ints)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// For tests/test_hostile_replies.py: each stream as a file of CORPUS, and an index of them, a line
/// each: file, SQLSTATE, name.
#[cfg(test)]
#[test]
#[ignore = "writes files"]
fn write_corpus() {
    let folder = std::path::PathBuf::from(std::env::var_os("CORPUS").expect("CORPUS is a folder"));
    let mut index = String::new();
    for (number, stream) in streams().iter().enumerate() {
        std::fs::write(folder.join(number.to_string()), &stream.bytes).expect("writable");
        index += &format!(
            "{number}\t{}\t{}\n",
            stream.expected.sqlstate(),
            stream.name
        );
    }
    std::fs::write(folder.join("good"), good()).expect("writable");
    std::fs::write(folder.join("index"), index).expect("writable");
}
