//! Arrow IPC messages around buffers that stay where they are: only the small header is built.

use super::column::{Buffer, Column};
use arrow_ipc::convert::IpcSchemaEncoder;
use arrow_ipc::{FieldNode, MessageBuilder, MessageHeader, MetadataVersion, RecordBatchBuilder};
use arrow_schema::Schema;
use flatbuffers::FlatBufferBuilder;

/// The end of a stream: continuation marker and a length of zero.
pub const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Buffers and messages are padded to this many bytes.
const ALIGNMENT: usize = 8;

const PADDING: [u8; ALIGNMENT] = [0; ALIGNMENT];

fn padding(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT) - length
}

/// The schema message of a stream, encapsulated.
pub fn schema_message(schema: &Schema) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
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
    encapsulate(builder.finished_data(), &mut bytes);
    bytes
}

/// The header of a record batch of `columns`, into `header`.
pub fn batch_header(
    builder: &mut FlatBufferBuilder<'static>,
    columns: &[Column],
    rows: usize,
    header: &mut Vec<u8>,
) {
    builder.reset();
    let columns = flat(columns);
    let nodes: Vec<FieldNode> = columns
        .iter()
        .map(|column| FieldNode::new(column.rows() as i64, column.nulls() as i64))
        .collect();
    let mut offset = 0;
    let mut buffers = Vec::new();
    for buffer in columns.iter().flat_map(|column| column.buffers()) {
        let length = buffer.bytes().len();
        buffers.push(arrow_ipc::Buffer::new(offset as i64, length as i64));
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
    encapsulate(builder.finished_data(), header);
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

/// The columns and all below them in the format's order.
fn flat(columns: &[Column]) -> Vec<&Column> {
    let mut all = Vec::with_capacity(columns.len());
    for column in columns {
        column.walk(&mut |column| all.push(column));
    }
    all
}

fn encapsulate(metadata: &[u8], out: &mut Vec<u8>) {
    let padded = metadata.len() + padding(metadata.len());
    out.extend_from_slice(&[0xff; 4]);
    out.extend_from_slice(&(padded as u32).to_le_bytes());
    out.extend_from_slice(metadata);
    out.extend_from_slice(&PADDING[..padded - metadata.len()]);
}
