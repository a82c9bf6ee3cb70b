//! Streams made by hand that a hostile or broken satellite could send, each with the error that it
//! must end in. The calls they answer declare `(i bigint, t text, b boolean)` and take [`BUDGET`].

mod batches;
mod columns;
pub mod forge;
mod messages;
pub mod schemas;
mod shared;

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
