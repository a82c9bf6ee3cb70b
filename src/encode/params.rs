//! Parameters as an Arrow IPC stream of one row, one column per parameter.

use super::batch::Batch;
use super::column::Column;
use super::losses::Losses;
use super::message::{END_OF_STREAM, batch_body, batch_header, schema_message};
use super::schema::schema;
use crate::error::CallError;
use crate::pg::arguments::RowValue;
use crate::pg::catalog::names_and_types;
use crate::pg::encoding::server_is_utf8;
use crate::request::{JsonParam, JsonValue};
use crate::settings::Numeric;
use crate::types::Kind;
use arrow_schema::{Field, Schema};
use flatbuffers::FlatBufferBuilder;
use launchpad_protocol::control::JSON_KEY;
use launchpad_protocol::launch::Language;
use std::collections::HashMap;

/// The stream for a row value, numeric by the setting, and what each parameter lost.
pub fn from_row(
    value: &RowValue,
    numeric: Numeric,
    language: Language,
) -> Result<(Vec<u8>, Vec<Losses>), CallError> {
    let columns = names_and_types(value.columns(), numeric);
    let mut batch = Batch::new(
        columns.iter().map(|(_, tree)| tree),
        language,
        server_is_utf8(),
    );
    batch.append(value.row()).map_err(|(index, why)| {
        CallError::unsent(format!("Parameter \"{}\"", columns[index].0), why)
    })?;
    let mut stream = schema_message(&schema(&columns));
    for slice in batch.message() {
        stream.extend_from_slice(slice);
    }
    stream.extend_from_slice(&END_OF_STREAM);
    Ok((stream, batch.losses().to_vec()))
}

/// The stream for a JSON object's members, and what each of them lost.
pub fn from_json(params: &[JsonParam], language: Language) -> (Vec<u8>, Vec<Losses>) {
    let mut losses = Vec::new();
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for param in params {
        let kind = match param.value {
            JsonValue::Bool(_) => Kind::Bool,
            JsonValue::Integer(_) => Kind::Int8,
            JsonValue::Float(_) => Kind::Float8,
            JsonValue::Null | JsonValue::Text(_) | JsonValue::Number(_) | JsonValue::Nested(_) => {
                Kind::Text
            }
        };
        let mut field = Field::new(&param.name, kind.arrow(), true);
        let mut column = Column::new(kind);
        match &param.value {
            JsonValue::Null => column.push_null(),
            JsonValue::Bool(value) => column.push_bool(*value),
            JsonValue::Integer(value) => column.push_fixed(value.to_le_bytes()),
            JsonValue::Float(value) => column.push_fixed(value.to_le_bytes()),
            JsonValue::Text(text) => column.push_bytes(text.as_bytes()),
            JsonValue::Number(json) | JsonValue::Nested(json) => {
                column.push_bytes(json.as_bytes());
                let mark = HashMap::from([(JSON_KEY.to_owned(), "1".to_owned())]);
                field = field.with_metadata(mark);
            }
        }
        losses.push(match param.value {
            JsonValue::Integer(value) => Losses::of_bigint(value, language),
            _ => Losses::default(),
        });
        fields.push(field);
        columns.push(column);
    }
    let mut stream = schema_message(&Schema::new(fields));
    let mut header = Vec::new();
    batch_header(&mut FlatBufferBuilder::new(), &columns, 1, &mut header);
    stream.extend_from_slice(&header);
    for slice in batch_body(&columns) {
        stream.extend_from_slice(slice);
    }
    stream.extend_from_slice(&END_OF_STREAM);
    (stream, losses)
}
