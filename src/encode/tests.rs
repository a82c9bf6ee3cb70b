//! What is encoded reads back with an independent reader: arrow's own.

use super::column::Column;
use super::message::{END_OF_STREAM, batch_body, batch_header, schema_message};
use crate::types::Kind;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Field, Schema};
use flatbuffers::FlatBufferBuilder;

fn read(columns: &[Column], rows: usize) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| Field::new(format!("c{index}"), column.kind().arrow(), true))
        .collect();
    let mut stream = schema_message(&Schema::new(fields));
    let mut header = Vec::new();
    batch_header(&mut FlatBufferBuilder::new(), columns, rows, &mut header);
    stream.extend_from_slice(&header);
    batch_body(columns).for_each(|slice| stream.extend_from_slice(slice));
    stream.extend_from_slice(&END_OF_STREAM);
    let mut reader = arrow_ipc::reader::StreamReader::try_new(stream.as_slice(), None).unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert!(reader.next().is_none());
    batch
}

#[test]
fn values_and_nulls_read_back() {
    let mut int = Column::new(Kind::Int4);
    let mut text = Column::new(Kind::Text);
    let mut flag = Column::new(Kind::Bool);
    let mut float = Column::new(Kind::Float8);
    for row in 0..19_i32 {
        if row % 3 == 0 {
            int.push_null();
            text.push_null();
            flag.push_null();
        } else {
            int.push_fixed(row.to_le_bytes());
            text.push_bytes(format!("row {row} ä").as_bytes());
            flag.push_bool(row % 2 == 0);
        }
        float.push_fixed(f64::from(row).to_le_bytes());
    }
    let batch = read(&[int, text, flag, float], 19);
    let ints = batch.column(0).as_primitive::<Int32Type>();
    let texts = batch.column(1).as_string::<i32>();
    let flags = batch.column(2).as_boolean();
    let floats = batch.column(3).as_primitive::<Float64Type>();
    assert_eq!(floats.null_count(), 0);
    for row in 0..19 {
        assert_eq!(floats.value(row), row as f64);
        assert_eq!(ints.is_null(row), row % 3 == 0);
        if row % 3 != 0 {
            assert_eq!(ints.value(row), row as i32);
            assert_eq!(texts.value(row), format!("row {row} ä"));
            assert_eq!(flags.value(row), row % 2 == 0);
        }
    }
}

#[test]
fn an_empty_batch_and_a_cleared_column_read_back() {
    let mut text = Column::new(Kind::Text);
    assert_eq!(read(&[Column::new(Kind::Bytea)], 0).num_rows(), 0);
    text.push_bytes(b"old");
    text.clear();
    text.push_bytes(b"new");
    assert_eq!(
        read(&[text], 1).column(0).as_string::<i32>().value(0),
        "new"
    );
}
