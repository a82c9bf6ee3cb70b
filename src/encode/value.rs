//! One value of a row into its column, arrays and composites with all that is in them.

use super::column::Column;
use super::losses::{Losses, is_exact, rounds_bigint};
use crate::pg::array::{Elements, NoList};
use crate::pg::composite::Composite;
use crate::pg::row::{Output, Row};
use crate::types::kind::{self, MAX_DECIMAL128};
use crate::types::{Kind, Node, Tree, decimal};
use launchpad_protocol::launch::Language;

/// How values of a column are read; what needs the catalog is looked up once.
pub enum Source {
    /// Read from the datum itself.
    Plain(Kind),
    /// bigint for a language that has no such integers and makes doubles of them.
    Rounded,
    /// Through the output function.
    Output(Output),
    /// Through numeric's output function.
    Decimal {
        output: Output,
        precision: u8,
        scale: u8,
    },
    List(Elements, Box<Source>),
    Struct(Composite, Vec<Source>),
}

/// What appending needs to know and what it found.
pub struct Context {
    /// Whether the database's encoding is UTF-8.
    pub utf8: bool,
    pub losses: Losses,
}

impl Source {
    /// For values of that type on their way to that language.
    pub fn of(tree: &Tree, language: Language) -> Self {
        match &tree.node {
            Node::Leaf(Kind::Int8) if rounds_bigint(language) => Source::Rounded,
            Node::Leaf(Kind::Output) => Source::Output(Output::of(tree.base)),
            Node::Leaf(Kind::Decimal { precision, scale }) => Source::Decimal {
                output: Output::of(tree.base),
                precision: *precision,
                scale: *scale,
            },
            Node::Leaf(kind) => Source::Plain(*kind),
            Node::List(element) => Source::List(
                Elements::of(element.oid),
                Box::new(Source::of(element, language)),
            ),
            Node::Struct(columns) => Source::Struct(
                Composite::of(tree.base),
                columns
                    .iter()
                    .map(|(_, tree)| Source::of(tree, language))
                    .collect(),
            ),
        }
    }

    /// Whether reading leaves memory behind.
    pub fn allocates(&self) -> bool {
        match self {
            Source::Plain(kind) => *kind == Kind::Numeric,
            Source::Rounded => false,
            Source::Output(_) | Source::Decimal { .. } | Source::List(..) | Source::Struct(..) => {
                true
            }
        }
    }

    /// Appends the value in `row` at `index` to `column`.
    #[inline]
    pub fn append(
        &self,
        column: &mut Column,
        row: Row<'_>,
        index: usize,
        context: &mut Context,
    ) -> Result<(), NoList> {
        if row.is_null(index) {
            column.push_null();
            return Ok(());
        }
        match self {
            Source::Plain(kind) => append_plain(*kind, column, row, index, context),
            Source::Rounded => {
                let value = row.word(index).cast_signed();
                column.push_fixed(value.to_le_bytes());
                context.losses.rounded |= !is_exact(value);
            }
            Source::Output(output) => {
                row.output(index, output, |bytes| {
                    push_text(column, bytes, context.utf8)
                });
            }
            Source::Decimal {
                output,
                precision,
                scale,
            } => {
                let pushed = row.output(index, output, |text| {
                    if *precision <= MAX_DECIMAL128 {
                        decimal::unscaled_128(text, *scale)
                            .map(|value| column.push_fixed(value.to_le_bytes()))
                    } else {
                        decimal::unscaled_256(text, *scale)
                            .map(|value| column.push_fixed(value.to_le_bytes()))
                    }
                });
                or_null(pushed, column, context);
            }
            Source::List(elements, source) => {
                let child = column.child(0);
                row.array(index, elements, |elements, count| {
                    (0..count).try_for_each(|at| source.append(child, elements, at, context))
                })??;
                column.push_list();
            }
            Source::Struct(composite, sources) => {
                row.composite(index, composite, |fields| {
                    sources.iter().enumerate().try_for_each(|(at, source)| {
                        source.append(column.child(at), fields, at, context)
                    })
                })?;
                column.push_struct();
            }
        }
        Ok(())
    }
}

#[inline]
fn append_plain(
    kind: Kind,
    column: &mut Column,
    row: Row<'_>,
    index: usize,
    context: &mut Context,
) {
    match kind {
        Kind::Bool => column.push_bool(row.word(index) as u8 != 0),
        Kind::Int2 => column.push_fixed((row.word(index) as i16).to_le_bytes()),
        Kind::Int4 | Kind::Oid | Kind::Float4 => {
            column.push_fixed((row.word(index) as u32).to_le_bytes());
        }
        Kind::Int8 | Kind::Float8 => column.push_fixed(row.word(index).to_le_bytes()),
        Kind::Numeric => column.push_fixed(row.numeric(index).to_le_bytes()),
        Kind::Bytea => row.varlena(index, |bytes| column.push_bytes(bytes)),
        Kind::Text => row.varlena(index, |bytes| push_text(column, bytes, context.utf8)),
        Kind::Date => {
            let days = kind::unix_days(row.word(index) as i32);
            or_null(
                days.map(|days| column.push_fixed(days.to_le_bytes())),
                column,
                context,
            );
        }
        Kind::Timestamp | Kind::TimestampTz => {
            let micros = kind::unix_micros(row.word(index).cast_signed());
            or_null(
                micros.map(|micros| column.push_fixed(micros.to_le_bytes())),
                column,
                context,
            );
        }
        Kind::Time => {
            let micros = kind::clock_micros(row.word(index).cast_signed());
            or_null(
                micros.map(|micros| column.push_fixed(micros.to_le_bytes())),
                column,
                context,
            );
        }
        Kind::Interval => {
            let bytes = row.interval(index).to_arrow();
            or_null(bytes.map(|bytes| column.push_fixed(bytes)), column, context);
        }
        Kind::Decimal { .. } | Kind::Output => unreachable!("sources of their own"),
    }
}

/// What had no counterpart in Arrow becomes NULL.
fn or_null(pushed: Option<()>, column: &mut Column, context: &mut Context) {
    if pushed.is_none() {
        column.push_null();
        context.losses.infinite = true;
    }
}

fn push_text(column: &mut Column, bytes: &[u8], utf8: bool) {
    if utf8 {
        column.push_bytes(bytes);
    } else {
        column.push_bytes(&crate::pg::encoding::to_utf8(bytes));
    }
}
