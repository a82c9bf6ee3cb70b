//! Schemas that break the contract.

use super::Expected::*;
use super::List;
use super::forge::{END, fields, schema_of};
use super::schemas::ForgedSchema;
use arrow_ipc::{Endianness, Type};
use arrow_schema::{DataType, Field, Fields, UnionFields, UnionMode};
use std::sync::Arc;

/// Schemas that break the contract.
pub fn columns() -> List {
    let typed = |kind: DataType| {
        let mut fields = fields();
        fields[1] = Field::new("t", kind, true);
        [schema_of(fields), END.to_vec()].concat()
    };
    let null = || Arc::new(Field::new("n", DataType::Null, true));
    let entries = DataType::Struct(Fields::from(vec![
        Field::new("k", DataType::Utf8, false),
        Field::new("v", DataType::Null, true),
    ]));
    let nested = |depth: usize| {
        (0..depth).fold(DataType::Null, |inner, _| {
            DataType::List(Arc::new(Field::new("l", inner, true)))
        })
    };
    let forged = |change: fn(&mut ForgedSchema)| {
        let mut forged = ForgedSchema::default();
        change(&mut forged);
        [forged.message(), END.to_vec()].concat()
    };
    let mut more = fields();
    more.push(Field::new("x", DataType::Int64, true));
    vec![
        ("a column of nulls", NoSuchType, typed(DataType::Null)),
        ("half precision", NoSuchType, typed(DataType::Float16)),
        (
            "bytes of a fixed size",
            NoSuchType,
            typed(DataType::FixedSizeBinary(16)),
        ),
        (
            "bytes of a negative size",
            NoSuchType,
            typed(DataType::FixedSizeBinary(-1)),
        ),
        ("text views", NoSuchType, typed(DataType::Utf8View)),
        (
            "a dictionary of texts",
            NoSuchType,
            typed(DataType::Dictionary(
                Box::new(DataType::Int8),
                Box::new(DataType::Utf8),
            )),
        ),
        (
            "run ends",
            NoSuchType,
            typed(DataType::RunEndEncoded(
                Arc::new(Field::new("r", DataType::Int32, false)),
                null(),
            )),
        ),
        (
            "a union",
            NoSuchType,
            typed(DataType::Union(
                UnionFields::try_new([0], [null()]).expect("valid"),
                UnionMode::Dense,
            )),
        ),
        (
            "a map",
            NoSuchType,
            typed(DataType::Map(
                Arc::new(Field::new("entries", entries, false)),
                false,
            )),
        ),
        (
            "lists of a fixed size",
            NoSuchType,
            typed(DataType::FixedSizeList(null(), i32::MAX)),
        ),
        ("a list of nulls in lists", NoSuchType, typed(nested(12))),
        ("lists too deep", Malformed, typed(nested(500))),
        (
            "a type of no kind",
            Malformed,
            forged(|s| s.kind = Type::NONE),
        ),
        ("an unknown type", Arrow, forged(|s| s.kind = Type(99))),
        (
            "a type without its table",
            Malformed,
            forged(|s| s.bits = None),
        ),
        (
            "a table of another type",
            Malformed,
            forged(|s| s.kind = Type::Timestamp),
        ),
        (
            "an integer of seven bits",
            Arrow,
            forged(|s| s.bits = Some(7)),
        ),
        (
            "an integer of negative width",
            Arrow,
            forged(|s| s.bits = Some(-64)),
        ),
        ("no list of columns", Arrow, forged(|s| s.listed = false)),
        (
            "another byte order",
            Malformed,
            forged(|s| s.order = Endianness::Big),
        ),
        (
            "an unknown byte order",
            Malformed,
            forged(|s| s.order = Endianness(7)),
        ),
        (
            "columns past the limit",
            Malformed,
            forged(|s| s.columns = 1665),
        ),
        (
            "a million columns",
            Malformed,
            forged(|s| s.columns = 1_000_000),
        ),
        (
            "a thousand columns of one long name",
            Malformed,
            forged(|s| {
                s.columns = 1600;
                s.name = Some("n".repeat(1 << 20));
            }),
        ),
        ("a column with a long name", NoSuchType, {
            let name = "n".repeat(1 << 20);
            [
                schema_of(vec![Field::new(name, DataType::Null, true)]),
                END.to_vec(),
            ]
            .concat()
        }),
        (
            "a column too few",
            ColumnCount,
            [schema_of(fields()[..2].to_vec()), END.to_vec()].concat(),
        ),
        (
            "a column too many",
            ColumnCount,
            [schema_of(more), END.to_vec()].concat(),
        ),
        (
            "no columns",
            ColumnCount,
            [schema_of(Vec::new()), END.to_vec()].concat(),
        ),
        (
            "as many columns as can be",
            ColumnCount,
            forged(|s| s.columns = 1664),
        ),
    ]
}
