//! A batch that has come whole, some rows of it at a time.

use super::StreamError;
use super::layout::Layout;
use super::stream::guarded;
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_schema::SchemaRef;
use launchpad_memory as memory;
use launchpad_types::Shape;
use std::rc::Rc;

/// Bytes that are looked at before the server may be interrupted. A single row may have more.
const SLICE: usize = 8 << 20;

/// What is left of a batch.
#[derive(Debug)]
pub struct Batch {
    pub(super) schema: SchemaRef,
    pub(super) shapes: Rc<[Shape]>,
    pub(super) layouts: Vec<Layout>,
    pub(super) body: Buffer,
    pub(super) rows: usize,
    /// Rows that have been taken.
    pub(super) done: usize,
}

impl Batch {
    /// Its memory.
    pub fn into_body(self) -> Buffer {
        self.body
    }

    /// The next rows, as many as fit a slice and at least one; None at the end. `pause` is called between
    /// pieces of work.
    pub fn next_slice(
        &mut self,
        pause: &mut dyn FnMut(),
    ) -> Result<Option<RecordBatch>, StreamError> {
        if self.done == 0 && !self.nulls_are_as_claimed(pause) {
            return Err(StreamError::Batch("another number of nulls than it claims"));
        }
        if self.done == self.rows {
            return Ok(None);
        }
        let mut end = self.rows;
        // With a few slices' worth left, as in nearly all batches, one look is enough.
        while end - self.done > 1 && self.cost(end)? > SLICE {
            end = self.done + (end - self.done).div_ceil(2);
        }
        let whole = self.done == 0 && end == self.rows;
        let mut columns = memory::with_capacity(self.layouts.len())?;
        let fields = self.schema.fields().iter();
        for ((layout, shape), field) in self.layouts.iter().zip(&*self.shapes).zip(fields) {
            let rows = self.done..end;
            // Not around `pause`, whose panics are PostgreSQL's errors.
            columns.push(guarded(|| layout.array(shape, field, &self.body, rows))?);
            if !whole || self.body.len() > SLICE {
                pause();
            }
        }
        self.done = end;
        RecordBatch::try_new(self.schema.clone(), columns)
            .map(Some)
            .map_err(|error| StreamError::Arrow(super::brief(&error)))
    }

    fn nulls_are_as_claimed(&self, pause: &mut dyn FnMut()) -> bool {
        self.layouts.iter().all(|layout| {
            if self.body.len() > SLICE {
                pause();
            }
            layout.nulls_are_as_claimed(&self.body)
        })
    }

    fn cost(&self, end: usize) -> Result<usize, StreamError> {
        if self.body.len() <= SLICE {
            return Ok(0);
        }
        let mut sum = 0_usize;
        for (layout, shape) in self.layouts.iter().zip(&*self.shapes) {
            let cost = layout.cost(shape, &self.body, &(self.done..end))?;
            sum = sum.saturating_add(cost);
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::StreamError;
    use crate::decode::stream::{Event, Stream};
    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::{
        ArrayRef, BooleanArray, Decimal128Array, Int64Array, LargeBinaryArray, RecordBatch,
        StringArray, StructArray,
    };
    use arrow_ipc::writer::StreamWriter;
    use arrow_schema::{DataType, Field};
    use std::sync::Arc;

    /// Some 36 MiB: values of all widths, with and without NULLs, lists and structs.
    fn large() -> RecordBatch {
        let rows = 40_000_usize;
        let text = |row: usize| match row % 7 {
            0 => None,
            // Now and then one that is longer than a slice.
            _ if row == 20_001 => Some("ä".repeat(6 << 20)),
            _ => Some("é".repeat(row % 200)),
        };
        let mut lists = ListBuilder::new(StringBuilder::new());
        for row in 0..rows {
            for element in 0..row % 5 {
                lists
                    .values()
                    .append_option(text(row + element).filter(|text| text.len() < 999));
            }
            lists.append(row % 11 != 0);
        }
        let even = |row: usize| row.is_multiple_of(2);
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "b",
                Arc::new(
                    (0..rows)
                        .map(|row| Some(even(row / 3)))
                        .collect::<BooleanArray>(),
                ),
            ),
            (
                "i",
                Arc::new((0..rows as i64).map(Some).collect::<Int64Array>()),
            ),
            ("t", Arc::new((0..rows).map(text).collect::<StringArray>())),
            (
                "y",
                Arc::new(
                    (0..rows)
                        .map(|row| Some([7].repeat(row % 9)))
                        .collect::<LargeBinaryArray>(),
                ),
            ),
            (
                "d",
                Arc::new(
                    (0..rows)
                        .map(|row| even(row).then_some(row as i128))
                        .collect::<Decimal128Array>(),
                ),
            ),
            ("l", Arc::new(lists.finish())),
        ];
        let fields = vec![
            Field::new("x", DataType::Int64, true),
            Field::new("y", DataType::Utf8, true),
        ];
        let parts = vec![Arc::clone(&columns[1].1), Arc::clone(&columns[2].1)];
        let made = StructArray::new(fields.into(), parts, None);
        RecordBatch::try_from_iter(
            columns
                .into_iter()
                .chain([("s", Arc::new(made) as ArrayRef)]),
        )
        .unwrap()
    }

    fn stream_of(batch: &RecordBatch) -> Vec<u8> {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.into_inner().unwrap()
    }

    /// Every slice in turn.
    fn slices(bytes: &[u8], mut take: impl FnMut(RecordBatch)) -> Result<usize, StreamError> {
        let mut stream = Stream::new(u64::MAX);
        let (mut rest, mut pauses) = (bytes, 0);
        while !rest.is_empty() {
            let (buffer, wanted) = stream.room()?;
            let (now, later) = rest.split_at(wanted.min(rest.len()));
            buffer.extend_from_slice(now);
            rest = later;
            while let Some(event) = stream.next_event()? {
                if let Event::Batch = event {
                    while let Some(slice) = stream.next_slice(&mut || pauses += 1)? {
                        take(slice);
                    }
                }
            }
        }
        Ok(pauses)
    }

    #[test]
    fn slices_are_the_rows_of_the_batch() {
        let whole = large();
        let (mut row, mut largest, mut count) = (0, 0, 0);
        let pauses = slices(&stream_of(&whole), |slice| {
            let rows = slice.num_rows();
            for (came, sent) in slice.columns().iter().zip(whole.columns()) {
                assert!(**came == *sent.slice(row, rows), "from row {row}");
            }
            row += rows;
            largest = largest.max(rows);
            count += 1;
        })
        .unwrap();
        assert_eq!(row, whole.num_rows());
        assert!(count > 3 && largest < whole.num_rows());
        assert!(pauses >= count * whole.num_columns());
    }

    #[test]
    fn a_small_batch_is_one_slice() {
        let whole = large().slice(1000, 5000);
        let mut came = Vec::new();
        slices(&stream_of(&whole), |slice| came.push(slice)).unwrap();
        assert_eq!(came, [whole]);
    }

    #[test]
    fn what_is_wrong_in_a_late_slice_is_found_there() {
        let bytes = stream_of(&large());
        // The last text that is longer than a slice becomes no UTF-8.
        let at = bytes
            .windows(64)
            .rposition(|window| window == [0xc3, 0xa4].repeat(32));
        let mut changed = bytes.clone();
        changed[at.unwrap() + 1] = 0xff;
        let mut rows = 0;
        let error = slices(&changed, |slice| rows += slice.num_rows()).unwrap_err();
        assert!(matches!(error, StreamError::Arrow(_)), "{error}");
        assert!(rows < 40_000);
    }
}
