//! Values that are made of their datum's own bits: integers, floats, booleans, dates and times. They
//! are appended many at a time, so that a column's type is looked at once and not for each value.

use crate::streams::encode::column::{Column, NoPlace};
use crate::streams::encode::losses::{Losses, is_exact};
use crate::types::{Kind, kind};
use launchpad_protocol::launch::Language;
use pgrx::pg_sys::Datum;

/// How such a datum becomes Arrow's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Bool,
    /// So many of its low bytes as they are.
    Two,
    Four,
    Eight,
    /// bigint for a language that has no such integers and makes doubles of them.
    Rounded,
    Date,
    Timestamp,
    Time,
}

/// The values of one column, in rows that lie one behind the other.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    values: &'a [Datum],
    nulls: &'a [bool],
    /// Values of a row, at least one.
    width: usize,
    /// The column's place in its row.
    at: usize,
}

impl<'a> Words<'a> {
    /// Column `at` of rows of `width` values each.
    pub fn of_rows(values: &'a [Datum], nulls: &'a [bool], width: usize, at: usize) -> Self {
        debug_assert!(at < width && values.len() == nulls.len());
        Words {
            values,
            nulls,
            width,
            at,
        }
    }

    /// All of these values.
    pub fn all(values: &'a [Datum], nulls: &'a [bool]) -> Self {
        Words::of_rows(values, nulls, 1, 0)
    }

    fn values(self) -> impl ExactSizeIterator<Item = u64> + 'a {
        let rows = self.values.chunks_exact(self.width);
        rows.map(move |row| row[self.at].value() as u64)
    }

    fn nulls(self) -> impl Iterator<Item = bool> + 'a {
        let rows = self.nulls.chunks_exact(self.width);
        rows.map(move |row| row[self.at])
    }
}

impl Word {
    /// For values of that kind on their way to that language; None for all that is by reference.
    pub fn of(kind: Kind, language: Language) -> Option<Self> {
        match kind {
            Kind::Bool => Some(Word::Bool),
            Kind::Int2 => Some(Word::Two),
            Kind::Int4 | Kind::Oid | Kind::Float4 => Some(Word::Four),
            Kind::Int8 if language.entry().rounds_bigint => Some(Word::Rounded),
            Kind::Int8 | Kind::Float8 => Some(Word::Eight),
            Kind::Date => Some(Word::Date),
            Kind::Timestamp | Kind::TimestampTz => Some(Word::Timestamp),
            Kind::Time => Some(Word::Time),
            Kind::Numeric | Kind::Decimal { .. } | Kind::Interval => None,
            Kind::Text | Kind::Bytea | Kind::Digits | Kind::Output => None,
        }
    }

    /// Appends the values to `column`.
    pub fn append(
        self,
        column: &mut Column,
        words: Words<'_>,
        losses: &mut Losses,
    ) -> Result<(), NoPlace> {
        column.reserve(words.values().len())?;
        match self {
            Word::Bool => {
                for (word, is_null) in words.values().zip(words.nulls()) {
                    match is_null {
                        true => column.put_null(),
                        false => column.put_bool(word as u8 != 0),
                    }
                }
            }
            Word::Two => all(column, words, |word| (word as u16).to_le_bytes()),
            Word::Four => all(column, words, |word| (word as u32).to_le_bytes()),
            Word::Eight => all(column, words, u64::to_le_bytes),
            Word::Rounded => {
                // A NULL's word is anything, and zero in PostgreSQL's own slots.
                let values = words.values().zip(words.nulls());
                losses.rounded |= values
                    .map(|(word, is_null)| !is_null & !is_exact(word.cast_signed()))
                    .fold(false, |any, one| any | one);
                all(column, words, u64::to_le_bytes);
            }
            Word::Date => {
                let days = |word| kind::unix_days(word as i32).map(i32::to_le_bytes);
                some(column, words, losses, days);
            }
            Word::Timestamp => {
                let micros = |word: u64| kind::unix_micros(word.cast_signed());
                some(column, words, losses, |word| {
                    micros(word).map(i64::to_le_bytes)
                });
            }
            Word::Time => {
                let micros = |word: u64| kind::clock_micros(word.cast_signed());
                some(column, words, losses, |word| {
                    micros(word).map(i64::to_le_bytes)
                });
            }
        }
        Ok(())
    }
}

/// Appends values of which each has its counterpart.
fn all<const N: usize>(column: &mut Column, words: Words<'_>, bytes: impl Fn(u64) -> [u8; N]) {
    if !words.nulls().any(|is_null| is_null) {
        column.extend_fixed(words.values().map(bytes));
        return;
    }
    for (word, is_null) in words.values().zip(words.nulls()) {
        match is_null {
            true => column.put_null(),
            false => column.put_fixed(bytes(word)),
        }
    }
}

/// Appends values of which some may have no counterpart; these become NULL.
fn some<const N: usize>(
    column: &mut Column,
    words: Words<'_>,
    losses: &mut Losses,
    bytes: impl Fn(u64) -> Option<[u8; N]>,
) {
    for (word, is_null) in words.values().zip(words.nulls()) {
        if is_null {
            column.put_null();
        } else if let Some(bytes) = bytes(word) {
            column.put_fixed(bytes);
        } else {
            column.put_null();
            losses.infinite = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datums(values: impl IntoIterator<Item = u64>) -> Vec<Datum> {
        values
            .into_iter()
            .map(|value| Datum::from(value as usize))
            .collect()
    }

    fn bytes(column: &Column) -> Vec<u8> {
        column.buffers().last().unwrap().bytes().to_vec()
    }

    #[test]
    fn a_column_is_taken_out_of_its_rows() {
        let values = datums([1, 10, 2, 20, 3, 30]);
        let nulls = [false; 6];
        let mut column = Column::new(Kind::Int2);
        let words = Words::of_rows(&values, &nulls, 2, 1);
        Word::Two
            .append(&mut column, words, &mut Losses::default())
            .unwrap();
        assert_eq!((column.rows(), column.nulls()), (3, 0));
        assert_eq!(bytes(&column), [10, 0, 20, 0, 30, 0]);
    }

    #[test]
    fn nulls_after_many_values_mark_only_themselves() {
        let values = datums(0..20);
        let mut nulls = [false; 20];
        let mut column = Column::new(Kind::Int4);
        let append = |column: &mut Column, nulls: &[bool]| {
            let words = Words::all(&values, nulls);
            Word::Four
                .append(column, words, &mut Losses::default())
                .unwrap();
        };
        append(&mut column, &nulls);
        (nulls[0], nulls[19]) = (true, true);
        append(&mut column, &nulls);
        assert_eq!((column.rows(), column.nulls()), (40, 2));
        let validity = column.buffers().next().unwrap().bytes().to_vec();
        assert_eq!(validity, [0xff, 0xff, 0b1110_1111, 0xff, 0b0111_1111]);
    }

    #[test]
    fn only_values_are_judged() {
        let beyond = (1_u64 << 53) + 1;
        let values = datums([beyond, 1]);
        for (nulls, rounded) in [([true, false], false), ([false, false], true)] {
            let mut losses = Losses::default();
            let mut column = Column::new(Kind::Int8);
            Word::Rounded
                .append(&mut column, Words::all(&values, &nulls), &mut losses)
                .unwrap();
            assert_eq!(losses.rounded, rounded);
            assert_eq!(column.rows(), 2);
        }
    }

    #[test]
    fn what_is_infinite_becomes_null() {
        let infinity = i64::MAX.cast_unsigned();
        let values = datums([0, infinity]);
        let mut losses = Losses::default();
        let mut column = Column::new(Kind::Timestamp);
        Word::Timestamp
            .append(
                &mut column,
                Words::all(&values, &[false, false]),
                &mut losses,
            )
            .unwrap();
        assert_eq!((column.nulls(), losses.infinite), (1, true));
    }
}
