//! Arrow IPC messages around buffers that stay where they are: only the small header is built.

use super::column::{Buffer, Column};
use arrow_ipc::convert::IpcSchemaEncoder;
use arrow_ipc::{FieldNode, MessageBuilder, MessageHeader, MetadataVersion, RecordBatchBuilder};
use arrow_schema::{DataType, Field, Fields, Schema};
use flatbuffers::FlatBufferBuilder;
use launchpad_memory::{self as memory, NoMemory};

/// The end of a stream: continuation marker and a length of zero.
pub const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Buffers and messages are padded to this many bytes.
const ALIGNMENT: usize = 8;

const PADDING: [u8; ALIGNMENT] = [0; ALIGNMENT];

fn padding(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT) - length
}

/// A builder that need not grow for a message of so many bytes.
fn builder_of(bytes: usize) -> Result<FlatBufferBuilder<'static>, NoMemory> {
    Ok(FlatBufferBuilder::from_vec(memory::filled(0, bytes)?))
}

/// A builder for the headers of batches of these columns.
pub fn batch_builder(columns: &[Column]) -> Result<FlatBufferBuilder<'static>, NoMemory> {
    // A node, and at most three buffers, of two words each.
    builder_of(1024 + flat(columns).len() * 4 * 16)
}

/// Bytes of the fields in a schema message, and then some: with its metadata, which we write, each
/// takes less than this beside its name.
fn field_bytes(fields: &Fields) -> usize {
    let bytes = |field: &Field| {
        let inner = match field.data_type() {
            DataType::List(element) => field_bytes(&Fields::from(vec![element.clone()])),
            DataType::Struct(fields) => field_bytes(fields),
            _ => 0,
        };
        384 + field.name().len() + inner
    };
    fields.iter().map(|field| bytes(field)).sum()
}

/// The schema message of a stream, encapsulated.
pub fn schema_message(schema: &Schema) -> Result<Vec<u8>, NoMemory> {
    let mut builder = builder_of(1024 + field_bytes(&schema.fields))?;
    let header = IpcSchemaEncoder::new()
        .schema_to_fb_offset(&mut builder, schema)
        .as_union_value();
    let mut message = MessageBuilder::new(&mut builder);
    message.add_version(MetadataVersion::V5);
    message.add_header_type(MessageHeader::Schema);
    message.add_bodyLength(0);
    message.add_header(header);
    let root = message.finish();
    builder.finish(root, None);
    let mut bytes = Vec::new();
    encapsulate(builder.finished_data(), &mut bytes)?;
    Ok(bytes)
}

/// The header of a record batch of `columns`, which are complete then, into `header`.
pub fn batch_header(
    builder: &mut FlatBufferBuilder<'static>,
    columns: &mut [Column],
    rows: usize,
    header: &mut Vec<u8>,
) -> Result<(), NoMemory> {
    builder.reset();
    columns.iter_mut().try_for_each(Column::complete)?;
    let columns = flat(columns);
    let node = |column: &&Column| FieldNode::new(column.rows() as i64, column.nulls() as i64);
    let nodes = memory::collect(columns.iter().map(node))?;
    let mut offset = 0;
    let mut buffers = Vec::new();
    for buffer in columns.iter().flat_map(|column| column.buffers()) {
        let length = buffer.bytes().len();
        let place = arrow_ipc::Buffer::new(offset as i64, length as i64);
        memory::push(&mut buffers, place)?;
        offset += length + padding(length);
    }
    let nodes = builder.create_vector(&nodes);
    let buffers = builder.create_vector(&buffers);
    let mut batch = RecordBatchBuilder::new(builder);
    batch.add_length(rows as i64);
    batch.add_nodes(nodes);
    batch.add_buffers(buffers);
    let batch = batch.finish().as_union_value();
    let mut message = MessageBuilder::new(builder);
    message.add_version(MetadataVersion::V5);
    message.add_header_type(MessageHeader::RecordBatch);
    message.add_bodyLength(offset as i64);
    message.add_header(batch);
    let root = message.finish();
    builder.finish(root, None);
    header.clear();
    encapsulate(builder.finished_data(), header)
}

/// The body of a batch as the slices to write, padding included.
pub fn batch_body(columns: &[Column]) -> impl Iterator<Item = &[u8]> {
    flat(columns)
        .into_iter()
        .flat_map(Column::buffers)
        .map(Buffer::bytes)
        .flat_map(|bytes| [bytes, &PADDING[..padding(bytes.len())]])
        .filter(|bytes| !bytes.is_empty())
}

/// The columns and all below them in the format's order; as many as `pg::catalog` lets there be.
fn flat(columns: &[Column]) -> Vec<&Column> {
    let mut all = Vec::new();
    for column in columns {
        column.walk(&mut |column| all.push(column));
    }
    all
}

fn encapsulate(metadata: &[u8], out: &mut Vec<u8>) -> Result<(), NoMemory> {
    let padded = metadata.len() + padding(metadata.len());
    memory::reserve(out, 8 + padded)?;
    memory::extend(out, &[0xff; 4])?;
    memory::extend(out, &(padded as u32).to_le_bytes())?;
    memory::extend(out, metadata)?;
    memory::extend(out, &PADDING[..padded - metadata.len()])
}
