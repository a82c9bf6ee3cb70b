//! One column of R's: what it is and which Arrow type it goes as, decided once; then its arrays,
//! batch by batch. The types are those of the table of types; `reading/` is the way back.

use super::fields::Fields as Composites;
use super::numbers::{self, Integers, Numbers};
use super::texts::{self, Factor};
use super::times::{Moments, Unit};
use crate::Failure;
use crate::r::{Kind, NA_INTEGER, Strings, Texts, Value};
use arrow_array::builder::{BinaryBuilder, Int32Builder, ListBuilder};
use arrow_array::{Array, ArrayRef, BooleanArray, ListArray, StructArray, new_null_array};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};
use launchpad_protocol::marks;
use std::ops::Range;
use std::sync::Arc;

pub(super) enum Column<'a> {
    /// Nothing but NA: as many, and as what they go.
    Nulls(usize, DataType),
    Logicals(&'a [i32]),
    Integers(Integers),
    Numbers(Numbers),
    Texts(Strings<'a>),
    /// The input's own, of which not all have become strings.
    Deferred(Texts),
    Factor(Factor<'a>),
    Moments(Moments<'a>),
    /// A list of raw vectors and NULL.
    Bytes(Value<'a>),
    Lists(Lists<'a>),
    Fields(Composites<'a>),
}

/// Lists as the lengths of each, NA for NULL, and the values of all.
pub(super) struct Lists<'a> {
    lengths: &'a [i32],
    /// Where each begins among the values.
    starts: Vec<usize>,
    values: Box<Column<'a>>,
    /// Of each the lengths of its dimensions, or NULL if there is one; where some have several.
    dimensions: Option<Value<'a>>,
}

impl<'a> Column<'a> {
    /// `wanted`: the type of the declared column, taken where nothing is lost by it; else the backend
    /// casts as PostgreSQL does.
    pub fn of(value: Value<'a>, wanted: Option<&DataType>, label: &str) -> Result<Self, Failure> {
        let column = Column::as_it_is(value, wanted, label)?;
        Ok(match wanted {
            // NULL is of every type.
            Some(wanted) if column.data_type() != *wanted && column.is_missing() => {
                Column::Nulls(column.len(), wanted.clone())
            }
            _ => column,
        })
    }

    fn as_it_is(value: Value<'a>, wanted: Option<&DataType>, label: &str) -> Result<Self, Failure> {
        match value.kind() {
            Kind::Logical => Ok(Column::Logicals(value.logicals()?)),
            Kind::Integer if value.inherits(c"factor") => {
                Ok(Column::Factor(Factor::of(value, label)?))
            }
            Kind::Integer | Kind::Double if let Some(unit) = Unit::of(value, wanted)? => {
                Ok(Column::Moments(Moments::of(value, unit)?))
            }
            Kind::Integer => Ok(Column::Integers(Integers::of(value, wanted)?)),
            Kind::Double => Ok(Column::Numbers(Numbers::of(value, wanted)?)),
            Kind::Character => Ok(match Texts::of(value)? {
                Some(texts) => Column::Deferred(texts),
                None => Column::Texts(value.strings()?),
            }),
            Kind::List if value.inherits(c"data.frame") => {
                Ok(Column::Fields(Composites::of(value, wanted)?))
            }
            Kind::List if value.inherits(c"launchpad_lists") => {
                Ok(Column::Lists(Lists::of(value, wanted, label)?))
            }
            Kind::List => Ok(Column::Bytes(value)),
            Kind::Null | Kind::Complex | Kind::Raw | Kind::Other => Err(Failure::NoPlace(format!(
                "column \"{label}\" is of type {}, which has no place in a table",
                value.type_name()
            ))),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Column::Nulls(length, _) => *length,
            Column::Logicals(values) => values.len(),
            Column::Integers(integers) => integers.len(),
            Column::Numbers(numbers) => numbers.len(),
            Column::Texts(strings) => strings.len(),
            Column::Deferred(texts) => texts.len(),
            Column::Factor(factor) => factor.len(),
            Column::Moments(moments) => moments.len(),
            Column::Bytes(list) => list.len(),
            Column::Lists(lists) => lists.lengths.len(),
            Column::Fields(fields) => fields.len(),
        }
    }

    /// Whether nothing in it is a value.
    pub fn is_missing(&self) -> bool {
        match self {
            Column::Nulls(..) => true,
            Column::Logicals(values) => values.iter().all(|value| *value == NA_INTEGER),
            Column::Integers(integers) => integers.is_missing(),
            Column::Numbers(numbers) => numbers.is_missing(),
            Column::Texts(strings) => (0..strings.len()).all(|row| strings.get(row).is_none()),
            Column::Deferred(texts) => texts.is_missing(),
            Column::Factor(factor) => factor.is_missing(),
            Column::Moments(moments) => moments.is_missing(),
            Column::Bytes(list) => list.elements().all(Value::is_null),
            Column::Lists(lists) => lists.lengths.iter().all(|length| *length == NA_INTEGER),
            Column::Fields(fields) => fields.is_missing(),
        }
    }

    pub fn data_type(&self) -> DataType {
        match self {
            Column::Nulls(_, kind) => kind.clone(),
            Column::Logicals(_) => DataType::Boolean,
            Column::Integers(integers) => integers.data_type(),
            Column::Numbers(numbers) => numbers.data_type(),
            Column::Texts(_) | Column::Deferred(_) | Column::Factor(_) => DataType::Utf8,
            Column::Moments(moments) => moments.data_type(),
            Column::Bytes(_) => DataType::Binary,
            Column::Lists(lists) => lists.data_type(),
            Column::Fields(fields) => fields.data_type(),
        }
    }

    /// About what a row takes.
    pub fn row_bytes(&self) -> usize {
        match self {
            Column::Nulls(..) | Column::Logicals(_) => 1,
            Column::Integers(_) | Column::Numbers(_) | Column::Moments(_) => 8,
            Column::Texts(strings) => 4 + texts::average_length(*strings),
            Column::Deferred(texts) => 4 + texts.total() / texts.len().max(1),
            Column::Factor(_) => 16,
            Column::Bytes(list) => {
                let total: usize = list.elements().map(Value::len).sum();
                4 + total / list.len().max(1)
            }
            Column::Lists(lists) => {
                let each = lists.values.row_bytes();
                4 + each * lists.values.len() / lists.lengths.len().max(1)
            }
            Column::Fields(fields) => fields.row_bytes(),
        }
    }

    /// The rows of `range`; `label` is for errors.
    pub fn array(&self, range: Range<usize>, label: &str) -> Result<ArrayRef, Failure> {
        Ok(match self {
            Column::Nulls(_, kind) => new_null_array(kind, range.len()),
            Column::Logicals(values) => {
                let values = &values[range];
                let bits = values
                    .iter()
                    .map(|value| *value != 0 && *value != NA_INTEGER);
                let nulls = numbers::nulls(values, |value| *value == NA_INTEGER);
                Arc::new(BooleanArray::new(bits.collect(), nulls))
            }
            Column::Integers(integers) => integers.array(range),
            Column::Numbers(numbers) => numbers.array(range),
            Column::Texts(strings) => texts::array(*strings, range, label)?,
            Column::Deferred(deferred) => texts::deferred(deferred, range, label)?,
            Column::Factor(factor) => factor.array(range, label)?,
            Column::Moments(moments) => moments.array(range),
            Column::Bytes(list) => bytes(*list, range, label)?,
            Column::Lists(lists) => lists.array(range, label)?,
            Column::Fields(fields) => fields.array(range)?,
        })
    }
}

fn bytes(list: Value<'_>, range: Range<usize>, label: &str) -> Result<ArrayRef, Failure> {
    let mut builder = BinaryBuilder::with_capacity(range.len(), 0);
    for (row, element) in range.clone().zip(list.elements().skip(range.start)) {
        match element.kind() {
            Kind::Null => builder.append_null(),
            Kind::Raw => {
                let bytes = element.bytes()?;
                if builder.values_slice().len() + bytes.len() > i32::MAX as usize {
                    return Err(Failure::NoPlace(format!(
                        "column \"{label}\", row {}: values of more than 2 GB cannot be returned",
                        row + 1
                    )));
                }
                builder.append_value(bytes);
            }
            _ => return Err(Failure::Argument("a list of other than raw vectors")),
        }
    }
    Ok(Arc::new(builder.finish()))
}

impl<'a> Lists<'a> {
    fn of(value: Value<'a>, wanted: Option<&DataType>, label: &str) -> Result<Self, Failure> {
        let (lengths, values) = (value.element(0), value.element(1));
        let wanted = match wanted {
            Some(DataType::List(item)) => Some(item.data_type()),
            _ => None,
        };
        let values = Column::of(values, wanted, label)?;
        let lengths = lengths.integers()?;
        let mut starts = Vec::with_capacity(lengths.len() + 1);
        let mut end = 0;
        starts.push(0);
        for length in lengths {
            end += usize::try_from(*length).unwrap_or(0);
            starts.push(end);
        }
        if end != values.len() {
            return Err(Failure::Argument("lists of another length"));
        }
        Ok(Lists {
            lengths,
            starts,
            values: Box::new(values),
            dimensions: (value.len() > 2).then(|| value.element(2)),
        })
    }

    fn item(&self) -> Arc<Field> {
        Arc::new(Field::new_list_field(self.values.data_type(), true))
    }

    fn array(&self, range: Range<usize>, label: &str) -> Result<ArrayRef, Failure> {
        let (first, last) = (self.starts[range.start], self.starts[range.end]);
        let offset = |start: &usize| i32::try_from(start - first).unwrap_or(i32::MAX);
        let offsets: ScalarBuffer<i32> = self.starts[range.start..=range.end]
            .iter()
            .map(offset)
            .collect();
        let nulls = numbers::nulls(&self.lengths[range.clone()], |length| *length == NA_INTEGER);
        let values = self.values.array(first..last, label)?;
        let offsets = OffsetBuffer::new(offsets);
        let lists = ListArray::try_new(self.item(), offsets, values, nulls)?;
        let Some(dimensions) = self.dimensions else {
            return Ok(Arc::new(lists));
        };
        let mut builder = ListBuilder::new(Int32Builder::new());
        for row in range {
            let own = dimensions.element(row);
            match own.is_null() {
                true => builder.append_null(),
                false => builder.append_value(own.integers()?.iter().map(|length| Some(*length))),
            }
        }
        let nulls = lists.nulls().cloned();
        let parts: Vec<ArrayRef> = vec![Arc::new(lists), Arc::new(builder.finish())];
        Ok(Arc::new(StructArray::try_new(self.parts(), parts, nulls)?))
    }

    fn data_type(&self) -> DataType {
        match self.dimensions {
            Some(_) => DataType::Struct(self.parts()),
            None => DataType::List(self.item()),
        }
    }

    /// Elements and dimensions, as the backend knows an array of several of these.
    fn parts(&self) -> Fields {
        let dimensions = Arc::new(Field::new_list_field(DataType::Int32, true));
        [
            Field::new(marks::VALUES, DataType::List(self.item()), true),
            Field::new(marks::DIMENSIONS, DataType::List(dimensions), true),
        ]
        .into_iter()
        .collect()
    }
}
