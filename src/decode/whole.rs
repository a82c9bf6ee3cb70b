//! A whole stream decoded by the same code as in the backend, without one.

use super::StreamError;
use super::rows::cell;
use super::stream::{Event, Stream};
use crate::types::Natural;
use arrow_array::RecordBatch;

/// What the call lets come.
#[derive(Debug, Clone, Copy)]
pub struct Contract {
    /// The columns of the column definition list.
    pub columns: usize,
    /// Bytes of batches (`launchpad.max_result_size`).
    pub budget: u64,
}

/// Why a stream is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    Stream(StreamError),
    ColumnCount(usize),
}

impl From<StreamError> for Refused {
    fn from(error: StreamError) -> Self {
        Refused::Stream(error)
    }
}

/// The rows of a stream, each value of which has been looked at.
pub fn decode(bytes: &[u8], contract: Contract) -> Result<u64, Refused> {
    decode_pieces(bytes, usize::MAX, contract)
}

/// As [`decode`], of bytes that arrive in pieces of at most `piece`.
pub fn decode_pieces(bytes: &[u8], piece: usize, contract: Contract) -> Result<u64, Refused> {
    let mut stream = Stream::new(contract.budget);
    let mut columns = Vec::new();
    let mut rows = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (buffer, wanted) = stream.room()?;
        let (now, later) = rest.split_at(wanted.min(piece).min(rest.len()));
        buffer.extend_from_slice(now);
        rest = later;
        while let Some(event) = stream.next_event()? {
            match event {
                Event::Schema(_, natural) if natural.len() != contract.columns => {
                    return Err(Refused::ColumnCount(natural.len()));
                }
                Event::Schema(_, natural) => columns = natural,
                Event::Batch(batch) => rows += look_at(&batch, &columns),
                Event::End => {}
            }
        }
    }
    if stream.is_ended() {
        Ok(rows)
    } else {
        Err(StreamError::Truncated.into())
    }
}

fn look_at(batch: &RecordBatch, columns: &[Natural]) -> u64 {
    for (array, natural) in batch.columns().iter().zip(columns) {
        for row in 0..batch.num_rows() {
            if let Some(cell) = cell(array, *natural, row) {
                std::hint::black_box(cell);
            }
        }
    }
    batch.num_rows() as u64
}
