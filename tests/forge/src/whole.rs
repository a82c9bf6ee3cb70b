//! A whole stream decoded by the same code as in the backend, without one.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use launchpad_streams::decode::StreamError;
use launchpad_streams::decode::cell::cell;
use launchpad_streams::decode::stream::{Event, Stream};
use launchpad_types::Shape;
use std::rc::Rc;

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
    decode_rows(bytes, piece, contract, &mut || {}, |_, _| Ok(()))
}

/// As [`decode_pieces`]; `visit` sees some rows at a time, with the columns' shapes. `pause` is called
/// where a backend would look for interrupts.
pub fn decode_rows(
    bytes: &[u8],
    piece: usize,
    contract: Contract,
    pause: &mut dyn FnMut(),
    mut visit: impl FnMut(&RecordBatch, &[Shape]) -> Result<(), Refused>,
) -> Result<u64, Refused> {
    let mut stream = Stream::new(contract.budget);
    let mut columns: Rc<[Shape]> = Rc::new([]);
    let mut rows = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (buffer, wanted) = stream.room()?;
        let (now, later) = rest.split_at(wanted.min(piece).min(rest.len()));
        buffer.extend_from_slice(now);
        rest = later;
        while let Some(event) = stream.next_event()? {
            match event {
                Event::Schema(_, shapes) if shapes.len() != contract.columns => {
                    return Err(Refused::ColumnCount(shapes.len()));
                }
                Event::Schema(_, shapes) => columns = shapes,
                Event::Batch => {
                    while let Some(batch) = stream.next_slice(pause)? {
                        pause();
                        rows += look_at(&batch, &columns);
                        visit(&batch, &columns)?;
                    }
                }
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

fn look_at(batch: &RecordBatch, columns: &[Shape]) -> u64 {
    for (array, shape) in batch.columns().iter().zip(columns) {
        for row in 0..batch.num_rows() {
            look_at_value(array, shape, row);
        }
    }
    batch.num_rows() as u64
}

fn look_at_value(array: &ArrayRef, shape: &Shape, row: usize) {
    match shape {
        Shape::Leaf(natural) => {
            std::hint::black_box(cell(array, *natural, row));
        }
        _ if array.is_null(row) => {}
        Shape::List(element) => {
            let list = array.as_list::<i32>();
            let offsets = list.value_offsets();
            let elements = offsets[row] as usize..offsets[row + 1] as usize;
            // Of a million only some: the rest is of the same kind.
            let step = (elements.len() / 10_000).max(1);
            elements
                .step_by(step)
                .for_each(|at| look_at_value(list.values(), element, at));
        }
        Shape::Struct(fields) => {
            let columns = array.as_struct().columns().iter();
            columns
                .zip(fields)
                .for_each(|(column, (_, shape))| look_at_value(column, shape, row));
        }
    }
}
