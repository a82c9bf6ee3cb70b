//! Numbers, and NA that says nothing of its type.

use super::{all_types, array, expect};
use crate::self_test::Test;
use arrow_array::*;
use arrow_schema::DataType;

pub(crate) const TESTS: &[Test] = &[
    ("numbers as what is wanted, or as they are", numbers),
    ("NA without a type is null of any", untyped),
];

fn numbers() {
    use DataType::{Float64, Int16, Int32, Int64, UInt32};
    // Integers.
    expect("c(1L, NA)", None, Int32Array::from(vec![Some(1), None]));
    expect(
        "c(32767L, NA, -32768L)",
        Some(&Int16),
        Int16Array::from(vec![Some(i16::MAX), None, Some(i16::MIN)]),
    );
    expect(
        "c(32768L, NA)",
        Some(&Int16),
        Int32Array::from(vec![Some(32768), None]),
    );
    expect("-32769L", Some(&Int16), Int32Array::from(vec![-32769]));
    expect(
        "c(0L, NA, .Machine$integer.max)",
        Some(&UInt32),
        UInt32Array::from(vec![Some(0), None, Some(i32::MAX as u32)]),
    );
    expect("c(0L, -1L)", Some(&UInt32), Int32Array::from(vec![0, -1]));
    expect(
        "c(-1L, NA)",
        Some(&Int64),
        Int64Array::from(vec![Some(-1), None]),
    );
    expect(
        "c(-1L, NA)",
        Some(&Float64),
        Float64Array::from(vec![Some(-1.0), None]),
    );
    // Doubles: the first and the last that fit, and those beside them.
    expect(
        "c(-32768, NaN, 32767)",
        Some(&Int16),
        Int16Array::from(vec![Some(i16::MIN), None, Some(i16::MAX)]),
    );
    expect(
        "-2147483648",
        Some(&Int32),
        Int32Array::from(vec![i32::MIN]),
    );
    expect(
        "c(2147483647, NA)",
        Some(&Int32),
        Int32Array::from(vec![Some(i32::MAX), None]),
    );
    expect(
        "c(0, 4294967295)",
        Some(&UInt32),
        UInt32Array::from(vec![0, u32::MAX]),
    );
    expect(
        "c(-2^63, 2^63 - 1024)",
        Some(&Int64),
        Int64Array::from(vec![i64::MIN, i64::MAX - 1023]),
    );
    for (value, wanted) in [
        (32768.0, Int16),
        (-32769.0, Int16),
        (0.5, Int16),
        (2_147_483_648.0, Int32),
        (-2_147_483_649.0, Int32),
        (-1.0, UInt32),
        (4_294_967_296.0, UInt32),
        (9_223_372_036_854_775_808.0, Int64),
        (0.25, Int64),
        (f64::INFINITY, Int64),
        (f64::NEG_INFINITY, Int32),
    ] {
        // One that does not fit keeps all of the column as it is.
        let text = format!("{value:e}").replace("inf", "Inf");
        expect(
            &format!("c(1, {text})"),
            Some(&wanted),
            Float64Array::from(vec![1.0, value]),
        );
    }
    // Types that no number goes as by itself are the backend's to cast to.
    for wanted in all_types()
        .iter()
        .filter(|kind| !matches!(kind, Int16 | Int32 | Int64 | UInt32))
    {
        expect(
            "c(1.5, NA)",
            Some(wanted),
            Float64Array::from(vec![Some(1.5), None]),
        );
        let given = array("c(1L, NA)", Some(wanted));
        assert_eq!(
            *given.data_type(),
            if *wanted == Float64 { Float64 } else { Int32 }
        );
    }
    // NA of bit64 is the smallest.
    let bits = "structure(c(5e-324, -0.0, NA), class = 'integer64')";
    let made = array(bits, Some(&Int16));
    let made = made.as_any().downcast_ref::<Int64Array>().unwrap();
    assert_eq!(
        (made.value(0), made.is_null(1), made.value(2)),
        (1, true, 0x7FF0_0000_0000_07A2)
    );
}

fn untyped() {
    for wanted in all_types() {
        let made = array("c(NA, NA)", Some(&wanted));
        assert_eq!((made.data_type(), made.null_count()), (&wanted, 2));
        assert_eq!(array("logical()", Some(&wanted)).data_type(), &wanted);
        if wanted != DataType::Boolean {
            expect(
                "c(NA, TRUE)",
                Some(&wanted),
                BooleanArray::from(vec![None, Some(true)]),
            );
        }
    }
    expect("c(NA, NA)", None, BooleanArray::from(vec![None, None]));
}
