//! How a PostgreSQL value is stored and which Arrow type carries it.

use arrow_schema::{DataType, TimeUnit};

/// Days from 1970-01-01 to 2000-01-01, PostgreSQL's day zero.
pub const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
pub const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// A representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    /// A varlena of characters in the database's encoding.
    Text,
    Bytea,
    Date,
    Timestamp,
    TimestampTz,
    /// Any other type: its output function's text.
    Output,
}

impl Kind {
    /// The Arrow type that carries it.
    pub fn arrow(self) -> DataType {
        match self {
            Kind::Bool => DataType::Boolean,
            Kind::Int2 => DataType::Int16,
            Kind::Int4 => DataType::Int32,
            Kind::Int8 => DataType::Int64,
            Kind::Oid => DataType::UInt32,
            Kind::Float4 => DataType::Float32,
            Kind::Float8 | Kind::Numeric => DataType::Float64,
            Kind::Text | Kind::Output => DataType::Utf8,
            Kind::Bytea => DataType::Binary,
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// A PostgreSQL date as days since 1970; None for ±infinity, which Arrow does not have.
pub fn unix_days(date: i32) -> Option<i32> {
    match date {
        i32::MIN | i32::MAX => None,
        days => days.checked_add(EPOCH_DAYS),
    }
}

/// A PostgreSQL timestamp as microseconds since 1970; None for ±infinity and for the last years
/// that do not fit.
pub fn unix_micros(timestamp: i64) -> Option<i64> {
    match timestamp {
        i64::MIN | i64::MAX => None,
        micros => micros.checked_add(EPOCH_MICROS),
    }
}

/// Days since 1970 as a PostgreSQL date, within the type's range (4713 BC to 5874897 AD).
pub fn pg_date(unix_days: i32) -> Option<i32> {
    // PostgreSQL's IS_VALID_DATE: from Julian day 0 up to 2147483494, relative to 2000-01-01.
    const FIRST: i64 = -2_451_545;
    const END: i64 = 2_147_483_494 - 2_451_545;
    let days = i64::from(unix_days) - i64::from(EPOCH_DAYS);
    (FIRST..END).contains(&days).then_some(days as i32)
}

/// Microseconds since 1970 as a PostgreSQL timestamp, within the type's range.
pub fn pg_timestamp(unix_micros: i64) -> Option<i64> {
    // PostgreSQL's MIN_TIMESTAMP and END_TIMESTAMP.
    const FIRST: i64 = -211_813_488_000_000_000;
    const END: i64 = 9_223_371_331_200_000_000;
    let micros = unix_micros.checked_sub(EPOCH_MICROS)?;
    (FIRST..END).contains(&micros).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways_and_infinity_does_not() {
        assert_eq!(unix_days(0), Some(EPOCH_DAYS));
        assert_eq!(pg_date(EPOCH_DAYS), Some(0));
        assert_eq!(unix_days(i32::MAX), None);
        assert_eq!(unix_days(i32::MIN), None);
        assert_eq!(pg_date(i32::MIN), None);
    }

    #[test]
    fn timestamps_go_both_ways_and_infinity_does_not() {
        assert_eq!(unix_micros(0), Some(EPOCH_MICROS));
        assert_eq!(pg_timestamp(EPOCH_MICROS), Some(0));
        assert_eq!(unix_micros(i64::MAX), None);
        assert!(pg_timestamp(i64::MAX).is_some(), "the year 294247 fits");
        assert_eq!(pg_timestamp(i64::MIN), None);
    }
}
