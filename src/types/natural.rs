//! What an Arrow value is before the declared type has its say: its natural PostgreSQL type.

use super::Kind;
use arrow_schema::{DataType, TimeUnit};

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
    Float32,
    Float64,
    Utf8,
    LargeUtf8,
    Binary,
    LargeBinary,
    Date32,
    Timestamp { unit: TimeUnit, zoned: bool },
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
            DataType::Float32 => Natural::Float32,
            DataType::Float64 => Natural::Float64,
            DataType::Utf8 => Natural::Utf8,
            DataType::LargeUtf8 => Natural::LargeUtf8,
            DataType::Binary => Natural::Binary,
            DataType::LargeBinary => Natural::LargeBinary,
            DataType::Date32 => Natural::Date32,
            DataType::Timestamp(unit, zone) => Natural::Timestamp {
                unit: *unit,
                zoned: zone.is_some(),
            },
            _ => return None,
        })
    }

    /// The natural PostgreSQL type's representation: the smallest that holds every value.
    pub fn kind(self) -> Kind {
        match self {
            Natural::Bool => Kind::Bool,
            Natural::Int8 | Natural::UInt8 | Natural::Int16 => Kind::Int2,
            Natural::UInt16 | Natural::Int32 => Kind::Int4,
            Natural::UInt32 | Natural::Int64 => Kind::Int8,
            Natural::Float32 => Kind::Float4,
            Natural::Float64 => Kind::Float8,
            Natural::Utf8 | Natural::LargeUtf8 => Kind::Text,
            Natural::Binary | Natural::LargeBinary => Kind::Bytea,
            Natural::Date32 => Kind::Date,
            Natural::Timestamp { zoned: false, .. } => Kind::Timestamp,
            Natural::Timestamp { zoned: true, .. } => Kind::TimestampTz,
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
            Kind::Text | Kind::Output | Kind::Oid | Kind::Numeric => 25,
        }
    }

    /// How many buffers its column has in a record batch: validity and values, or validity,
    /// offsets and bytes.
    pub fn buffers(self) -> usize {
        match self.offset_width() {
            Some(_) => 3,
            None => 2,
        }
    }

    /// Bytes of an offset, for the types of variable length.
    pub fn offset_width(self) -> Option<usize> {
        match self {
            Natural::Utf8 | Natural::Binary => Some(4),
            Natural::LargeUtf8 | Natural::LargeBinary => Some(8),
            _ => None,
        }
    }

    /// Bits of a value, for the types of fixed length.
    pub fn bits(self) -> usize {
        match self {
            Natural::Bool => 1,
            Natural::Int8 | Natural::UInt8 => 8,
            Natural::Int16 | Natural::UInt16 => 16,
            Natural::Int32 | Natural::UInt32 | Natural::Float32 | Natural::Date32 => 32,
            Natural::Int64 | Natural::Float64 | Natural::Timestamp { .. } => 64,
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
    Float4(f32),
    Float8(f64),
    /// UTF-8
    Text(&'a str),
    Bytea(&'a [u8]),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01, with or without zone.
    Timestamp(i64),
}

impl Cell<'_> {
    /// The value for an error message, at most 100 characters of it.
    pub fn describe(&self) -> String {
        let text = match self {
            Cell::Bool(value) => value.to_string(),
            Cell::Int2(value) => value.to_string(),
            Cell::Int4(value) => value.to_string(),
            Cell::Int8(value) => value.to_string(),
            Cell::Float4(value) => value.to_string(),
            Cell::Float8(value) => value.to_string(),
            Cell::Text(value) => (*value).to_owned(),
            Cell::Bytea(value) => format!("{} bytes", value.len()),
            Cell::Date(days) => format!("day {days} since 1970-01-01"),
            Cell::Timestamp(i64::MIN) => "beyond what microseconds can count".to_owned(),
            Cell::Timestamp(micros) => format!("microsecond {micros} since 1970-01-01"),
        };
        match text.char_indices().nth(100) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}
