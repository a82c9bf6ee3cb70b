//! Arrays of every type that comes, also of those that R cannot make itself, as R's vectors.

pub(crate) mod growing;
pub(crate) mod streams;

use super::{column, frame, stream};
use crate::Failure;
use crate::r::self_test::expect;
use crate::self_test::Test;
use arrow_array::types::{Int32Type, IntervalMonthDayNanoType};
use arrow_array::*;
use arrow_buffer::{IntervalMonthDayNano, NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Fields, Schema};
use std::sync::Arc;

pub(crate) const TESTS: &[Test] = &[
    ("every type, whole, in parts and without rows", every_type),
    ("R's NA as a value makes integers doubles", smallest_integer),
    ("a struct that is null has nothing but NA", null_structs),
    ("lists of structs of lists", deep),
    ("other types are refused", unknown_type),
    ("a text ends at NUL", nul),
];

fn interval(months: i32, days: i32, seconds: i64) -> IntervalMonthDayNano {
    IntervalMonthDayNano::new(months, days, seconds * 1_000_000_000)
}

fn bytes(values: &[Option<&[u8]>]) -> BinaryArray {
    values.iter().copied().collect()
}

fn ints(lists: Vec<Option<Vec<Option<i32>>>>) -> ListArray {
    ListArray::from_iter_primitive::<Int32Type, _, _>(lists)
}

fn pairs() -> StructArray {
    StructArray::try_new(
        Fields::from(vec![
            Field::new("n", DataType::Int32, true),
            Field::new("b", DataType::Boolean, true),
        ]),
        vec![
            Arc::new(Int32Array::from(vec![Some(1), Some(2), None])) as ArrayRef,
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(false),
                Some(true),
            ])),
        ],
        Some(NullBuffer::from(vec![true, false, true])),
    )
    .unwrap()
}

/// Each of three elements, the second null, and what R has for it.
fn types() -> Vec<(ArrayRef, &'static str)> {
    let numbers = || Decimal128Array::from(vec![Some(12_345), None, Some(-1)]);
    let wide = i256::from_string(
        "-1234567890123456789012345678901234567890123456789012345678901234567890",
    );
    vec![
        (
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
            "c(TRUE, NA, FALSE)",
        ),
        (
            Arc::new(Int16Array::from(vec![Some(i16::MIN), None, Some(i16::MAX)])),
            "c(-32768L, NA, 32767L)",
        ),
        (
            Arc::new(Int32Array::from(vec![
                Some(-i32::MAX),
                None,
                Some(i32::MAX),
            ])),
            "c(-2147483647L, NA, 2147483647L)",
        ),
        (
            Arc::new(Int64Array::from(vec![Some(1 << 53), None, Some(i64::MIN)])),
            "c(2^53, NA, -2^63)",
        ),
        (
            Arc::new(UInt32Array::from(vec![Some(0), None, Some(u32::MAX)])),
            "c(0, NA, 4294967295)",
        ),
        (
            Arc::new(Float32Array::from(vec![
                Some(0.1),
                None,
                Some(f32::INFINITY),
            ])),
            "c(13421773 / 2^27, NA, Inf)",
        ),
        (
            Arc::new(Float64Array::from(vec![Some(0.1), None, Some(f64::NAN)])),
            "c(0.1, NA, NaN)",
        ),
        (
            Arc::new(Date32Array::from(vec![Some(-1), None, Some(19_782)])),
            "as.Date(c('1969-12-31', NA, '2024-02-29'))",
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(-1),
                None,
                Some(1_709_209_800_123_456),
            ])),
            ".POSIXct(c(-1e-6, NA, 1709209800.123456), 'UTC')",
        ),
        (
            Arc::new(
                TimestampMicrosecondArray::from(vec![Some(0), None, Some(1)]).with_timezone("UTC"),
            ),
            ".POSIXct(c(0, NA, 1e-6), 'UTC')",
        ),
        (
            Arc::new(Time64MicrosecondArray::from(vec![
                Some(0),
                None,
                Some(86_399_999_999),
            ])),
            "c('00:00:00.000000', NA, '23:59:59.999999')",
        ),
        (
            Arc::new(PrimitiveArray::<IntervalMonthDayNanoType>::from(vec![
                Some(interval(14, -3, 3_661)),
                None,
                Some(interval(0, 0, 0)),
            ])),
            "c('P1Y2M-3DT1H1M1S', NA, 'PT0S')",
        ),
        (
            Arc::new(numbers().with_precision_and_scale(10, 2).unwrap()),
            "c('123.45', NA, '-0.01')",
        ),
        (
            Arc::new(numbers().with_precision_and_scale(38, 0).unwrap()),
            "c('12345', NA, '-1')",
        ),
        (
            Arc::new(
                Decimal256Array::from(vec![wide, None, Some(i256::from(5))])
                    .with_precision_and_scale(76, 70)
                    .unwrap(),
            ),
            "c('-0.1234567890123456789012345678901234567890123456789012345678901234567890', NA,
               paste0('0.', strrep('0', 69), '5'))",
        ),
        (
            Arc::new(StringArray::from(vec![Some("ü😀"), None, Some("")])),
            "c('\\u00fc\\U1F600', NA, '')",
        ),
        (
            Arc::new(bytes(&[Some(&[0, 255]), None, Some(&[])])),
            "list(as.raw(c(0, 255)), NULL, raw())",
        ),
        (
            Arc::new(ints(vec![Some(vec![Some(1), None]), None, Some(vec![])])),
            "list(c(1L, NA), NULL, integer())",
        ),
        (
            Arc::new(pairs()),
            "data.frame(n = c(1L, NA, NA), b = c(TRUE, NA, TRUE))",
        ),
    ]
}

fn rows(of: &str, rows: &str) -> String {
    format!(
        "local({{ v <- {of}; if (is.data.frame(v)) {{ v <- v[{rows}, , drop = FALSE]; row.names(v) <- NULL; v }} else v[{rows}] }})"
    )
}

fn every_type() {
    for (array, wanted) in types() {
        let kind = array.data_type();
        let vector = |chunks: &[ArrayRef]| column::vector(kind, chunks).unwrap();
        expect(&vector(std::slice::from_ref(&array)), wanted);
        // With offsets into their buffers.
        expect(&vector(&[array.slice(1, 2)]), &rows(wanted, "2:3"));
        expect(
            &vector(&[array.slice(0, 1), array.slice(2, 1)]),
            &rows(wanted, "c(1, 3)"),
        );
        expect(
            &vector(&[array.slice(2, 1), array.slice(0, 0), array.clone()]),
            &rows(wanted, "c(3, 1:3)"),
        );
        expect(&vector(&[]), &rows(wanted, "0"));
        expect(&vector(&[array.slice(1, 0)]), &rows(wanted, "0"));
        // Nothing but null.
        expect(
            &vector(&[new_null_array(kind, 2)]),
            &rows(wanted, "c(NA_integer_, NA)"),
        );
        // In a stream, as it comes.
        let table =
            stream(&sent(&[("x", array.slice(1, 2)), ("y", array.slice(0, 2))])[..]).unwrap();
        let made = frame(table).unwrap();
        let both = [rows(wanted, "2:3"), rows(wanted, "1:2")];
        expect(
            &made,
            &format!(
                "structure(list(x = {}, y = {}), class = 'data.frame', row.names = 1:2)",
                both[0], both[1]
            ),
        );
    }
}

/// One batch.
fn sent(columns: &[(&str, ArrayRef)]) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .iter()
            .map(|(name, array)| (*name, array.clone(), true)),
    )
    .unwrap();
    streamed(&batch.schema(), &[batch])
}

fn streamed(schema: &Schema, batches: &[RecordBatch]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, schema).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn smallest_integer() {
    let whole: ArrayRef = Arc::new(Int32Array::from(vec![Some(i32::MIN), None, Some(7)]));
    let made = column::vector(&DataType::Int32, std::slice::from_ref(&whole)).unwrap();
    expect(&made, "c(-2147483648, NA, 7)");
    // It may be in any batch.
    let made = column::vector(&DataType::Int32, &[whole.slice(1, 2), whole.slice(0, 1)]).unwrap();
    expect(&made, "c(NA, 7, -2147483648)");
    let made = column::vector(&DataType::Int32, &[whole.slice(1, 2)]).unwrap();
    expect(&made, "c(NA, 7L)");
    // What stands under a null is no value.
    let hidden = Int32Array::new(
        vec![i32::MIN, 1].into(),
        Some(NullBuffer::from(vec![false, true])),
    );
    let made = column::vector(&DataType::Int32, &[Arc::new(hidden)]).unwrap();
    expect(&made, "c(NA, 1L)");
}

fn null_structs() {
    let outer: ArrayRef = Arc::new(
        StructArray::try_new(
            Fields::from(vec![
                Field::new("pair", pairs().data_type().clone(), true),
                Field::new("text", DataType::Utf8, true),
            ]),
            vec![
                Arc::new(pairs()) as ArrayRef,
                Arc::new(StringArray::from(vec!["hidden", "a", "b"])),
            ],
            Some(NullBuffer::from(vec![false, true, true])),
        )
        .unwrap(),
    );
    let wanted =
        "structure(list(pair = data.frame(n = c(NA_integer_, NA, NA), b = c(NA, NA, TRUE)),
                                 text = c(NA, 'a', 'b')), class = 'data.frame', row.names = 1:3)";
    let kind = outer.data_type();
    expect(
        &column::vector(kind, std::slice::from_ref(&outer)).unwrap(),
        wanted,
    );
    let parts = [outer.slice(0, 1), outer.slice(1, 1), outer.slice(2, 1)];
    expect(&column::vector(kind, &parts).unwrap(), wanted);
}

fn deep() {
    let inner: ArrayRef = Arc::new(ints(vec![
        Some(vec![Some(1)]),
        None,
        Some(vec![]),
        Some(vec![Some(2), Some(3)]),
    ]));
    let names: ArrayRef = Arc::new(StringArray::from(vec![
        Some("a"),
        Some("b"),
        None,
        Some("d"),
    ]));
    let elements = StructArray::try_new(
        Fields::from(vec![
            Field::new("l", inner.data_type().clone(), true),
            Field::new("s", DataType::Utf8, true),
        ]),
        vec![inner, names],
        None,
    )
    .unwrap();
    let lists: ArrayRef = Arc::new(ListArray::new(
        Arc::new(Field::new_list_field(elements.data_type().clone(), true)),
        OffsetBuffer::new(ScalarBuffer::from(vec![0, 1, 1, 1, 4])),
        Arc::new(elements),
        Some(NullBuffer::from(vec![true, true, false, true])),
    ));
    let of = |lists: &str, texts: &str, rows: usize| {
        format!(
            "structure(list(l = {lists}, s = {texts}), class = 'data.frame', row.names = seq_len({rows}))"
        )
    };
    let wanted = [
        of("list(1L)", "'a'", 1),
        of("list()", "character()", 0),
        "NULL".into(),
        of("list(NULL, integer(), 2:3)", "c('b', NA, 'd')", 3),
    ];
    let made = column::vector(lists.data_type(), std::slice::from_ref(&lists)).unwrap();
    expect(&made, &format!("list({})", wanted.join(", ")));
    let made = column::vector(lists.data_type(), &[lists.slice(2, 2)]).unwrap();
    expect(&made, &format!("list({})", wanted[2..].join(", ")));
}

fn unknown_type() {
    let array: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    let refused = column::vector(&DataType::Int8, &[array]).err();
    assert!(matches!(refused, Some(Failure::Argument(_))));
}

fn nul() {
    let array: ArrayRef = Arc::new(StringArray::from(vec!["a\0b", "\0", "c"]));
    let made = column::vector(&DataType::Utf8, &[array]).unwrap();
    expect(&made, "c('a', '', 'c')");
}
