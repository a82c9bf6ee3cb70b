//! Parameters as an Arrow IPC stream of one row, one column per parameter.

use super::batch::{Batch, Unsent};
use crate::error::CallError;
use crate::memory;
use crate::pg::arguments::RowValue;
use crate::pg::catalog::names_and_types;
use crate::pg::encoding::server_is_utf8;
use crate::pg::server::check_interrupts;
use crate::request::{JsonParam, JsonValue};
use crate::streams::encode::column::Column;
use crate::streams::encode::losses::Losses;
use crate::streams::encode::message::{
    END_OF_STREAM, batch_body, batch_builder, batch_header, schema_message,
};
use crate::streams::encode::schema::schema;
use crate::types::{Kind, Numeric};
use arrow_schema::{Field, FieldRef, Schema};
use launchpad_protocol::launch::Language;
use launchpad_protocol::marks;
use std::collections::HashMap;

/// The stream, in the parts that it is sent in: large values stay where they are.
pub struct Stream {
    schema: Vec<u8>,
    header: Vec<u8>,
    columns: Vec<Column>,
}

impl Stream {
    /// What to write, one behind the other.
    pub fn slices(&self) -> Result<Vec<&[u8]>, CallError> {
        let mut slices = Vec::new();
        memory::push(&mut slices, self.schema.as_slice())?;
        memory::push(&mut slices, self.header.as_slice())?;
        memory::extend(&mut slices, &memory::collect(batch_body(&self.columns))?)?;
        memory::push(&mut slices, END_OF_STREAM.as_slice())?;
        Ok(slices)
    }
}

/// Some of the parameters, in the same order each.
struct Part {
    fields: Vec<FieldRef>,
    columns: Vec<Column>,
    losses: Vec<Losses>,
}

/// The stream for a JSON object's members and then a row value's columns, numeric by the setting, and
/// what each parameter lost.
pub fn stream(
    json: &[JsonParam],
    row: Option<&RowValue>,
    numeric: Numeric,
    language: Language,
) -> Result<(Stream, Vec<Losses>), CallError> {
    let mut all = from_json(json, language)?;
    if let Some(row) = row {
        // At most as many as a call's parameters.
        let part = from_row(row, numeric, language)?;
        all.fields.extend(part.fields);
        all.columns.extend(part.columns);
        all.losses.extend(part.losses);
    }
    let mut columns = all.columns;
    let mut header = Vec::new();
    batch_header(&mut batch_builder(&columns)?, &mut columns, 1, &mut header)?;
    let stream = Stream {
        schema: schema_message(&Schema::new(all.fields))?,
        header,
        columns,
    };
    Ok((stream, all.losses))
}

fn from_row(value: &RowValue, numeric: Numeric, language: Language) -> Result<Part, CallError> {
    let columns = names_and_types(value.columns(), numeric)?;
    let unsent =
        |(index, why): (usize, Unsent)| why.at(format!("Parameter \"{}\"", columns[index].0));
    let mut batch = Batch::new(
        columns.iter().map(|(_, tree)| tree),
        language,
        server_is_utf8(),
    )?;
    batch.append(value.row()).map_err(unsent)?;
    let (encoded, losses) = batch.into_columns().map_err(unsent)?;
    Ok(Part {
        fields: schema(&columns).fields.iter().cloned().collect(),
        columns: encoded,
        losses,
    })
}

fn from_json(params: &[JsonParam], language: Language) -> Result<Part, CallError> {
    let mut losses = Vec::new();
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for param in params {
        check_interrupts();
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
        let pushed = match &param.value {
            JsonValue::Null => column.push_null(),
            JsonValue::Bool(value) => column.push_bool(*value),
            JsonValue::Integer(value) => column.push_fixed(value.to_le_bytes()),
            JsonValue::Float(value) => column.push_fixed(value.to_le_bytes()),
            JsonValue::Text(text) => column.push_bytes(text.as_bytes()),
            JsonValue::Number(json) | JsonValue::Nested(json) => {
                let mark = HashMap::from([(marks::JSON.into(), "1".into())]);
                field = field.with_metadata(mark);
                column.push_bytes(json.as_bytes())
            }
        };
        pushed.map_err(|why| Unsent::from(why).at(format!("Parameter \"{}\"", param.name)))?;
        losses.push(match param.value {
            JsonValue::Integer(value) => Losses::of_bigint(value, language),
            _ => Losses::default(),
        });
        fields.push(field.into());
        columns.push(column);
    }
    Ok(Part {
        fields,
        columns,
        losses,
    })
}
