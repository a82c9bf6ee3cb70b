//! How a PostgreSQL value is stored and which Arrow type carries it.

use arrow_schema::{DataType, IntervalUnit, TimeUnit};

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
    /// numeric as double precision, by PostgreSQL's cast.
    Numeric,
    /// numeric as an exact decimal: of 128 bits up to 38 digits, of 256 bits beyond.
    Decimal {
        precision: u8,
        scale: u8,
    },
    /// numeric as its digits' text, which an exact decimal is made of: no decimal of Arrow's has all of them.
    Digits,
    /// A varlena of characters in the database's encoding.
    Text,
    Bytea,
    Date,
    Timestamp,
    TimestampTz,
    Time,
    Interval,
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
            Kind::Text | Kind::Digits | Kind::Output => DataType::Utf8,
            Kind::Bytea => DataType::Binary,
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Time => DataType::Time64(TimeUnit::Microsecond),
            Kind::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
            Kind::Decimal { precision, scale } if precision <= MAX_DECIMAL128 => {
                DataType::Decimal128(precision, scale as i8)
            }
            Kind::Decimal { precision, scale } => DataType::Decimal256(precision, scale as i8),
        }
    }
}

/// Digits of a decimal of 128 bits at most.
pub const MAX_DECIMAL128: u8 = 38;
/// Digits of a decimal of 256 bits at most.
pub const MAX_DECIMAL256: u8 = 76;

/// A PostgreSQL date as days since 1970; None for ±infinity, which Arrow does not have.
#[inline]
pub fn unix_days(date: i32) -> Option<i32> {
    match date {
        i32::MIN | i32::MAX => None,
        days => days.checked_add(EPOCH_DAYS),
    }
}

/// A PostgreSQL timestamp as microseconds since 1970; None for ±infinity and for the last years
/// that do not fit.
#[inline]
pub fn unix_micros(timestamp: i64) -> Option<i64> {
    match timestamp {
        i64::MIN | i64::MAX => None,
        micros => micros.checked_add(EPOCH_MICROS),
    }
}

/// Days since 1970 as a PostgreSQL date, within the type's range (4713 BC to 5874897 AD).
#[inline]
pub fn pg_date(unix_days: i32) -> Option<i32> {
    // PostgreSQL's IS_VALID_DATE: from Julian day 0 up to 2147483494, relative to 2000-01-01.
    const FIRST: i64 = -2_451_545;
    const END: i64 = 2_147_483_494 - 2_451_545;
    let days = i64::from(unix_days) - i64::from(EPOCH_DAYS);
    (FIRST..END).contains(&days).then_some(days as i32)
}

/// Microseconds since 1970 as a PostgreSQL timestamp, within the type's range.
#[inline]
pub fn pg_timestamp(unix_micros: i64) -> Option<i64> {
    // PostgreSQL's MIN_TIMESTAMP and END_TIMESTAMP.
    const FIRST: i64 = -211_813_488_000_000_000;
    const END: i64 = 9_223_371_331_200_000_000;
    let micros = unix_micros.checked_sub(EPOCH_MICROS)?;
    (FIRST..END).contains(&micros).then_some(micros)
}

/// Microseconds of a day; 24:00:00 is a time of PostgreSQL's.
const DAY_MICROS: i64 = 86_400_000_000;

/// A PostgreSQL time as Arrow's; None for 24:00:00, which Arrow does not have.
#[inline]
pub fn clock_micros(time: i64) -> Option<i64> {
    (0..DAY_MICROS).contains(&time).then_some(time)
}

/// Microseconds since midnight as a PostgreSQL time.
#[inline]
pub fn pg_time(micros: i64) -> Option<i64> {
    (0..=DAY_MICROS).contains(&micros).then_some(micros)
}

/// An interval's three parts, which PostgreSQL and Arrow keep apart in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub months: i32,
    pub days: i32,
    pub micros: i64,
}

impl Span {
    /// Arrow's sixteen bytes; None where the nanoseconds do not fit (some 292 years of hours).
    #[inline]
    pub fn to_arrow(self) -> Option<[u8; 16]> {
        let nanos = self.micros.checked_mul(1_000)?;
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&self.months.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.days.to_le_bytes());
        bytes[8..].copy_from_slice(&nanos.to_le_bytes());
        Some(bytes)
    }

    /// Digits beyond the microsecond go.
    #[inline]
    pub fn from_arrow(months: i32, days: i32, nanos: i64) -> Self {
        Span {
            months,
            days,
            micros: nanos / 1_000,
        }
    }

    /// A duration as whole days and the rest, as Python has it; its days always fit.
    #[inline]
    pub fn from_duration(micros: i64) -> Self {
        Span {
            months: 0,
            days: (micros / DAY_MICROS) as i32,
            micros: micros % DAY_MICROS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_go_both_ways() {
        assert_eq!(clock_micros(DAY_MICROS), None);
        assert_eq!(pg_time(DAY_MICROS), Some(DAY_MICROS));
        assert_eq!(pg_time(-1), None);
        let span = Span {
            months: -14,
            days: 3,
            micros: -5,
        };
        let bytes = span.to_arrow().unwrap();
        assert_eq!(bytes[8..], (-5_000_i64).to_le_bytes());
        assert_eq!(Span::from_arrow(-14, 3, -5_999), span);
        assert_eq!(Span::from_duration(-DAY_MICROS - 1).days, -1);
        assert_eq!(Span::from_duration(i64::MIN).days, -106_751_991);
        let hours = Span {
            micros: i64::MAX,
            ..span
        };
        assert_eq!(hours.to_arrow(), None);
    }

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
