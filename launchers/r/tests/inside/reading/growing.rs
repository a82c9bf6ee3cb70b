//! Columns that grow with the stream are what they would be as one array.

use super::{rows, streamed, types};
use crate::r::Owned;
use crate::r::self_test::{evaluate, expect};
use crate::reading::growing::LEAST;
use crate::reading::{frame, stream};
use crate::self_test::Test;
use arrow_array::*;
use arrow_schema::{Field, Schema};
use std::sync::Arc;

pub(crate) const TESTS: &[Test] = &[
    ("columns that grow batch by batch", growing),
    ("one long batch", whole),
    ("the smallest integer late", smallest_late),
];

/// One column's batches, as it comes.
fn grown(arrays: &[ArrayRef]) -> Owned {
    let schema = Arc::new(Schema::new(vec![Field::new(
        "x",
        arrays[0].data_type().clone(),
        true,
    )]));
    let batch = |array: &ArrayRef| RecordBatch::try_new(schema.clone(), vec![array.clone()]);
    let batches: Vec<_> = arrays.iter().map(|array| batch(array).unwrap()).collect();
    let frame = frame(stream(&streamed(&schema, &batches)[..]).unwrap()).unwrap();
    Owned::shared(frame.value().element(0)).unwrap()
}

fn growing() {
    for (array, wanted) in types() {
        let (none, most) = (array.slice(0, 0), array.slice(1, 2));
        let two = [most.clone(), array.clone()];
        expect(&grown(&two), &rows(wanted, "c(2:3, 1:3)"));
        // A null comes late, and a batch without rows wherever.
        let late = [
            none.clone(),
            array.slice(2, 1),
            array.slice(0, 1),
            none.clone(),
            most,
            none,
        ];
        expect(&grown(&late), &rows(wanted, "c(3, 1, 2, 3)"));
        // More than a page, from where on a vector has memory of its own.
        let long = vec![array.clone(); 400];
        expect(&grown(&long), &rows(wanted, "rep(1:3, 400)"));
    }
    // Their memory is given back with them.
    evaluate("gc(full = TRUE)").unwrap();
}

/// One batch that is no small one from the first.
fn whole() {
    let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(0..LEAST as i32));
    expect(&grown(&[numbers]), &format!("0:{}", LEAST - 1));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..LEAST).map(|row| row.to_string()),
    ));
    expect(&grown(&[texts]), &format!("as.character(0:{})", LEAST - 1));
}

fn smallest_late() {
    let [first, last] = [vec![Some(1), None], vec![Some(i32::MIN), Some(7), None]]
        .map(|values| Arc::new(Int32Array::from(values)) as ArrayRef);
    let batches = [
        first.clone(),
        first.clone(),
        last.clone(),
        first.clone(),
        last,
    ];
    expect(
        &grown(&batches),
        "c(1, NA, 1, NA, -2147483648, 7, NA, 1, NA, -2147483648, 7, NA)",
    );
    expect(&grown(&[first.clone(), first]), "c(1L, NA, 1L, NA)");
}
