//! One value of an Arrow array as a cell.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Decimal256Type, DurationMicrosecondType, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::TimeUnit;
use launchpad_types::kind::Span;
use launchpad_types::{Cell, Natural};

/// One value; None for NULL, which NaN is too.
pub fn cell(array: &ArrayRef, natural: Natural, row: usize) -> Option<Cell<'_>> {
    if array.is_null(row) {
        return None;
    }
    Some(match natural {
        Natural::Bool => Cell::Bool(array.as_boolean().value(row)),
        Natural::Int8 => Cell::Int2(array.as_primitive::<Int8Type>().value(row).into()),
        Natural::UInt8 => Cell::Int2(array.as_primitive::<UInt8Type>().value(row).into()),
        Natural::Int16 => Cell::Int2(array.as_primitive::<Int16Type>().value(row)),
        Natural::UInt16 => Cell::Int4(array.as_primitive::<UInt16Type>().value(row).into()),
        Natural::Int32 => Cell::Int4(array.as_primitive::<Int32Type>().value(row)),
        Natural::UInt32 => Cell::Int8(array.as_primitive::<UInt32Type>().value(row).into()),
        Natural::Int64 => Cell::Int8(array.as_primitive::<Int64Type>().value(row)),
        Natural::UInt64 => Cell::UInt8(array.as_primitive::<UInt64Type>().value(row)),
        Natural::Decimal128 { scale } => {
            Cell::Decimal128(&array.as_primitive::<Decimal128Type>().values()[row], scale)
        }
        Natural::Decimal256 { scale } => {
            Cell::Decimal256(&array.as_primitive::<Decimal256Type>().values()[row], scale)
        }
        Natural::Float32 => match array.as_primitive::<Float32Type>().value(row) {
            value if value.is_nan() => return None,
            value => Cell::Float4(value),
        },
        Natural::Float64 => match array.as_primitive::<Float64Type>().value(row) {
            value if value.is_nan() => return None,
            value => Cell::Float8(value),
        },
        Natural::Utf8 => Cell::Text(array.as_string::<i32>().value(row)),
        Natural::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row)),
        Natural::Binary => Cell::Bytea(array.as_binary::<i32>().value(row)),
        Natural::LargeBinary => Cell::Bytea(array.as_binary::<i64>().value(row)),
        Natural::Date32 => Cell::Date(array.as_primitive::<Date32Type>().value(row)),
        Natural::Time64 => Cell::Time(array.as_primitive::<Time64MicrosecondType>().value(row)),
        Natural::Interval => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            Cell::Interval(Span::from_arrow(
                value.months,
                value.days,
                value.nanoseconds,
            ))
        }
        Natural::Duration => {
            let micros = array.as_primitive::<DurationMicrosecondType>().value(row);
            Cell::Interval(Span::from_duration(micros))
        }
        Natural::Timestamp { unit, .. } => Cell::Timestamp(match unit {
            // What microseconds cannot hold must not become a time that PostgreSQL has.
            TimeUnit::Second => array
                .as_primitive::<TimestampSecondType>()
                .value(row)
                .checked_mul(1_000_000)
                .unwrap_or(i64::MIN),
            TimeUnit::Millisecond => array
                .as_primitive::<TimestampMillisecondType>()
                .value(row)
                .checked_mul(1_000)
                .unwrap_or(i64::MIN),
            TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
            TimeUnit::Nanosecond => array
                .as_primitive::<TimestampNanosecondType>()
                .value(row)
                .div_euclid(1_000),
        }),
    })
}
