//! A satellite's output stream: one schema, record batches, one end. Pure.

use super::batch::Batch;
use super::message::{Message, MessageReader, Step};
use super::{StreamError, bounds, brief};
use arrow_array::RecordBatch;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::{Endianness, Field, MessageHeader};
use arrow_schema::SchemaRef;
use launchpad_types::Shape;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

/// PostgreSQL's own limit on the columns of a result; a composite type has no more either.
const MAX_COLUMNS: usize = 1664;

/// Bytes of a column's name. PostgreSQL's names have 63, a script's labels may be longer.
const MAX_NAME: usize = 1 << 20;

/// What arrow makes of a schema has at most so many times its bytes.
const SCHEMA_GROWTH: usize = 16;

/// What came whole.
#[derive(Debug)]
pub enum Event {
    /// The columns, all of the closed list.
    Schema(SchemaRef, Rc<[Shape]>),
    /// To be taken by [`Stream::next_slice`] before anything else is asked for.
    Batch,
    End,
}

#[derive(Debug)]
pub struct Stream {
    reader: MessageReader,
    schema: Option<(SchemaRef, Rc<[Shape]>)>,
    received: u64,
    /// Beside the stream, of the same budget.
    charged: u64,
    budget: u64,
    /// The batch whose rows are being taken, or the last one.
    batch: Option<Batch>,
}

impl Stream {
    /// Takes at most `budget` bytes of batches in all, their headers included.
    pub fn new(budget: u64) -> Self {
        Stream {
            reader: MessageReader::new(budget),
            schema: None,
            received: 0,
            charged: 0,
            budget,
            batch: None,
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
        if let Some(batch) = self.batch.take() {
            self.reader.recycle(batch.into_body());
        }
        self.reader.room()
    }

    /// The next rows of the batch that has come; None when there are no more. `pause` is called between
    /// pieces of work, so that none of them takes long.
    pub fn next_slice(
        &mut self,
        pause: &mut dyn FnMut(),
    ) -> Result<Option<RecordBatch>, StreamError> {
        let Some(batch) = &mut self.batch else {
            return Ok(None);
        };
        batch.next_slice(pause)
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
        self.received = self.received.saturating_add(message.body.len() as u64);
        self.check_budget()?;
        match (header.header_type(), &self.schema) {
            (MessageHeader::Schema, None) => {
                let schema = header
                    .header_as_schema()
                    .ok_or(StreamError::Malformed("schema"))?;
                if schema.endianness() != Endianness::Little {
                    return Err(StreamError::Malformed("another byte order"));
                }
                check_fields(schema.fields())?;
                probe(message.metadata.len().saturating_mul(SCHEMA_GROWTH))?;
                let schema = guarded(|| {
                    try_fb_to_schema(schema).map_err(|error| StreamError::Arrow(brief(&error)))
                })?;
                let shapes: Rc<[Shape]> = closed_list(&schema)?.into();
                let schema = Arc::new(schema);
                self.schema = Some((Arc::clone(&schema), Rc::clone(&shapes)));
                Ok(Event::Schema(schema, shapes))
            }
            (_, None) => Err(StreamError::NoSchema),
            (MessageHeader::RecordBatch, Some((schema, shapes))) => {
                let batch = header
                    .header_as_record_batch()
                    .ok_or(StreamError::Malformed("record batch"))?;
                let body = &message.body;
                let (rows, layouts) = bounds::check(&batch, header.version(), shapes, body.len())?;
                self.batch = Some(Batch {
                    schema: Arc::clone(schema),
                    shapes: Rc::clone(shapes),
                    layouts,
                    body: body.clone(),
                    rows,
                    done: 0,
                });
                // Batches of nothing cost something as well.
                let metadata = message.metadata.len() as u64;
                self.received = self.received.saturating_add(metadata);
                Ok(Event::Batch)
            }
            _ => Err(StreamError::UnexpectedMessage),
        }
    }
}

/// Whether there is so much memory: for what a library is about to allocate without asking.
fn probe(bytes: usize) -> Result<(), StreamError> {
    Vec::<u8>::new()
        .try_reserve_exact(bytes)
        .map_err(|_| StreamError::NoMemory(bytes))
}

type Fields<'a> = flatbuffers::Vector<'a, flatbuffers::ForwardsUOffset<Field<'a>>>;

/// Bounds what arrow makes of these fields. Their depth is bounded by the verifier.
fn check_fields(fields: Option<Fields<'_>>) -> Result<(), StreamError> {
    let fields = fields.into_iter().flatten();
    for (index, field) in fields.enumerate() {
        if index == MAX_COLUMNS {
            return Err(StreamError::Malformed("too many columns"));
        }
        if field.name().is_some_and(|name| name.len() > MAX_NAME) {
            return Err(StreamError::Malformed("a name that is too long"));
        }
        check_fields(field.children())?;
    }
    Ok(())
}

/// arrow's own code on hostile bytes: a panic of it is an error of this stream.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, StreamError>) -> Result<T, StreamError> {
    let result = catch_unwind(AssertUnwindSafe(work));
    result.unwrap_or_else(|_| Err(StreamError::Arrow("arrow gave up on it".to_owned())))
}

fn closed_list(schema: &arrow_schema::Schema) -> Result<Vec<Shape>, StreamError> {
    schema
        .fields()
        .iter()
        .map(|field| {
            Shape::of(field.data_type()).ok_or_else(|| StreamError::Type {
                column: brief(field.name()),
                arrow: brief(field.data_type()),
            })
        })
        .collect()
}
