//! What an Arrow value is before the declared type has its say: its natural PostgreSQL type.

use super::Kind;
use super::decimal;
use super::kind::Span;
use arrow_buffer::i256;
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

/// The Arrow types that may come back from a script, each with its natural PostgreSQL type. The
/// list is closed: anything else in a result is refused before a row is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Natural {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Decimal128 {
        scale: i8,
    },
    Decimal256 {
        scale: i8,
    },
    Utf8,
    LargeUtf8,
    Binary,
    LargeBinary,
    Date32,
    Timestamp {
        unit: TimeUnit,
        zoned: bool,
    },
    /// Microseconds since midnight.
    Time64,
    /// Months, days and nanoseconds.
    Interval,
    /// Microseconds.
    Duration,
}

impl Natural {
    pub fn of(arrow: &DataType) -> Option<Self> {
        Some(match arrow {
            DataType::Boolean => Natural::Bool,
            DataType::Int8 => Natural::Int8,
            DataType::Int16 => Natural::Int16,
            DataType::Int32 => Natural::Int32,
            DataType::Int64 => Natural::Int64,
            DataType::UInt8 => Natural::UInt8,
            DataType::UInt16 => Natural::UInt16,
            DataType::UInt32 => Natural::UInt32,
            DataType::UInt64 => Natural::UInt64,
            DataType::Float32 => Natural::Float32,
            DataType::Float64 => Natural::Float64,
            DataType::Decimal128(_, scale) => Natural::Decimal128 { scale: *scale },
            DataType::Decimal256(_, scale) => Natural::Decimal256 { scale: *scale },
            DataType::Utf8 => Natural::Utf8,
            DataType::LargeUtf8 => Natural::LargeUtf8,
            DataType::Binary => Natural::Binary,
            DataType::LargeBinary => Natural::LargeBinary,
            DataType::Date32 => Natural::Date32,
            DataType::Timestamp(unit, zone) => Natural::Timestamp {
                unit: *unit,
                zoned: zone.is_some(),
            },
            DataType::Time64(TimeUnit::Microsecond) => Natural::Time64,
            DataType::Interval(IntervalUnit::MonthDayNano) => Natural::Interval,
            DataType::Duration(TimeUnit::Microsecond) => Natural::Duration,
            _ => return None,
        })
    }

    /// The natural PostgreSQL type's representation: the smallest that holds every value.
    #[inline]
    pub fn kind(self) -> Kind {
        match self {
            Natural::Bool => Kind::Bool,
            Natural::Int8 | Natural::UInt8 | Natural::Int16 => Kind::Int2,
            Natural::UInt16 | Natural::Int32 => Kind::Int4,
            Natural::UInt32 | Natural::Int64 => Kind::Int8,
            Natural::UInt64 | Natural::Decimal128 { .. } | Natural::Decimal256 { .. } => {
                Kind::Numeric
            }
            Natural::Float32 => Kind::Float4,
            Natural::Float64 => Kind::Float8,
            Natural::Utf8 | Natural::LargeUtf8 => Kind::Text,
            Natural::Binary | Natural::LargeBinary => Kind::Bytea,
            Natural::Date32 => Kind::Date,
            Natural::Timestamp { zoned: false, .. } => Kind::Timestamp,
            Natural::Timestamp { zoned: true, .. } => Kind::TimestampTz,
            Natural::Time64 => Kind::Time,
            Natural::Interval | Natural::Duration => Kind::Interval,
        }
    }

    /// The natural type's oid.
    pub fn oid(self) -> u32 {
        match self.kind() {
            Kind::Bool => 16,
            Kind::Bytea => 17,
            Kind::Int8 => 20,
            Kind::Int2 => 21,
            Kind::Int4 => 23,
            Kind::Float4 => 700,
            Kind::Float8 => 701,
            Kind::Date => 1082,
            Kind::Timestamp => 1114,
            Kind::TimestampTz => 1184,
            Kind::Time => 1083,
            Kind::Interval => 1186,
            Kind::Numeric | Kind::Decimal { .. } => 1700,
            Kind::Text | Kind::Digits | Kind::Output | Kind::Oid => 25,
        }
    }

    /// How many buffers its column has in a record batch: validity and values, or validity,
    /// offsets and bytes.
    #[inline]
    pub fn buffers(self) -> usize {
        match self.offset_width() {
            Some(_) => 3,
            None => 2,
        }
    }

    /// Bytes of an offset, for the types of variable length.
    #[inline]
    pub fn offset_width(self) -> Option<usize> {
        match self {
            Natural::Utf8 | Natural::Binary => Some(4),
            Natural::LargeUtf8 | Natural::LargeBinary => Some(8),
            _ => None,
        }
    }

    /// Bits of a value, for the types of fixed length.
    #[inline]
    pub fn bits(self) -> usize {
        match self {
            Natural::Bool => 1,
            Natural::Int8 | Natural::UInt8 => 8,
            Natural::Int16 | Natural::UInt16 => 16,
            Natural::Int32 | Natural::UInt32 | Natural::Float32 | Natural::Date32 => 32,
            Natural::Int64 | Natural::UInt64 | Natural::Float64 => 64,
            Natural::Timestamp { .. } | Natural::Time64 | Natural::Duration => 64,
            Natural::Decimal128 { .. } | Natural::Interval => 128,
            Natural::Decimal256 { .. } => 256,
            Natural::Utf8 | Natural::LargeUtf8 | Natural::Binary | Natural::LargeBinary => 0,
        }
    }
}

/// One value on its way back, in its natural representation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Bool(bool),
    Int2(i16),
    Int4(i32),
    Int8(i64),
    UInt8(u64),
    Float4(f32),
    Float8(f64),
    /// Unscaled, with its scale; by reference, which keeps a cell small.
    Decimal128(&'a i128, i8),
    Decimal256(&'a i256, i8),
    /// UTF-8
    Text(&'a str),
    Bytea(&'a [u8]),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01, with or without zone.
    Timestamp(i64),
    /// Microseconds since midnight.
    Time(i64),
    Interval(Span),
}

impl Cell<'_> {
    /// The value for an error message, at most 100 characters of it.
    pub fn describe(&self) -> String {
        let text = match self {
            Cell::Bool(value) => value.to_string(),
            Cell::Int2(value) => value.to_string(),
            Cell::Int4(value) => value.to_string(),
            Cell::Int8(value) => value.to_string(),
            Cell::UInt8(value) => value.to_string(),
            Cell::Float4(value) => value.to_string(),
            Cell::Float8(value) => value.to_string(),
            Cell::Decimal128(value, scale) => decimal::text(&value.to_string(), *scale),
            Cell::Decimal256(value, scale) => decimal::text(&value.to_string(), *scale),
            Cell::Text(value) => value.chars().take(101).collect(),
            Cell::Bytea(value) => format!("{} bytes", value.len()),
            Cell::Date(days) => format!("day {days} since 1970-01-01"),
            Cell::Timestamp(i64::MIN) => "beyond what microseconds can count".to_owned(),
            Cell::Timestamp(micros) => format!("microsecond {micros} since 1970-01-01"),
            Cell::Time(micros) => format!("microsecond {micros} since midnight"),
            Cell::Interval(span) => format!(
                "{} months {} days {} microseconds",
                span.months, span.days, span.micros
            ),
        };
        match text.char_indices().nth(100) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}
