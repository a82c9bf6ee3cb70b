//! What scripts/instructions counts: rows encoded without a server, made before the counting begins.

use crate::encode::batch::Batch;
use crate::pg::row::Row;
use crate::streams::encode::message::{END_OF_STREAM, schema_message};
use crate::streams::encode::schema::schema;
use crate::types::{Kind, Node, Tree};
use launchpad_protocol::launch::Language;
use pgrx::pg_sys::Datum;
use std::hint::black_box;

pub const ROWS: usize = 20_000;

/// Rows of one value a column, as the executor lends them.
pub struct Table {
    pub columns: Vec<(String, Tree)>,
    values: Vec<Datum>,
    nulls: Vec<bool>,
    /// What the values by reference point at.
    _texts: Vec<Vec<u8>>,
}

impl Table {
    /// A bigint and five double precision.
    pub fn numbers() -> Self {
        let kinds = [Kind::Int8; 1].into_iter().chain([Kind::Float8; 5]);
        Table::of(kinds, |row, column| match column {
            0 => Some(row as u64),
            _ => Some((row as f64 / column as f64).to_bits()),
        })
    }

    /// One column of each of many types; every tenth value is NULL.
    pub fn mixed() -> Self {
        let kinds = [
            Kind::Bool,
            Kind::Int2,
            Kind::Int4,
            Kind::Int8,
            Kind::Float4,
            Kind::Float8,
            Kind::Date,
            Kind::TimestampTz,
        ];
        Table::of(kinds.into_iter(), |row, column| {
            let value = match column {
                0 => (row % 2) as u64,
                4 => u64::from((row as f32).to_bits()),
                5 => (row as f64).to_bits(),
                _ => row as u64,
            };
            (!(row + column).is_multiple_of(10)).then_some(value)
        })
    }

    /// Three columns of text: of ten, fifty and two hundred bytes.
    pub fn texts() -> Self {
        const LENGTHS: [usize; 3] = [10, 50, 200];
        let texts: Vec<Vec<u8>> = (0..ROWS * LENGTHS.len())
            .map(|at| varlena(LENGTHS[at % LENGTHS.len()], at))
            .collect();
        let mut table = Table::of([Kind::Text; 3].into_iter(), |row, column| {
            Some(texts[row * LENGTHS.len() + column].as_ptr() as u64)
        });
        table._texts = texts;
        table
    }

    fn of(kinds: impl Iterator<Item = Kind>, value: impl Fn(usize, usize) -> Option<u64>) -> Self {
        let columns: Vec<_> = kinds
            .enumerate()
            .map(|(at, kind)| column(at, kind))
            .collect();
        let places = (0..ROWS).flat_map(|row| (0..columns.len()).map(move |at| (row, at)));
        let values: Vec<_> = places.map(|(row, at)| value(row, at)).collect();
        Table {
            nulls: values.iter().map(Option::is_none).collect(),
            values: values
                .iter()
                .map(|value| Datum::from(value.unwrap_or(0) as usize))
                .collect(),
            columns,
            _texts: Vec::new(),
        }
    }

    /// The rows as the messages of a stream; the work that is counted.
    #[inline(never)]
    fn counted_encoding(&self, sink: &mut impl FnMut(&[u8])) {
        let types = self.columns.iter().map(|(_, tree)| tree);
        let mut batch = Batch::new(types, Language::Python, true)
            .unwrap_or_else(|refused| unreachable!("{refused}"));
        let width = self.columns.len();
        for row in 0..ROWS {
            batch
                .append(self.row(row * width, width))
                .unwrap_or_else(|_| unreachable!("such values can be sent"));
            if batch.is_full() {
                messages(&mut batch, sink);
                batch.clear();
            }
        }
        messages(&mut batch, sink);
    }

    #[allow(unsafe_code)]
    fn row(&self, first: usize, width: usize) -> Row<'_> {
        let values = &self.values[first..first + width];
        let nulls = &self.nulls[first..first + width];
        // SAFETY: both slices have so many elements and live as long as the table.
        unsafe { Row::new(values.as_ptr(), nulls.as_ptr(), width) }
    }

    /// The whole stream.
    pub fn stream(&self) -> Vec<u8> {
        let mut stream = schema_message(&schema(&self.columns)).unwrap();
        self.counted_encoding(&mut |slice| stream.extend_from_slice(slice));
        stream.extend_from_slice(&END_OF_STREAM);
        stream
    }
}

fn messages(batch: &mut Batch, sink: &mut impl FnMut(&[u8])) {
    let message = batch.message();
    let slices = message.unwrap_or_else(|_| unreachable!("such values can be sent"));
    slices.into_iter().for_each(sink);
}

fn column(at: usize, kind: Kind) -> (String, Tree) {
    let tree = Tree {
        oid: 0,
        typmod: -1,
        base: 0,
        node: Node::Leaf(kind),
    };
    (format!("c{at}"), tree)
}

/// A stored text of so many bytes.
fn varlena(length: usize, seed: usize) -> Vec<u8> {
    let letters = (0..length).map(|at| b'a' + ((seed + at) % 26) as u8);
    let header = match length {
        // varattrib_1b and varattrib_4b, on little-endian machines.
        ..127 => vec![((length + 1) << 1) as u8 | 1],
        _ => (((length + 4) << 2) as u32).to_le_bytes().to_vec(),
    };
    header.into_iter().chain(letters).collect()
}

fn count(table: &Table) {
    let mut bytes = 0;
    table.counted_encoding(&mut |slice| bytes += black_box(slice).len());
    assert!(bytes > ROWS);
}

#[test]
#[ignore = "counted by scripts/instructions"]
fn numbers() {
    count(&Table::numbers());
}

#[test]
#[ignore = "counted by scripts/instructions"]
fn mixed() {
    count(&Table::mixed());
}

#[test]
#[ignore = "counted by scripts/instructions"]
fn texts() {
    count(&Table::texts());
}
