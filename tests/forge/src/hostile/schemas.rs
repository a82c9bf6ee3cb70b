//! Schemas that no library would write.

use super::forge::encapsulated;
use arrow_ipc::{
    Endianness, FieldBuilder, IntBuilder, MessageBuilder, MessageHeader, MetadataVersion,
    SchemaBuilder, Type,
};
use flatbuffers::FlatBufferBuilder;

/// A schema whose every column is one and the same table in the buffer.
pub struct ForgedSchema {
    pub columns: usize,
    pub name: Option<String>,
    pub kind: Type,
    /// None: the column says what it is, but not how wide.
    pub bits: Option<i32>,
    pub order: Endianness,
    /// None: no list of columns at all.
    pub listed: bool,
    pub body: i64,
}

impl Default for ForgedSchema {
    fn default() -> Self {
        ForgedSchema {
            columns: 3,
            name: Some("c".to_owned()),
            kind: Type::Int,
            bits: Some(64),
            order: Endianness::Little,
            listed: true,
            body: 0,
        }
    }
}

impl ForgedSchema {
    pub fn message(&self) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let name = self.name.as_ref().map(|name| builder.create_string(name));
        let int = self.bits.map(|bits| {
            let mut int = IntBuilder::new(&mut builder);
            int.add_bitWidth(bits);
            int.add_is_signed(true);
            int.finish().as_union_value()
        });
        let mut field = FieldBuilder::new(&mut builder);
        if let Some(name) = name {
            field.add_name(name);
        }
        field.add_nullable(true);
        field.add_type_type(self.kind);
        if let Some(int) = int {
            field.add_type_(int);
        }
        let field = field.finish();
        let fields = self
            .listed
            .then(|| builder.create_vector(&vec![field; self.columns]));
        let mut schema = SchemaBuilder::new(&mut builder);
        schema.add_endianness(self.order);
        if let Some(fields) = fields {
            schema.add_fields(fields);
        }
        let schema = schema.finish().as_union_value();
        let mut message = MessageBuilder::new(&mut builder);
        message.add_version(MetadataVersion::V5);
        message.add_header_type(MessageHeader::Schema);
        message.add_bodyLength(self.body);
        message.add_header(schema);
        let root = message.finish();
        builder.finish(root, None);
        encapsulated(builder.finished_data(), &[])
    }
}
