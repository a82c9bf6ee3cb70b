//! What scripts/instructions counts: streams decoded and formed into tuples without a server, up to
//! the moment at which PostgreSQL would store them.

use super::encode::{ROWS, Table};
use crate::decode::direct::Direct;
use crate::decode::rows::form_directly;
use crate::pg::tuple::Tuples;
use crate::streams::decode::stream::{Event, Stream};
use crate::types::{Natural, Shape};
use std::hint::black_box;

/// The rows of a stream whose columns come as they are declared.
#[inline(never)]
fn counted_decoding(bytes: &[u8]) -> usize {
    let mut stream = Stream::new(u64::MAX);
    let mut naturals: Vec<Natural> = Vec::new();
    let mut tuples = Tuples::new(0, 0);
    let mut rows = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (buffer, wanted) = stream.room().unwrap();
        let (now, later) = rest.split_at(wanted.min(rest.len()));
        buffer.extend_from_slice(now);
        rest = later;
        while let Some(event) = stream.next_event().unwrap() {
            match event {
                Event::Schema(_, shapes) => {
                    tuples = Tuples::new(shapes.len(), u64::MAX);
                    naturals = shapes.iter().map(natural).collect();
                }
                Event::Batch => {
                    while let Some(batch) = stream.next_slice(&mut || {}).unwrap() {
                        let columns = batch.columns().iter().zip(&naturals);
                        let columns: Option<Vec<_>> = columns
                            .map(|(array, natural)| Direct::of(array, *natural, true))
                            .collect();
                        rows += batch.num_rows();
                        form_directly(batch.num_rows(), &columns.unwrap(), &mut tuples, |tuples| {
                            black_box(&*tuples);
                            tuples.clear();
                        })
                        .unwrap();
                    }
                }
                Event::End => {}
            }
        }
    }
    rows
}

fn natural(shape: &Shape) -> Natural {
    match shape {
        Shape::Leaf(natural) => *natural,
        _ => unreachable!("no table here has nested columns"),
    }
}

fn count(table: &Table) {
    assert_eq!(counted_decoding(&table.stream()), ROWS);
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
