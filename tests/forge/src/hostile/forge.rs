//! Messages built by hand, so that every number in them can be wrong.

use arrow_ipc::writer::StreamWriter;
use arrow_ipc::{
    BodyCompressionBuilder, CompressionType, DictionaryBatchBuilder, FieldNode, MessageBuilder,
    MessageHeader, MetadataVersion, RecordBatchBuilder,
};
use arrow_schema::{DataType, Field, Schema};
use flatbuffers::FlatBufferBuilder;

pub const END: [u8; 8] = launchpad_streams::encode::message::END_OF_STREAM;

/// What the calls declare, as Arrow has it: `(i bigint, t text, b boolean)`.
pub fn fields() -> Vec<Field> {
    vec![
        Field::new("i", DataType::Int64, true),
        Field::new("t", DataType::Utf8, true),
        Field::new("b", DataType::Boolean, true),
    ]
}

pub fn schema() -> Vec<u8> {
    schema_of(fields())
}

pub fn schema_of(fields: Vec<Field>) -> Vec<u8> {
    let writer =
        StreamWriter::try_new(Vec::new(), &Schema::new(fields)).expect("a vector takes it");
    writer.get_ref().clone()
}

/// `0xFFFFFFFF | length | metadata, padded | body`
pub fn encapsulated(metadata: &[u8], body: &[u8]) -> Vec<u8> {
    let length = metadata.len().next_multiple_of(8);
    let mut bytes = vec![0xff; 4];
    bytes.extend((length as u32).to_le_bytes());
    bytes.extend(metadata);
    bytes.resize(8 + length, 0);
    bytes.extend(body);
    bytes
}

/// What kind of message carries a batch.
#[derive(Clone, Copy, PartialEq)]
pub enum Wrap {
    Batch,
    Dictionary,
    /// Of a dictionary
    Delta,
}

/// A record batch's message, number by number. As made by [`ForgedBatch::good`] it is valid: three rows.
#[derive(Clone)]
pub struct ForgedBatch {
    pub wrap: Wrap,
    pub header: MessageHeader,
    pub version: MetadataVersion,
    pub length: i64,
    /// Length and null count of each column.
    pub nodes: Option<Vec<(i64, i64)>>,
    /// Offset and length of each buffer.
    pub buffers: Option<Vec<(i64, i64)>>,
    pub body: Vec<u8>,
    /// What the message claims, if not the truth.
    pub body_length: Option<i64>,
    pub compression: Option<CompressionType>,
    pub variadic: Option<Vec<i64>>,
}

/// Where the buffers of a good batch are in the list of buffers, and in the body.
pub mod at {
    pub const INT_VALIDITY: usize = 0;
    pub const INTS: usize = 1;
    pub const TEXT_OFFSETS: usize = 3;
    pub const TEXT: usize = 4;
    pub const FLAGS: usize = 6;
    /// Bytes
    pub const OFFSETS_IN_BODY: usize = 40;
    pub const TEXT_IN_BODY: usize = 56;
}

impl ForgedBatch {
    pub fn good() -> Self {
        let mut batch = ForgedBatch::empty(3);
        batch.nodes = Some(vec![(3, 1); 3]);
        batch.add(&[0b101]);
        batch.add(&[1_i64, 0, 3].map(i64::to_le_bytes).concat());
        batch.add(&[0b011]);
        batch.add(&[0_i32, 1, 3, 3].map(i32::to_le_bytes).concat());
        batch.add("aä".as_bytes());
        batch.add(&[0b101]);
        batch.add(&[0b001]);
        batch
    }

    /// Of so many rows, but no columns.
    pub fn empty(rows: i64) -> Self {
        ForgedBatch {
            wrap: Wrap::Batch,
            header: MessageHeader::RecordBatch,
            version: MetadataVersion::V5,
            length: rows,
            nodes: Some(Vec::new()),
            buffers: Some(Vec::new()),
            body: Vec::new(),
            body_length: None,
            compression: None,
            variadic: None,
        }
    }

    /// Adds a buffer of these bytes to the body, padded.
    pub fn add(&mut self, bytes: &[u8]) {
        let buffers = self.buffers.as_mut().expect("has buffers");
        buffers.push((self.body.len() as i64, bytes.len() as i64));
        self.body.extend(bytes);
        self.body.resize(self.body.len().next_multiple_of(8), 0);
    }

    /// A good batch, changed.
    pub fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut batch = ForgedBatch::good();
        change(&mut batch);
        batch
    }

    pub fn node(&mut self, column: usize) -> &mut (i64, i64) {
        &mut self.nodes.as_mut().expect("has nodes")[column]
    }

    pub fn buffer(&mut self, index: usize) -> &mut (i64, i64) {
        &mut self.buffers.as_mut().expect("has buffers")[index]
    }

    /// Sets the offsets of the text column.
    pub fn offsets(&mut self, offsets: [i32; 4]) {
        let bytes = offsets.map(i32::to_le_bytes).concat();
        self.body[at::OFFSETS_IN_BODY..][..16].copy_from_slice(&bytes);
    }

    /// Sets the three bytes of the text column.
    pub fn text(&mut self, bytes: [u8; 3]) {
        self.body[at::TEXT_IN_BODY..][..3].copy_from_slice(&bytes);
    }

    /// The message.
    pub fn message(&self) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let nodes = self.nodes.as_ref().map(|nodes| {
            let nodes: Vec<_> = nodes.iter().map(|(l, n)| FieldNode::new(*l, *n)).collect();
            builder.create_vector(&nodes)
        });
        let buffers = self.buffers.as_ref().map(|buffers| {
            let buffers: Vec<_> = buffers
                .iter()
                .map(|(offset, length)| arrow_ipc::Buffer::new(*offset, *length))
                .collect();
            builder.create_vector(&buffers)
        });
        let variadic = self
            .variadic
            .as_ref()
            .map(|counts| builder.create_vector(counts));
        let compression = self.compression.map(|codec| {
            let mut compression = BodyCompressionBuilder::new(&mut builder);
            compression.add_codec(codec);
            compression.finish()
        });
        let mut batch = RecordBatchBuilder::new(&mut builder);
        batch.add_length(self.length);
        if let Some(nodes) = nodes {
            batch.add_nodes(nodes);
        }
        if let Some(buffers) = buffers {
            batch.add_buffers(buffers);
        }
        if let Some(variadic) = variadic {
            batch.add_variadicBufferCounts(variadic);
        }
        if let Some(compression) = compression {
            batch.add_compression(compression);
        }
        let batch = batch.finish();
        let header = match self.wrap {
            Wrap::Batch => batch.as_union_value(),
            Wrap::Dictionary | Wrap::Delta => {
                let mut dictionary = DictionaryBatchBuilder::new(&mut builder);
                dictionary.add_id(0);
                dictionary.add_isDelta(self.wrap == Wrap::Delta);
                dictionary.add_data(batch);
                dictionary.finish().as_union_value()
            }
        };
        let mut message = MessageBuilder::new(&mut builder);
        message.add_version(self.version);
        message.add_header_type(self.header);
        message.add_bodyLength(self.body_length.unwrap_or(self.body.len() as i64));
        message.add_header(header);
        let root = message.finish();
        builder.finish(root, None);
        encapsulated(builder.finished_data(), &self.body)
    }
}

/// A message without a header, of the given kind and body length.
pub fn headless(kind: MessageHeader, body: i64) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let mut message = MessageBuilder::new(&mut builder);
    message.add_version(MetadataVersion::V5);
    message.add_header_type(kind);
    message.add_bodyLength(body);
    let root = message.finish();
    builder.finish(root, None);
    encapsulated(builder.finished_data(), &[])
}

/// Schema, this, end.
pub fn stream(middle: &[u8]) -> Vec<u8> {
    [&schema(), middle, &END].concat()
}

/// A stream of one changed batch.
pub fn batch(change: impl FnOnce(&mut ForgedBatch)) -> Vec<u8> {
    stream(&ForgedBatch::with(change).message())
}
