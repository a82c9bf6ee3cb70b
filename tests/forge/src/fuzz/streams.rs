//! What can be wrong with a stream: its schema, the order of its messages.

use super::batches::Target;
use super::case::{Case, Piece};
use super::content::{list_of, random_type};
use super::random::Random;
use crate::hostile::forge::{ForgedBatch, headless};
use crate::hostile::schemas::ForgedSchema;
use arrow_ipc::{Endianness, MessageHeader, Type};
use arrow_schema::{DataType, Field, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode};
use std::collections::HashMap;
use std::sync::Arc;

/// None: there is nothing to change here.
pub type Change = fn(&mut Case, &mut Random) -> Option<()>;

pub const CHANGES: &[(&str, Change)] = &[
    ("a type of no counterpart", |case, random| {
        let foreign = foreign(random);
        let fields = schema(case)?;
        let at = random.below(fields.len());
        fields[at] = Field::new("x", foreign, true);
        Some(())
    }),
    ("another type", |case, random| {
        let kind = random_type(random, 2);
        let fields = schema(case)?;
        let at = random.below(fields.len());
        fields[at] = Field::new("x", kind, true);
        Some(())
    }),
    ("lists around a column", |case, random| {
        let depth = random.pick(&[1, 2, 12, 30, 60, 62, 200]);
        let fields = schema(case)?;
        let at = random.below(fields.len());
        let inner = fields[at].data_type().clone();
        fields[at] = Field::new("l", (0..depth).fold(inner, |inner, _| list_of(inner)), true);
        Some(())
    }),
    ("structs around a column", |case, random| {
        let depth = random.pick(&[1, 2, 12, 30, 60, 62, 200]);
        let fields = schema(case)?;
        let at = random.below(fields.len());
        let around = |inner| DataType::Struct(Fields::from(vec![Field::new("s", inner, true)]));
        let inner = fields[at].data_type().clone();
        fields[at] = Field::new("s", (0..depth).fold(inner, |inner, _| around(inner)), true);
        Some(())
    }),
    ("a column more or less", |case, random| {
        let fields = schema(case)?;
        match random.once_in(2) {
            true => fields.pop().map(|_| ()),
            false => {
                fields.push(Field::new("more", DataType::Int64, true));
                Some(())
            }
        }
    }),
    ("many columns", |case, random| {
        let count = random.pick(&[1600, 1664, 1665, 20_000, 70_000]);
        let fields = schema(case)?;
        fields.resize(count, Field::new("m", DataType::Boolean, true));
        Some(())
    }),
    ("a column's name", |case, random| {
        let name = match random.below(6) {
            0 => String::new(),
            1 => "c1".to_owned(),
            2 => "n\0n".to_owned(),
            3 => "\"; \u{1b}[2J\n".to_owned(),
            4 => "ä".repeat(40),
            _ => "n".repeat(1 << 20),
        };
        let fields = schema(case)?;
        let at = random.below(fields.len());
        fields[at] = fields[at].clone().with_name(name);
        Some(())
    }),
    ("keys and values of a column", |case, random| {
        let count = random.pick(&[1, 1000]);
        let long = "v".repeat(random.pick(&[0, 1, 1000]));
        let pairs: HashMap<String, String> = (0..count)
            .map(|at| (format!("ARROW:extension:name{at}"), long.clone()))
            .collect();
        let fields = schema(case)?;
        let at = random.below(fields.len());
        fields[at] = fields[at].clone().with_metadata(pairs);
        Some(())
    }),
    ("columns that are one table", |case, random| {
        let at = schema_at(case)?;
        case.pieces[at] = Piece::Forged(ForgedSchema {
            columns: match random.once_in(2) {
                true => case.declared.len(),
                false => random.pick(&[1600, 1664, 1665, 60_000, 70_000]),
            },
            name: Some("n".repeat(random.pick(&[0, 1, 1000, 30_000, 1 << 20]))),
            kind: random.pick(&[
                Type::Int,
                Type::Int,
                Type::Bool,
                Type::NONE,
                Type::List,
                Type(99),
            ]),
            bits: random.pick(&[Some(64), Some(64), Some(7), Some(i32::MIN), None]),
            order: random.pick(&[Endianness::Little, Endianness::Little, Endianness::Big]),
            listed: !random.once_in(8),
            body: random.pick(&[0, 0, 8, -1, 1 << 32, i64::MAX]),
        });
        Some(())
    }),
    ("a message again", |case, random| {
        let bytes = bytes_of(case, random.below(case.pieces.len()))?;
        let at = random.below(case.pieces.len() + 1);
        case.pieces.insert(at, Piece::Bytes(bytes));
        Some(())
    }),
    ("a message less", |case, random| {
        let at = random.below(case.pieces.len());
        case.pieces.remove(at);
        Some(())
    }),
    ("two messages in another order", |case, random| {
        let count = case.pieces.len();
        case.pieces.swap(random.below(count), random.below(count));
        Some(())
    }),
    ("an end too early", |case, random| {
        let at = random.below(case.pieces.len());
        case.pieces.insert(at, Piece::End);
        Some(())
    }),
    ("a message without its header", |case, random| {
        let kind = MessageHeader(random.pick(&[0, 1, 2, 3, 4, 5, 77]));
        let body = random.pick(&[0, 8, -1, 1 << 31, 1 << 32, i64::MAX]);
        let at = random.below(case.pieces.len());
        case.pieces.insert(at, Piece::Bytes(headless(kind, body)));
        Some(())
    }),
    ("many empty batches", |case, random| {
        let at = schema_at(case)?;
        let nodes = case.declared.len();
        let mut empty = ForgedBatch::empty(0);
        empty.nodes = Some(vec![(0, 0); nodes]);
        empty.buffers = Some(vec![(0, 0); nodes * 2]);
        let bytes = empty.message().repeat(random.pick(&[1, 100, 1000]));
        case.pieces.insert(at + 1, Piece::Bytes(bytes));
        Some(())
    }),
    ("a message cut", |case, random| {
        let at = random.below(case.pieces.len());
        let mut bytes = bytes_of(case, at)?;
        bytes.truncate(random.below(bytes.len()));
        case.pieces[at] = Piece::Bytes(bytes);
        Some(())
    }),
    ("a message that is not aligned", |case, random| {
        let at = random.below(case.pieces.len());
        let mut bytes = bytes_of(case, at)?;
        // One byte of metadata more, for the message's own length too.
        let length = u32::from_le_bytes(*bytes.get(4..8)?.first_chunk()?);
        let by = 1 + random.below(7);
        let end = 8 + length as usize;
        (length > 0 && end <= bytes.len()).then_some(())?;
        bytes[4..8].copy_from_slice(&(length + by as u32).to_le_bytes());
        bytes.splice(end..end, vec![0; by]);
        case.pieces[at] = Piece::Bytes(bytes);
        Some(())
    }),
];

/// A piece alone; none if there is no such.
fn bytes_of(case: &Case, at: usize) -> Option<Vec<u8>> {
    let alone = Case {
        declared: Vec::new(),
        budget: 0,
        pieces: vec![match case.pieces.get(at)? {
            Piece::Schema(fields) => Piece::Schema(fields.clone()),
            Piece::Forged(_) => return Some(Vec::new()),
            Piece::Batch(batch, roles) => Piece::Batch(batch.clone(), roles.clone()),
            Piece::Bytes(bytes) => Piece::Bytes(bytes.clone()),
            Piece::End => Piece::End,
        }],
        values: Vec::new(),
    };
    Some(alone.bytes())
}

fn schema_at(case: &Case) -> Option<usize> {
    let mut pieces = case.pieces.iter();
    pieces.position(|piece| matches!(piece, Piece::Schema(_)))
}

fn schema(case: &mut Case) -> Option<&mut Vec<Field>> {
    let at = schema_at(case)?;
    match &mut case.pieces[at] {
        Piece::Schema(fields) if !fields.is_empty() => Some(fields),
        _ => None,
    }
}

/// One of a case's batches.
pub fn a_batch<'a>(case: &'a mut Case, random: &'a mut Random) -> Option<Target<'a>> {
    let mut batches: Vec<_> = case
        .pieces
        .iter_mut()
        .filter_map(|piece| match piece {
            Piece::Batch(batch, roles) => Some((batch, roles)),
            _ => None,
        })
        .collect();
    let at = random.below(batches.len());
    (at < batches.len()).then(|| {
        let (batch, roles) = batches.swap_remove(at);
        Target {
            batch,
            roles,
            random,
        }
    })
}

/// A type that is outside the closed list, or was.
fn foreign(random: &mut Random) -> DataType {
    let field = |kind| Arc::new(Field::new("x", kind, true));
    let entries = DataType::Struct(Fields::from(vec![
        Field::new("k", DataType::Utf8, false),
        Field::new("v", DataType::Int64, true),
    ]));
    match random.below(18) {
        0 => DataType::Utf8View,
        1 => DataType::BinaryView,
        2 => DataType::ListView(field(DataType::Int64)),
        3 => DataType::LargeListView(field(DataType::Utf8View)),
        4 => DataType::LargeList(field(DataType::Int64)),
        5 => DataType::FixedSizeList(field(DataType::Boolean), i32::MAX),
        6 => DataType::FixedSizeList(field(DataType::Boolean), -1),
        7 => DataType::FixedSizeBinary(16),
        8 => DataType::Map(field(entries), false),
        9 => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        10 => DataType::RunEndEncoded(
            Arc::new(Field::new("r", DataType::Int32, false)),
            field(DataType::Utf8),
        ),
        11 => DataType::Union(
            UnionFields::try_new([0], [field(DataType::Int64)]).expect("valid"),
            UnionMode::Sparse,
        ),
        12 => DataType::Null,
        13 => DataType::Float16,
        14 => DataType::Date64,
        15 => DataType::Time32(TimeUnit::Second),
        16 => DataType::Interval(IntervalUnit::YearMonth),
        _ => DataType::Struct(Fields::empty()),
    }
}
