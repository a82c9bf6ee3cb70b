//! Good streams come through whatever the pieces; every damaged one is an error, never a panic.

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, BooleanArray, Int64Array, ListArray, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use launchpad_forge::hostile::{BUDGET, Expected, good, nested, streams};
use launchpad_forge::panics_so_far;
use launchpad_forge::whole::{Contract, Refused, decode, decode_pieces};
use launchpad_streams::decode::StreamError;
use nix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use std::time::Duration;

const CONTRACT: Contract = Contract {
    columns: 3,
    budget: BUDGET,
};

fn sample() -> Vec<u8> {
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("ä"), None]));
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    let batch = RecordBatch::try_from_iter([("i", ints), ("t", texts), ("b", flags)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The rows of a stream of any columns, fed in pieces of at most `piece`.
fn feed(bytes: &[u8], piece: usize) -> Result<u64, StreamError> {
    let mut contract = CONTRACT;
    loop {
        match decode_pieces(bytes, piece, contract) {
            Err(Refused::Stream(error)) => return Err(error),
            Err(Refused::ColumnCount(came)) => contract.columns = came,
            Ok(rows) => return Ok(rows),
        }
    }
}

#[test]
fn panics_can_be_caught() {
    // Decoding relies on catch_unwind; with panic = "abort" it would take the backend along.
    let caught = std::panic::catch_unwind(|| std::panic::panic_any("on purpose"));
    assert!(caught.is_err());
    const { assert!(cfg!(panic = "unwind")) };
}

#[test]
fn a_stream_reads_whatever_its_pieces() {
    let bytes = sample();
    for piece in [1, 7, 8, 64, 1 << 20] {
        assert_eq!(feed(&bytes, piece), Ok(6), "pieces of {piece}");
    }
}

#[test]
fn lists_and_structs_are_checked_and_read() {
    assert_eq!(feed(&nested(), 1 << 20), Ok(3));
}

#[test]
fn a_list_cannot_claim_elements_without_bytes() {
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(
        vec![Some(1), Some(2), Some(3)],
    )]));
    let batch = RecordBatch::try_from_iter([("l", lists)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    // The elements' node: three of them, no NULL.
    let node = [3_i64.to_le_bytes(), 0_i64.to_le_bytes()].concat();
    let at = bytes.windows(16).position(|window| window == node);
    for claim in [4, 1 << 20, 1 << 40, i64::MAX, -1] {
        let mut changed = bytes.clone();
        changed[at.unwrap()..][..8].copy_from_slice(&i64::to_le_bytes(claim));
        assert!(feed(&changed, 1 << 20).is_err(), "{claim}");
    }
}

#[test]
fn a_stream_cut_anywhere_is_truncated() {
    let bytes = sample();
    for length in 1..bytes.len() {
        assert_eq!(
            feed(&bytes[..length], 1 << 20),
            Err(StreamError::Truncated),
            "cut at {length}"
        );
    }
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut bytes = sample();
    bytes.extend_from_slice(b"more");
    assert!(matches!(
        feed(&bytes, 1 << 20),
        Err(StreamError::BytesAfterEnd(_))
    ));
}

#[test]
fn garbage_is_no_stream() {
    assert_eq!(feed(b"hello, world", 64), Err(StreamError::NotAStream));
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(matches!(
        feed(&huge, 64),
        Err(StreamError::MetadataTooLong(_))
    ));
    let empty_end = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    assert_eq!(feed(&empty_end, 64), Err(StreamError::NoSchema));
}

#[test]
fn more_than_the_budget_is_refused() {
    let text: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(BUDGET as usize)]));
    let batch = RecordBatch::try_from_iter([("t", text)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    assert!(matches!(
        feed(&bytes, 1 << 20),
        Err(StreamError::BodyTooLong { .. })
    ));
}

#[test]
fn every_changed_byte_is_an_error_or_harmless() {
    change_every_bit(&sample());
    change_every_bit(&nested());
}

fn change_every_bit(bytes: &[u8]) {
    let panics = panics_so_far();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1 << bit;
            // Only that it returns: a changed value may well be valid.
            let _ = feed(&changed, 1 << 20);
            assert_eq!(panics_so_far(), panics, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn types_outside_the_closed_list_are_named() {
    let array: ArrayRef = Arc::new(arrow_array::NullArray::new(1));
    let batch = RecordBatch::try_from_iter([("n", array)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    assert!(matches!(
        feed(&bytes, 1 << 20),
        Err(StreamError::Type { column, .. }) if column == "n"
    ));
}

fn found(refused: &Refused) -> Expected {
    match refused {
        Refused::ColumnCount(_) => Expected::ColumnCount,
        Refused::Stream(error) => match error {
            StreamError::NotAStream => Expected::NotAStream,
            StreamError::MetadataTooLong(_) => Expected::MetadataTooLong,
            StreamError::BodyTooLong { .. } => Expected::BodyTooLong,
            StreamError::Malformed(_) => Expected::Malformed,
            StreamError::NoSchema => Expected::NoSchema,
            StreamError::UnexpectedMessage => Expected::UnexpectedMessage,
            StreamError::Compressed => Expected::Compressed,
            StreamError::Batch(_) => Expected::Batch,
            StreamError::Arrow(_) => Expected::Arrow,
            StreamError::BytesAfterEnd(_) => Expected::BytesAfterEnd,
            StreamError::Truncated => Expected::Truncated,
            StreamError::Type { .. } => Expected::NoSuchType,
            StreamError::ResultTooLarge(_) => Expected::ResultTooLarge,
            StreamError::RowTooLong(_) => panic!("rows are not formed here"),
            StreamError::NoMemory(_) | StreamError::NoMemoryForRow(_) => {
                panic!("none of them needs that much")
            }
        },
    }
}

#[test]
fn hostile_streams_end_in_their_error_soon_and_without_a_panic() {
    let streams = streams();
    assert!(streams.len() >= 60);
    let mut names = std::collections::HashSet::new();
    let mut wrong = Vec::new();
    for stream in streams {
        assert!(names.insert(stream.name), "twice: {}", stream.name);
        for piece in [usize::MAX, 4096, 3] {
            let panics = panics_so_far();
            let began = processor_time();
            let result = decode_pieces(&stream.bytes, piece, CONTRACT);
            let time = processor_time() - began;
            match &result {
                Err(refused) if found(refused) == stream.expected => {}
                _ => wrong.push(format!("{}: {result:?}", stream.name)),
            }
            if panics_so_far() != panics {
                wrong.push(format!("{}: a panic", stream.name));
            }
            if time > Duration::from_secs(5) {
                wrong.push(format!("{}: took {time:?}", stream.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of this thread, in an unoptimized build; other processes do not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    time.expect("every thread has its clock").into()
}

#[test]
fn the_good_stream_is_good() {
    assert_eq!(decode(&good(), CONTRACT), Ok(6));
}
