//! A satellite's output stream: one schema, record batches, one end. Pure.

use super::message::{Message, MessageReader, Step};
use super::{StreamError, bounds};
use crate::types::Shape;
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::RecordBatchDecoder;
use arrow_ipc::{Endianness, MessageHeader};
use arrow_schema::SchemaRef;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// PostgreSQL's own limit on the columns of a result.
const MAX_COLUMNS: usize = 1664;

/// What came whole.
#[derive(Debug)]
pub enum Event {
    /// The columns, all of the closed list.
    Schema(SchemaRef, Vec<Shape>),
    Batch(RecordBatch),
    End,
}

#[derive(Debug)]
pub struct Stream {
    reader: MessageReader,
    schema: Option<(SchemaRef, Vec<Shape>)>,
    received: u64,
    /// Beside the stream, of the same budget.
    charged: u64,
    budget: u64,
    /// The body of the batch that was handed out last.
    last: Option<Buffer>,
}

impl Stream {
    /// Takes at most `budget` bytes of batches in all.
    pub fn new(budget: u64) -> Self {
        Stream {
            reader: MessageReader::new(budget),
            schema: None,
            received: 0,
            charged: 0,
            budget,
            last: None,
        }
    }

    /// Counts so many bytes of what comes back beside the stream.
    pub fn charge(&mut self, bytes: u64) -> Result<(), StreamError> {
        self.charged = self.charged.saturating_add(bytes);
        self.check_budget()
    }

    fn check_budget(&self) -> Result<(), StreamError> {
        match self.received.saturating_add(self.charged) > self.budget {
            true => Err(StreamError::ResultTooLarge(self.budget)),
            false => Ok(()),
        }
    }

    /// Where the next bytes go and how many are wanted; then call [`Stream::next_event`].
    pub fn room(&mut self) -> Result<(&mut Vec<u8>, usize), StreamError> {
        if let Some(body) = self.last.take() {
            self.reader.recycle(body);
        }
        self.reader.room()
    }

    /// The next event in the bytes so far, None when more are needed.
    pub fn next_event(&mut self) -> Result<Option<Event>, StreamError> {
        match self.reader.step()? {
            Step::NeedMore => Ok(None),
            Step::End if self.schema.is_none() => Err(StreamError::NoSchema),
            Step::End => Ok(Some(Event::End)),
            Step::Message(message) => self.take(&message).map(Some),
        }
    }

    /// Whether nothing came yet.
    pub fn is_untouched(&self) -> bool {
        self.schema.is_none() && self.received == 0
    }

    /// Whether the end marker came and nothing after it.
    pub fn is_ended(&self) -> bool {
        self.reader.is_ended()
    }

    fn take(&mut self, message: &Message) -> Result<Event, StreamError> {
        let header = message.header()?;
        self.received += message.body.len() as u64;
        self.check_budget()?;
        match (header.header_type(), &self.schema) {
            (MessageHeader::Schema, None) => {
                let schema = header
                    .header_as_schema()
                    .ok_or(StreamError::Malformed("schema"))?;
                if schema.endianness() != Endianness::Little {
                    return Err(StreamError::Malformed("another byte order"));
                }
                if schema
                    .fields()
                    .is_some_and(|fields| fields.len() > MAX_COLUMNS)
                {
                    return Err(StreamError::Malformed("too many columns"));
                }
                let schema = guarded(|| try_fb_to_schema(schema))?;
                let shapes = closed_list(&schema)?;
                let schema = Arc::new(schema);
                self.schema = Some((Arc::clone(&schema), shapes.clone()));
                Ok(Event::Schema(schema, shapes))
            }
            (_, None) => Err(StreamError::NoSchema),
            (MessageHeader::RecordBatch, Some((schema, shapes))) => {
                let batch = header
                    .header_as_record_batch()
                    .ok_or(StreamError::Malformed("record batch"))?;
                let version = header.version();
                bounds::check(&batch, version, shapes, message.body.len())?;
                let none = HashMap::new();
                let schema = Arc::clone(schema);
                self.last = Some(message.body.clone());
                guarded(|| {
                    RecordBatchDecoder::try_new(&message.body, batch, schema, &none, &version)?
                        .read_record_batch()
                })
                .map(Event::Batch)
            }
            _ => Err(StreamError::UnexpectedMessage),
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Panics of arrow's that were caught on this thread. The checks before it should leave none.
    pub static PANICS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// arrow's own code on hostile bytes: an error or a panic of it is an error of this stream.
fn guarded<T>(
    work: impl FnOnce() -> Result<T, arrow_schema::ArrowError>,
) -> Result<T, StreamError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| StreamError::Arrow(error.to_string())),
        Err(_) => {
            #[cfg(test)]
            PANICS.set(PANICS.get() + 1);
            Err(StreamError::Arrow("arrow gave up on it".to_owned()))
        }
    }
}

fn closed_list(schema: &arrow_schema::Schema) -> Result<Vec<Shape>, StreamError> {
    schema
        .fields()
        .iter()
        .map(|field| {
            Shape::of(field.data_type()).ok_or_else(|| StreamError::Type {
                column: field.name().clone(),
                arrow: field.data_type().to_string(),
            })
        })
        .collect()
}
