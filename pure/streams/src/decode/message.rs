//! One encapsulated Arrow IPC message at a time, out of bytes that arrive as they like:
//! `0xFFFFFFFF | u32 length | metadata | body`, a length of 0 ends the stream.

use super::StreamError;
use super::bounds::MAX_SHARED_BODY;
use arrow_buffer::Buffer;
use arrow_ipc::root_as_message_with_opts;
use flatbuffers::VerifierOptions;

/// A schema of 1600 columns with long names needs a few hundred KiB.
const MAX_METADATA: usize = 16 << 20;

/// What flatbuffers' verifier lets through. Parts of a buffer may be shared: a few bytes could else
/// stand for millions of columns, each with the same long name.
const LIMITS: VerifierOptions = VerifierOptions {
    max_depth: 64,
    max_tables: 64 << 10,
    max_apparent_size: 2 * MAX_METADATA,
    ignore_missing_null_terminator: false,
};

/// Room made for a body before its bytes arrived; after that it doubles with what has arrived.
const FIRST_RESERVE: usize = 256 << 10;

/// The most that is kept of it for the next body.
const SPARE: usize = 4 << 20;

/// A message whose metadata passed flatbuffers' verifier.
#[derive(Debug)]
pub struct Message {
    pub metadata: Vec<u8>,
    pub body: Buffer,
}

impl Message {
    pub fn header(&self) -> Result<arrow_ipc::Message<'_>, StreamError> {
        verified(&self.metadata)
    }
}

fn verified(metadata: &[u8]) -> Result<arrow_ipc::Message<'_>, StreamError> {
    root_as_message_with_opts(&LIMITS, metadata).map_err(|_| StreamError::Malformed("metadata"))
}

#[derive(Debug)]
enum Part {
    Prefix,
    Metadata { length: usize },
    Body { length: usize, metadata: Vec<u8> },
    Ended,
}

/// Cuts a stream into messages.
#[derive(Debug)]
pub struct MessageReader {
    part: Part,
    buffer: Vec<u8>,
    /// An earlier body's memory, for the next one: fresh memory costs more than what is done with it.
    spare: Vec<u8>,
    max_body: u64,
}

/// What [`MessageReader::step`] found in the bytes so far.
#[derive(Debug)]
pub enum Step {
    NeedMore,
    Message(Message),
    End,
}

impl MessageReader {
    /// Refuses bodies of more than `max_body` bytes.
    pub fn new(max_body: u64) -> Self {
        MessageReader {
            part: Part::Prefix,
            buffer: Vec::new(),
            spare: Vec::new(),
            max_body,
        }
    }

    /// Takes back a body that nobody uses any more.
    pub fn recycle(&mut self, body: Buffer) {
        if let Ok(mut bytes) = body.into_vec::<u8>()
            && bytes.capacity() <= SPARE
        {
            bytes.clear();
            self.spare = bytes;
        }
    }

    fn wanted(&self) -> usize {
        match &self.part {
            Part::Prefix => 8,
            Part::Metadata { length } | Part::Body { length, .. } => *length,
            // One byte more than allowed, to notice it.
            Part::Ended => 1,
        }
    }

    /// The buffer to read into and how many bytes of it belong to the present part. There is
    /// always room for at least one byte.
    pub fn room(&mut self) -> Result<(&mut Vec<u8>, usize), StreamError> {
        let missing = self.wanted() - self.buffer.len().min(self.wanted());
        let missing = missing.max(1);
        let spare = self.buffer.capacity() - self.buffer.len();
        if spare == 0 {
            let more = missing.min(self.buffer.len().max(FIRST_RESERVE));
            self.buffer
                .try_reserve_exact(more)
                .map_err(|_| StreamError::NoMemory(more))?;
        }
        let spare = self.buffer.capacity() - self.buffer.len();
        Ok((&mut self.buffer, missing.min(spare)))
    }

    /// Call after bytes were added to [`MessageReader::room`]'s buffer, until it needs more.
    pub fn step(&mut self) -> Result<Step, StreamError> {
        loop {
            if matches!(self.part, Part::Ended) {
                return match self.buffer.len() {
                    0 => Ok(Step::NeedMore),
                    extra => Err(StreamError::BytesAfterEnd(extra)),
                };
            }
            if self.buffer.len() < self.wanted() {
                return Ok(Step::NeedMore);
            }
            let bytes = std::mem::take(&mut self.buffer);
            match std::mem::replace(&mut self.part, Part::Prefix) {
                Part::Prefix => {
                    if let Some(end) = self.prefix(&bytes)? {
                        return Ok(end);
                    }
                }
                Part::Metadata { .. } => {
                    let length = self.body_length(&bytes)?;
                    self.buffer = std::mem::take(&mut self.spare);
                    self.part = Part::Body {
                        length,
                        metadata: bytes,
                    };
                }
                Part::Body { metadata, .. } => {
                    return Ok(Step::Message(Message {
                        metadata,
                        body: Buffer::from_vec(bytes),
                    }));
                }
                Part::Ended => unreachable!("handled above"),
            }
        }
    }

    fn prefix(&mut self, bytes: &[u8]) -> Result<Option<Step>, StreamError> {
        let (marker, length) = bytes.split_at(4);
        if marker != [0xff; 4] {
            return Err(StreamError::NotAStream);
        }
        let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
        if length == 0 {
            self.part = Part::Ended;
            return Ok(Some(Step::End));
        }
        if length > MAX_METADATA {
            return Err(StreamError::MetadataTooLong(length as u64));
        }
        self.part = Part::Metadata { length };
        Ok(None)
    }

    fn body_length(&self, metadata: &[u8]) -> Result<usize, StreamError> {
        let header = verified(metadata)?;
        let claimed = u64::try_from(header.bodyLength())
            .map_err(|_| StreamError::Malformed("a negative length"))?;
        if claimed > self.max_body {
            return Err(StreamError::BodyTooLong {
                claimed,
                limit: self.max_body,
            });
        }
        let length = usize::try_from(claimed).map_err(|_| StreamError::Malformed("a length"))?;
        let batch = header.header_as_record_batch();
        match batch.is_some_and(|batch| batch.length() <= 1) {
            false if length > MAX_SHARED_BODY => {
                Err(StreamError::Batch("more than 64 MiB of several rows"))
            }
            _ => Ok(length),
        }
    }

    /// Whether the stream may end here.
    pub fn is_ended(&self) -> bool {
        matches!(self.part, Part::Ended) && self.buffer.is_empty()
    }
}
