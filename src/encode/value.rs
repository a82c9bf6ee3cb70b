//! One value of a row into its column, arrays and composites with all that is in them.

use super::batch::Unsent;
use super::words::{Word, Words};
use crate::pg::array::Elements;
use crate::pg::composite::Composite;
use crate::pg::row::{Output, Row};
use crate::pg::server::check_interrupts;
use crate::streams::encode::column::{Column, NoPlace};
use crate::streams::encode::losses::Losses;
use crate::types::kind::MAX_DECIMAL128;
use crate::types::{Kind, Node, Tree, decimal};
use launchpad_protocol::launch::Language;

/// An array's elements are appended so many at a time, with a look at interrupts in between.
const ELEMENTS: usize = 16 << 10;

/// How values of a column are read; what needs the catalog is looked up once.
pub enum Source {
    /// Made of the datum itself.
    Word(Word),
    Text,
    Bytea,
    /// As double precision.
    Numeric,
    Interval,
    /// Through the output function.
    Output(Output),
    /// Through numeric's output function.
    Decimal {
        output: Output,
        precision: u8,
        scale: u8,
    },
    Array(Elements, Box<Source>),
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
            Node::Leaf(kind) => Source::of_leaf(*kind, tree.base, language),
            Node::List(element) => Source::Array(
                Elements::of(element.oid),
                Box::new(Source::of(element, language)),
            ),
            Node::Struct(columns) => Source::Struct(
                Composite::made_of(tree.base, columns),
                columns
                    .iter()
                    .map(|(_, tree)| Source::of(tree, language))
                    .collect(),
            ),
        }
    }

    fn of_leaf(kind: Kind, type_oid: u32, language: Language) -> Self {
        if let Some(word) = Word::of(kind, language) {
            return Source::Word(word);
        }
        match kind {
            Kind::Bytea => Source::Bytea,
            Kind::Text => Source::Text,
            Kind::Numeric => Source::Numeric,
            Kind::Interval => Source::Interval,
            Kind::Decimal { precision, scale } => Source::Decimal {
                output: Output::of(type_oid),
                precision,
                scale,
            },
            _ => Source::Output(Output::of(type_oid)),
        }
    }

    /// Whether reading leaves memory behind.
    pub fn allocates(&self) -> bool {
        match self {
            Source::Word(_) | Source::Text | Source::Bytea | Source::Interval => false,
            Source::Numeric | Source::Output(_) | Source::Decimal { .. } => true,
            Source::Array(..) | Source::Struct(..) => true,
        }
    }

    /// How whole chunks of such values are appended, if they can be.
    pub fn word(&self) -> Option<Word> {
        match self {
            Source::Word(word) => Some(*word),
            _ => None,
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
    ) -> Result<(), Unsent> {
        if row.is_null(index) {
            return Ok(column.push_null()?);
        }
        match self {
            Source::Word(word) => {
                let one = Words::all(&row.values()[index..=index], &[false]);
                word.append(column, one, &mut context.losses)?;
            }
            Source::Text => row.varlena(index, |bytes| push_text(column, bytes, context.utf8))?,
            Source::Bytea => row.varlena(index, |bytes| column.push_bytes(bytes))?,
            Source::Numeric => column.push_fixed(row.numeric(index).to_le_bytes())?,
            Source::Interval => {
                let bytes = row.interval(index).to_arrow();
                let pushed = bytes.map(|bytes| column.push_fixed(bytes));
                or_null(pushed, column, context)?;
            }
            Source::Output(output) => {
                row.output(index, output, |bytes| {
                    push_text(column, bytes, context.utf8)
                })?;
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
                or_null(pushed, column, context)?;
            }
            Source::Array(elements, source) => {
                row.array(index, elements, |elements, count, dimensions| {
                    let child = column.child(0).child(0);
                    source.append_elements(child, elements, count, context)?;
                    Ok::<_, Unsent>(column.push_array(dimensions)?)
                })??;
            }
            Source::Struct(composite, sources) => {
                row.composite(index, composite, |fields| {
                    sources.iter().enumerate().try_for_each(|(at, source)| {
                        source.append(column.child(at), fields, at, context)
                    })
                })?;
                column.push_struct()?;
            }
        }
        Ok(())
    }

    fn append_elements(
        &self,
        column: &mut Column,
        elements: Row<'_>,
        count: usize,
        context: &mut Context,
    ) -> Result<(), Unsent> {
        for first in (0..count).step_by(ELEMENTS) {
            if first > 0 {
                check_interrupts();
            }
            let some = first..(first + ELEMENTS).min(count);
            match self.word() {
                Some(word) => {
                    let (values, nulls) = (elements.values(), elements.nulls());
                    let words = Words::all(&values[some.clone()], &nulls[some]);
                    word.append(column, words, &mut context.losses)?;
                }
                None => {
                    for at in some {
                        self.append(column, elements, at, context)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What had no counterpart in Arrow becomes NULL.
fn or_null(
    pushed: Option<Result<(), NoPlace>>,
    column: &mut Column,
    context: &mut Context,
) -> Result<(), NoPlace> {
    pushed.unwrap_or_else(|| {
        context.losses.infinite = true;
        column.push_null()
    })
}

fn push_text(column: &mut Column, bytes: &[u8], utf8: bool) -> Result<(), NoPlace> {
    if utf8 {
        column.push_bytes(bytes)
    } else {
        column.push_bytes(&crate::pg::encoding::to_utf8(bytes))
    }
}
