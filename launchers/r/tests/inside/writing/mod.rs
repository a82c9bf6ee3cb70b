//! R's vectors as arrays: of the wanted type where every value is exactly that, else as they are.

pub(crate) mod numbers;

use super::column::Column;
use super::{BATCH_ROWS, stream};
use crate::r::self_test::evaluate;
use crate::self_test::Test;
use arrow_array::cast::AsArray;
use arrow_array::*;
use arrow_ipc::reader::StreamReader;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use std::sync::Arc;

pub(crate) const TESTS: &[Test] = &[
    ("dates, moments, spans and times", times),
    ("texts, factors and bytes", texts),
    ("lists and composites", nested),
    ("any range of rows", ranges),
    ("streams in batches", batches),
];

fn all_types() -> Vec<DataType> {
    vec![
        DataType::Boolean,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt32,
        DataType::Float32,
        DataType::Float64,
        DataType::Decimal128(10, 2),
        DataType::Date32,
        DataType::Timestamp(TimeUnit::Microsecond, None),
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Time64(TimeUnit::Microsecond),
        DataType::Utf8,
        DataType::Binary,
        DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true))),
        DataType::Struct(vec![Field::new("a", DataType::Int16, true)].into()),
    ]
}

/// The array that the R expression's value goes as.
#[track_caller]
fn array(expression: &str, wanted: Option<&DataType>) -> ArrayRef {
    let value = evaluate(expression).unwrap();
    let column =
        Column::of(value.value(), wanted, "x").unwrap_or_else(|why| panic!("{expression}: {why}"));
    let array = column.array(0..column.len(), "x").unwrap();
    assert_eq!(*array.data_type(), column.data_type(), "{expression}");
    array.to_data().validate_full().unwrap();
    seen(array)
}

/// What the backend sees in it: NaN among doubles, which are sent as R has them, is NULL.
fn seen(array: ArrayRef) -> ArrayRef {
    if let Some(doubles) = array.as_primitive_opt::<types::Float64Type>() {
        let given = doubles
            .iter()
            .map(|value| value.filter(|value| !value.is_nan()));
        return Arc::new(given.collect::<Float64Array>());
    }
    if let Some(lists) = array.as_list_opt::<i32>() {
        let (field, offsets, values, nulls) = lists.clone().into_parts();
        return Arc::new(ListArray::new(field, offsets, seen(values), nulls));
    }
    array
}

#[track_caller]
fn expect(expression: &str, wanted: Option<&DataType>, expected: impl Array + 'static) {
    let expected: ArrayRef = Arc::new(expected);
    assert_eq!(
        &array(expression, wanted),
        &expected,
        "{expression} as {wanted:?}"
    );
}

fn times() {
    let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Berlin".into()));
    let local = DataType::Timestamp(TimeUnit::Microsecond, None);
    let time = DataType::Time64(TimeUnit::Microsecond);
    let moments = || TimestampMicrosecondArray::from(vec![Some(500_000), None, Some(-1)]);
    expect(
        "structure(c(-0.5, NA, Inf, 0.5), class = 'Date')",
        None,
        Date32Array::from(vec![Some(-1), None, None, Some(0)]),
    );
    expect(
        ".POSIXct(c(0.5, NA, -1e-6))",
        None,
        moments().with_timezone("UTC"),
    );
    expect(
        ".POSIXct(c(0.5, NA, -1e-6))",
        Some(&zoned),
        moments().with_timezone("UTC"),
    );
    expect(".POSIXct(c(0.5, NA, -1e-6))", Some(&local), moments());
    expect(
        ".POSIXct(c(86400L, NA))",
        Some(&DataType::Date32),
        Date32Array::from(vec![Some(1), None]),
    );
    // Too far away for a moment: as far as it goes, which the backend refuses.
    expect(
        ".POSIXct(c(1e300, -1e300))",
        Some(&local),
        TimestampMicrosecondArray::from(vec![i64::MAX, i64::MIN]),
    );
    for (units, micros) in [
        ("secs", 1_500_000),
        ("mins", 90_000_000),
        ("hours", 5_400_000_000),
        ("days", 129_600_000_000),
        ("weeks", 907_200_000_000),
    ] {
        let span = format!("as.difftime(c(1.5, NA, -1.5), units = '{units}')");
        let spans = DurationMicrosecondArray::from(vec![Some(micros), None, Some(-micros)]);
        expect(&span, None, spans.clone());
        expect(&span, Some(&DataType::Utf8), spans);
        expect(
            &span,
            Some(&time),
            Time64MicrosecondArray::from(vec![Some(micros), None, Some(-micros)]),
        );
    }
    expect(
        "structure(2L, units = 'mins', class = 'difftime')",
        None,
        DurationMicrosecondArray::from(vec![120_000_000]),
    );
    expect(
        "structure(c(1L, NA), class = 'ITime')",
        None,
        Time64MicrosecondArray::from(vec![Some(1_000_000), None]),
    );
    let hms = "structure(0.25, units = 'secs', class = c('hms', 'difftime'))";
    expect(hms, None, Time64MicrosecondArray::from(vec![250_000]));
    let interval = DataType::Interval(arrow_schema::IntervalUnit::MonthDayNano);
    expect(
        hms,
        Some(&interval),
        DurationMicrosecondArray::from(vec![250_000]),
    );
}

fn texts() {
    for wanted in all_types().iter().map(Some).chain([None]) {
        expect(
            "c('a', NA, '')",
            wanted,
            StringArray::from(vec![Some("a"), None, Some("")]),
        );
        expect(
            "factor(c('v', NA, 'u'))",
            wanted,
            StringArray::from(vec![Some("v"), None, Some("u")]),
        );
        let bytes: BinaryArray = [Some(&[0_u8, 255][..]), None, Some(&[])]
            .into_iter()
            .collect();
        expect("list(as.raw(c(0, 255)), NULL, raw())", wanted, bytes);
    }
    for (expression, row) in [("c('a', '\\xff')", 2), ("factor('a', labels = '\\xff')", 0)] {
        let value = evaluate(expression).unwrap();
        let made = Column::of(value.value(), None, "x")
            .and_then(|column| column.array(0..column.len(), "x"));
        let why = made.unwrap_err().to_string();
        assert!(why.contains("not valid UTF-8"), "{why}");
        assert_eq!(why.contains(&format!("row {row}")), row > 0, "{why}");
    }
}

const LISTS: &str = "structure(list(c(2L, NA, 0L, 1L), c(1, NA, 3)), class = 'launchpad_lists')";

fn nested() {
    let lists = || {
        vec![
            Some(vec![Some(1.0), None]),
            None,
            Some(vec![]),
            Some(vec![Some(3.0)]),
        ]
    };
    expect(
        LISTS,
        None,
        ListArray::from_iter_primitive::<types::Float64Type, _, _>(lists()),
    );
    let wanted = DataType::List(Arc::new(Field::new("element", DataType::Int16, true)));
    let whole = lists().into_iter().map(|list| {
        list.map(|list| {
            list.into_iter()
                .map(|value: Option<f64>| value.map(|value| value as i16))
                .collect::<Vec<_>>()
        })
    });
    expect(
        LISTS,
        Some(&wanted),
        ListArray::from_iter_primitive::<types::Int16Type, _, _>(whole),
    );
    let uneven = evaluate("structure(list(c(2L, NA), 1), class = 'launchpad_lists')").unwrap();
    assert!(Column::of(uneven.value(), None, "x").is_err());

    // Fields find what is wanted of them by their names.
    let wanted = DataType::Struct(
        vec![
            Field::new("a", DataType::Int16, true),
            Field::new("b", DataType::Date32, true),
        ]
        .into(),
    );
    let made = array(
        "data.frame(b = c(NA, NA, NA), a = c(1, NA, 3), c = c('x', NA, NA))",
        Some(&wanted),
    );
    let made = made.as_any().downcast_ref::<StructArray>().unwrap();
    let kinds: Vec<_> = made
        .columns()
        .iter()
        .map(|column| column.data_type().clone())
        .collect();
    assert_eq!(kinds, [DataType::Date32, DataType::Int16, DataType::Utf8]);
    // A row of nothing but NA is null.
    assert_eq!(
        [made.is_null(0), made.is_null(1), made.is_null(2)],
        [false, true, false]
    );
    let uneven = evaluate("structure(list(a = 1:2, b = 1L), class = 'data.frame')").unwrap();
    assert!(Column::of(uneven.value(), None, "x").is_err());
}

/// A batch begins anywhere.
fn ranges() {
    for expression in [
        "c(TRUE, NA, FALSE, TRUE)",
        "c(1L, NA, 3L, 4L)",
        "c(1.5, NaN, 3, 4)",
        "structure(c(1, NA, 3, 4), class = 'Date')",
        ".POSIXct(c(1L, NA, 3L, 4L))",
        "c('a', NA, 'ccc', '')",
        "factor(c('a', NA, 'c', 'a'))",
        "list(as.raw(1), NULL, as.raw(1:3), raw())",
        LISTS,
        "data.frame(a = c(1L, NA, 3L, 4L), b = c('x', NA, 'y', 'z'))",
    ] {
        let value = evaluate(expression).unwrap();
        let column = Column::of(value.value(), None, "x").unwrap();
        let whole = column.array(0..4, "x").unwrap();
        for start in 0..=4 {
            for end in start..=4 {
                let part = column.array(start..end, "x").unwrap();
                part.to_data().validate_full().unwrap();
                assert_eq!(
                    &part,
                    &whole.slice(start, end - start),
                    "{expression}, {start}..{end}"
                );
            }
        }
    }
}

fn batches() {
    for (expression, rows, least) in [
        // More rows than a batch has at most.
        ("rep_len(c(TRUE, NA), 70000)", 70_000, 2),
        // Wide texts: about a megabyte each.
        ("rep_len(c(strrep('x', 1e5), NA), 100)", 100, 5),
        ("rep_len(list(raw(2e6)), 3)", 3, 3),
        (
            "structure(list(rep_len(50000L, 30), rep_len(1:10, 1500000)), class = 'launchpad_lists')",
            30,
            8,
        ),
        ("integer()", 0, 0),
    ] {
        let value = evaluate(expression).unwrap();
        let column = Column::of(value.value(), None, "x").unwrap();
        let whole = column.array(0..rows, "x").unwrap();
        let schema = Schema::new(vec![Field::new("x", column.data_type(), true)]);
        let mut bytes = Vec::new();
        stream(&mut bytes, schema, &[("x".into(), column)], rows).unwrap();
        let mut at = 0;
        let mut count = 0;
        for batch in StreamReader::try_new(&bytes[..], None).unwrap() {
            let batch = batch.unwrap();
            assert!((1..=BATCH_ROWS).contains(&batch.num_rows()));
            assert_eq!(
                batch.column(0),
                &whole.slice(at, batch.num_rows()),
                "{expression}, row {at}"
            );
            at += batch.num_rows();
            count += 1;
        }
        assert_eq!(at, rows);
        assert!(count >= least, "{expression}: {count} batches");
    }
}
