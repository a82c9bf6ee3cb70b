//! What is encoded reads back with an independent reader: arrow's own.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int32Type};
use arrow_array::{Array, RecordBatch};
use flatbuffers::FlatBufferBuilder;
use launchpad_streams::encode::column::Column;
use launchpad_streams::encode::message::{END_OF_STREAM, batch_body, batch_header, schema_message};
use launchpad_streams::encode::schema::schema;
use launchpad_types::{Kind, Node, Tree};

fn leaf(kind: Kind) -> Tree {
    Tree {
        oid: 0,
        typmod: -1,
        base: 0,
        node: Node::Leaf(kind),
    }
}

fn read(trees: &[Tree], columns: &mut [Column], rows: usize) -> RecordBatch {
    let named: Vec<(String, Tree)> = trees
        .iter()
        .enumerate()
        .map(|(index, tree)| (format!("c{index}"), tree.clone()))
        .collect();
    let mut stream = schema_message(&schema(&named)).unwrap();
    let mut header = Vec::new();
    batch_header(&mut FlatBufferBuilder::new(), columns, rows, &mut header).unwrap();
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
            int.push_null().unwrap();
            text.push_null().unwrap();
            flag.push_null().unwrap();
        } else {
            int.push_fixed(row.to_le_bytes()).unwrap();
            text.push_bytes(format!("row {row} ä").as_bytes()).unwrap();
            flag.push_bool(row % 2 == 0).unwrap();
        }
        float.push_fixed(f64::from(row).to_le_bytes()).unwrap();
    }
    let trees = [Kind::Int4, Kind::Text, Kind::Bool, Kind::Float8].map(leaf);
    let batch = read(&trees, &mut [int, text, flag, float], 19);
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
    let mut empty = [Column::new(Kind::Bytea)];
    assert_eq!(read(&[leaf(Kind::Bytea)], &mut empty, 0).num_rows(), 0);
    text.push_bytes(b"old").unwrap();
    text.clear();
    text.push_bytes(b"new").unwrap();
    assert_eq!(
        read(&[leaf(Kind::Text)], &mut [text], 1)
            .column(0)
            .as_string::<i32>()
            .value(0),
        "new"
    );
}

#[test]
fn arrays_structs_and_decimals_read_back() {
    let mut tree = leaf(Kind::Int4);
    tree.node = Node::Struct(vec![
        (
            "l".to_owned(),
            Tree {
                node: Node::List(Box::new(leaf(Kind::Text))),
                ..leaf(Kind::Text)
            },
        ),
        (
            "d".to_owned(),
            leaf(Kind::Decimal {
                precision: 10,
                scale: 2,
            }),
        ),
    ]);
    let mut column = Column::of(&tree);
    // ({{a}, {NULL}}, 1.50), NULL, ({}, NULL), (NULL, -0.01)
    let array = column.child(0);
    let elements = array.child(0).child(0);
    elements.push_bytes(b"a").unwrap();
    elements.push_null().unwrap();
    array.push_array(&[2, 1]).unwrap();
    column.child(1).push_fixed(150_i128.to_le_bytes()).unwrap();
    column.push_struct().unwrap();
    column.push_null().unwrap();
    column.child(0).push_array(&[]).unwrap();
    column.child(1).push_null().unwrap();
    column.push_struct().unwrap();
    column.child(0).push_null().unwrap();
    column.child(1).push_fixed((-1_i128).to_le_bytes()).unwrap();
    column.push_struct().unwrap();

    let batch = read(&[tree], &mut [column], 4);
    let structs = batch.column(0).as_struct();
    let arrays = structs.column(0).as_struct();
    let lists = arrays.column(0).as_list::<i32>();
    let dimensions = arrays.column(1).as_list::<i32>();
    let decimals = structs.column(1).as_primitive::<Decimal128Type>();
    assert_eq!((structs.null_count(), structs.is_null(1)), (1, true));
    assert_eq!(lists.value(0).as_string::<i32>().value(0), "a");
    assert!(lists.value(0).is_null(1));
    assert!(lists.is_null(1) && lists.is_valid(2) && lists.is_null(3));
    assert_eq!(lists.value_length(2), 0);
    let lengths = dimensions.value(0);
    assert_eq!(lengths.as_primitive::<Int32Type>().values(), &[2, 1]);
    assert_eq!((arrays.null_count(), dimensions.null_count()), (2, 3));
    assert_eq!(decimals.value_as_string(0), "1.50");
    assert_eq!(decimals.value_as_string(3), "-0.01");
}
