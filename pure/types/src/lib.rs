//! The type table: which PostgreSQL type travels as which Arrow type, and what an Arrow type is
//! when it comes back. Pure: oids are numbers, no PostgreSQL call is made here.
//!
//! A new type is a row in [`TABLE`] plus, where its representation is new, a [`Kind`]; the compiler
//! then names every place that must learn it.

pub mod decimal;
pub mod kind;
mod natural;
pub mod numeric;
mod shape;
mod tree;
mod truth;

pub use kind::Kind;
pub use natural::{Cell, Natural};
pub use shape::Shape;
pub use tree::{Node, Tree};
pub use truth::Taken;

/// How numbers of type numeric reach a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numeric {
    /// As double precision.
    Float8,
    /// Exact where a precision is declared that a decimal has, else as text.
    Decimal,
    Text,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeRow {
    /// SQL's name of it.
    pub name: &'static str,
    /// pg_type.oid, which is fixed for built-in types.
    pub oid: u32,
    pub kind: Kind,
}

const fn row(name: &'static str, oid: u32, kind: Kind) -> TypeRow {
    TypeRow { name, oid, kind }
}

/// Every type with a representation of its own. All others travel as text, through their output
/// and input functions.
pub const TABLE: &[TypeRow] = &[
    row("boolean", 16, Kind::Bool),
    row("bytea", 17, Kind::Bytea),
    row("bigint", 20, Kind::Int8),
    row("smallint", 21, Kind::Int2),
    row("integer", 23, Kind::Int4),
    row("text", 25, Kind::Text),
    row("oid", 26, Kind::Oid),
    row("json", 114, Kind::Text),
    row("xml", 142, Kind::Text),
    row("real", 700, Kind::Float4),
    row("double precision", 701, Kind::Float8),
    row("character", 1042, Kind::Text),
    row("character varying", 1043, Kind::Text),
    row("date", 1082, Kind::Date),
    row("time without time zone", 1083, Kind::Time),
    row("timestamp without time zone", 1114, Kind::Timestamp),
    row("timestamp with time zone", 1184, Kind::TimestampTz),
    row("interval", 1186, Kind::Interval),
    row("numeric", 1700, Kind::Numeric),
];

/// How values of the type `oid` travel, numeric by `launchpad.numeric`. An exact numeric whose
/// declared precision no decimal has, or that declares none, travels as its digits.
pub fn travels_as(oid: u32, typmod: i32, numeric: Numeric) -> Kind {
    match (kind_of(oid), numeric) {
        (Kind::Numeric, Numeric::Float8) => Kind::Numeric,
        (Kind::Numeric, Numeric::Text) => Kind::Output,
        (Kind::Numeric, Numeric::Decimal) => {
            decimal::layout(typmod).map_or(Kind::Digits, |(precision, scale)| Kind::Decimal {
                precision,
                scale,
            })
        }
        (kind, _) => kind,
    }
}

/// The representation of the type `oid`.
pub fn kind_of(oid: u32) -> Kind {
    TABLE
        .iter()
        .find(|row| row.oid == oid)
        .map_or(Kind::Output, |row| row.kind)
}

/// Whether text may be stored as a value of `oid` without its input function: it has no rule
/// about its content (json and xml do) and, in this column, no length.
#[inline]
pub fn is_plain_text(oid: u32, typmod: i32) -> bool {
    matches!(oid, 25 | 1042 | 1043) && typmod < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_oid() {
        for row in TABLE {
            assert_eq!(kind_of(row.oid), row.kind, "{}", row.name);
        }
        assert_eq!(kind_of(0), Kind::Output);
    }

    #[test]
    fn every_kind_comes_back() {
        for row in TABLE {
            for numeric in [Numeric::Float8, Numeric::Decimal, Numeric::Text] {
                let kind = travels_as(row.oid, (12 << 16) + 2 + 4, numeric);
                let natural = Natural::of(&kind.arrow());
                assert!(natural.is_some(), "{} has no way back", row.name);
            }
        }
    }
}
