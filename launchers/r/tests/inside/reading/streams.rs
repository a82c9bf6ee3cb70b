//! Whole streams: in batches, cut off, and the parameters as one of them.

use super::{sent, streamed, types};
use crate::Failure;
use crate::r::self_test::expect;
use crate::reading::growing::Growing;
use crate::reading::{Table, frame, parameters, stream};
use crate::self_test::Test;
use arrow_array::*;
use arrow_schema::{DataType, Field, Schema};
use launchpad_protocol::marks;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) const TESTS: &[Test] = &[
    ("batches, empty ones and none", batches),
    ("a stream that ends early is an error", cut_off),
    ("parameters", one_row),
];

fn batches() {
    let schema = Schema::new(vec![
        Field::new("n", DataType::Int32, true),
        Field::new("ü", DataType::Utf8, true),
    ]);
    let batch = |numbers: Vec<Option<i32>>, texts: Vec<Option<&str>>| {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(numbers)),
            Arc::new(StringArray::from(texts)),
        ];
        RecordBatch::try_new(Arc::new(schema.clone()), columns).unwrap()
    };
    let none = batch(vec![], vec![]);
    let all = [
        none.clone(),
        batch(vec![Some(1), None], vec![None, Some("a")]),
        none.clone(),
        batch(vec![Some(3)], vec![Some("b")]),
        none.clone(),
    ];
    let made = frame(stream(&streamed(&schema, &all)[..]).unwrap()).unwrap();
    expect(&made, "data.frame(n = c(1L, NA, 3L), ü = c(NA, 'a', 'b'))");
    for batches in [&[][..], &[none]] {
        let made = frame(stream(&streamed(&schema, batches)[..]).unwrap()).unwrap();
        expect(&made, "data.frame(n = integer(), ü = character())");
    }
    let nothing = frame(stream(&streamed(&Schema::empty(), &[])[..]).unwrap()).unwrap();
    expect(
        &nothing,
        "structure(list(), names = character(), class = 'data.frame', row.names = integer())",
    );
}

fn cut_off() {
    let whole = sent(&[("x", Arc::new(StringArray::from(vec!["a"; 100])))]);
    let header = whole.len() / 2;
    for length in [0, 3, 8, 20, header] {
        let read = stream(&whole[..length]).map(|table| table.rows);
        assert!(read.is_err(), "{length} bytes: {read:?} rows");
    }
}

fn one_row() {
    let json = HashMap::from([(marks::JSON.to_owned(), String::new())]);
    let mut fields = vec![
        Field::new("list", DataType::Utf8, true).with_metadata(json.clone()),
        Field::new("none", DataType::Utf8, true).with_metadata(json),
        Field::new("text", DataType::Utf8, true),
    ];
    let text = |text: Option<&str>| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let mut columns = vec![
        text(Some(r#"{"a": [1, 2]}"#)),
        text(None),
        text(Some("[1]")),
    ];
    for (index, (array, _)) in types().into_iter().enumerate() {
        fields.push(Field::new(
            format!("v{index}"),
            array.data_type().clone(),
            true,
        ));
        columns.push(array.slice(1, 1));
    }
    let table = |columns: &[ArrayRef]| Table {
        fields: fields.clone().into(),
        columns: columns
            .iter()
            .map(|column| Growing::Arrays(vec![column.clone()]))
            .collect(),
        rows: 1,
    };
    let made = parameters::list(table(&columns)).unwrap();
    expect(
        &made,
        "local({
           types <- list(
             NA, NA_integer_, NA_integer_, NA_real_, NA_real_, NA_real_, NA_real_, as.Date(NA_character_),
             .POSIXct(NA_real_, 'UTC'), .POSIXct(NA_real_, 'UTC'), NA_character_, NA_character_, NA_character_,
             NA_character_, NA_character_, NA_character_, NULL, NULL, NULL)
           c(list(list = list(a = 1:2), none = NA_character_, text = '[1]'),
             setNames(types, paste0('v', seq_along(types) - 1)))
         })",
    );
    let two = Table {
        columns: fields.iter().map(|_| Growing::default()).collect(),
        ..table(&columns)
    };
    assert!(matches!(
        parameters::list(two).err(),
        Some(Failure::Argument(_))
    ));
}
