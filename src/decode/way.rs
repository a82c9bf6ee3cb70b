//! The way of one column from Arrow to the declared type, chosen once: values by PostgreSQL's
//! casts, lists into arrays and structs into composites element by element.

use crate::memory;
use crate::pg::array::{self, Elements, MOST_DIMENSIONS};
use crate::pg::casts::{Converter, NoCast, OutOfRange};
use crate::pg::composite::Composite;
use crate::pg::descriptor::{Column, type_name};
use crate::pg::domain::Domain;
use crate::pg::memory::RowMemory;
use crate::pg::server::check_interrupts;
use crate::streams::decode::brief;
use crate::streams::decode::cell::cell;
use crate::types::{Natural, Node, Shape, Tree};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::ArrowNativeType;
use pgrx::pg_sys::Datum;
use std::fmt;

/// A row may take so much more than is left of the result's budget: PostgreSQL allocates in blocks of up
/// to 8 MiB.
const SLACK: u64 = 16 << 20;

/// Cancel, and what the row has taken so far, are looked at every so many elements of one array.
const PAUSE_ELEMENTS: usize = 1024;

/// Room for so many elements is kept from one array to the next.
const KEPT_ELEMENTS: usize = 8 << 10;

/// What one row may cost the backend while it is made: the arrays, copies and casts' leavings of a value
/// can be many times what came.
pub struct Allowance<'a> {
    memory: &'a RowMemory,
    left: u64,
}

impl<'a> Allowance<'a> {
    /// `memory`: where everything of the row is; `left`: bytes that the result may still have.
    pub fn new(memory: &'a RowMemory, left: u64) -> Self {
        Allowance {
            memory,
            left: left.saturating_add(SLACK),
        }
    }

    /// Whether the row may have what it has by now, and `more` bytes.
    pub fn check(&self, more: usize) -> Result<(), OutOfRange> {
        match self.memory.allocated().saturating_add(more as u64) <= self.left {
            true => Ok(()),
            false => Err(OutOfRange::BeyondBudget),
        }
    }
}

pub enum Way {
    Value(Natural, Box<Converter>),
    Array {
        elements: Elements,
        way: Box<Way>,
        /// Whether the dimensions come beside the elements.
        is_dimensioned: bool,
        domain: Option<Domain>,
        values: Vec<Datum>,
        nulls: Vec<bool>,
    },
    Composite {
        composite: Composite,
        /// For each column the field that becomes it, if there is one.
        columns: Vec<Option<(usize, Way)>>,
        domain: Option<Domain>,
        values: Vec<Option<Datum>>,
    },
}

/// The value being converted, for errors: within an array or composite the innermost one.
#[derive(Clone, Copy, Default)]
pub struct At<'a> {
    leaf: Option<(&'a ArrayRef, Natural, usize)>,
    /// It is the array's shape that is judged, not a value in it.
    is_shape: bool,
}

impl At<'_> {
    /// At most 100 characters; None where it is no single value that is wrong.
    pub fn describe(&self) -> Option<String> {
        if self.is_shape {
            return None;
        }
        let leaf = self.leaf;
        let cell = leaf.and_then(|(array, natural, row)| cell(array, natural, row));
        Some(cell.map_or_else(|| "NULL".to_owned(), |cell| cell.describe()))
    }
}

impl Way {
    /// From what comes to what is declared.
    pub fn choose(shape: &Shape, declared: &Tree) -> Result<Self, NoCast> {
        let domain = declared.is_domain().then(|| Domain::of(declared.oid));
        match (shape, &declared.node) {
            (Shape::Leaf(natural), _) => {
                let column = Column {
                    name: String::new(),
                    type_oid: declared.oid,
                    typmod: declared.typmod,
                };
                let converter = Converter::choose(*natural, &column)?;
                Ok(Way::Value(*natural, Box::new(converter)))
            }
            (Shape::List(shape), Node::List(element)) => {
                Way::of_array(shape, element, false, domain)
            }
            (shape @ Shape::Struct(_), Node::List(element)) => {
                let shape = shape.array().ok_or(NoCast)?;
                Way::of_array(shape, element, true, domain)
            }
            (Shape::Struct(fields), Node::Struct(columns)) => Ok(Way::Composite {
                composite: Composite::made_of(declared.base, columns),
                columns: match_fields(fields, columns)?,
                domain,
                values: Vec::new(),
            }),
            _ => Err(NoCast),
        }
    }

    fn of_array(
        shape: &Shape,
        element: &Tree,
        is_dimensioned: bool,
        domain: Option<Domain>,
    ) -> Result<Self, NoCast> {
        Ok(Way::Array {
            elements: Elements::of(element.oid),
            way: Box::new(Way::choose(shape, element)?),
            is_dimensioned,
            domain,
            values: Vec::new(),
            nulls: Vec::new(),
        })
    }

    /// What comes, if it is what is declared, without any rule of the declared type's to apply.
    pub fn same(&self) -> Option<Natural> {
        match self {
            Way::Value(natural, converter) if converter.is_same() => Some(*natural),
            _ => None,
        }
    }

    /// The declared type's value, None for NULL; valid until the next call, as long as the current
    /// context is not reset. Raises PostgreSQL's own error where the value does not fit.
    #[inline]
    pub fn convert<'a>(
        &mut self,
        array: &'a ArrayRef,
        row: usize,
        at: &mut At<'a>,
        allowance: &Allowance<'_>,
    ) -> Result<Option<Datum>, OutOfRange> {
        match self {
            Way::Value(natural, converter) => {
                at.leaf = Some((array, *natural, row));
                match cell(array, *natural, row) {
                    None => Ok(converter.convert_null()),
                    Some(cell) => converter.convert(cell).map(Some),
                }
            }
            Way::Array { domain, .. } | Way::Composite { domain, .. } if array.is_null(row) => {
                at.leaf = None;
                if let Some(domain) = domain {
                    domain.check(None);
                }
                Ok(None)
            }
            Way::Array {
                elements,
                way,
                is_dimensioned,
                domain,
                values,
                nulls,
            } => {
                let (array, dimensions) = match *is_dimensioned {
                    true => (array.as_struct().column(0), dimensions(array, row)),
                    false => (array, None),
                };
                let list = array.as_list::<i32>();
                let offsets = list.value_offsets();
                let (first, end) = (offsets[row].as_usize(), offsets[row + 1].as_usize());
                let count = end - first;
                let whole = [i32::try_from(count).map_err(|_| OutOfRange::ArrayTooLong)?];
                let dimensions = dimensions.unwrap_or(&whole);
                at.is_shape = true;
                check_dimensions(dimensions, count)?;
                at.is_shape = false;
                values.clear();
                nulls.clear();
                if !Elements::fit(count) {
                    return Err(OutOfRange::ArrayTooLong);
                }
                allowance.check(count * (size_of::<Datum>() + size_of::<bool>()))?;
                values
                    .try_reserve_exact(count)
                    .and_then(|()| nulls.try_reserve_exact(count))
                    .map_err(|_| OutOfRange::NoMemory)?;
                for index in first..end {
                    if values.len() % PAUSE_ELEMENTS == PAUSE_ELEMENTS - 1 {
                        check_interrupts();
                        allowance.check(0)?;
                    }
                    let value = way.convert(list.values(), index, at, allowance)?;
                    nulls.push(value.is_none());
                    values.push(value.map_or(Datum::from(0), |value| elements.copy(value)));
                }
                let value = elements.build(values, nulls, dimensions);
                if count > KEPT_ELEMENTS {
                    *values = Vec::new();
                    *nulls = Vec::new();
                }
                if let Some(domain) = domain {
                    domain.check(Some(value));
                }
                Ok(Some(value))
            }
            Way::Composite {
                composite,
                columns,
                domain,
                values,
            } => {
                let fields = array.as_struct().columns();
                values.clear();
                for column in columns.iter_mut() {
                    values.push(match column {
                        Some((field, way)) => way.convert(&fields[*field], row, at, allowance)?,
                        None => None,
                    });
                }
                let value = composite.build(values).ok_or(OutOfRange::RowTooLong)?;
                if let Some(domain) = domain {
                    domain.check(Some(value));
                }
                Ok(Some(value))
            }
        }
    }
}

/// What stands beside an array's elements; None where it has one dimension.
fn dimensions(array: &ArrayRef, row: usize) -> Option<&[i32]> {
    let lists = array.as_struct().column(1).as_list::<i32>();
    let (first, end) = (lists.value_offsets()[row], lists.value_offsets()[row + 1]);
    let lengths = lists.values().as_primitive::<Int32Type>();
    // A NULL among them has a number of its own, which is checked as any other.
    (lists.is_valid(row)).then(|| &lengths.values()[first.as_usize()..end.as_usize()])
}

/// Whether an array of so many elements can have such dimensions. None at all are what launchers send for
/// lists that differ in length.
fn check_dimensions(dimensions: &[i32], count: usize) -> Result<(), OutOfRange> {
    if dimensions.len() > MOST_DIMENSIONS {
        return Err(OutOfRange::TooManyDimensions);
    }
    match array::fill(dimensions, count) {
        true => Ok(()),
        false => Err(OutOfRange::Ragged),
    }
}

/// By name, if every field has the name of a column: a column without a field is NULL then. By
/// position, if no field has and there are as many of them.
fn match_fields(
    fields: &[(String, Shape)],
    columns: &[(String, Tree)],
) -> Result<Vec<Option<(usize, Way)>>, NoCast> {
    let named = |name: &str| fields.iter().position(|(field, _)| field == name);
    let known = columns.iter().filter(|(name, _)| named(name).is_some());
    let by_name = match known.count() {
        // Fields of the same name count once, and so are too many here.
        count if count == fields.len() => true,
        0 if fields.len() == columns.len() => false,
        _ => return Err(NoCast),
    };
    let mut ways = memory::with_capacity(columns.len()).map_err(|_| NoCast)?;
    for (position, (name, tree)) in columns.iter().enumerate() {
        let field = if by_name { named(name) } else { Some(position) };
        ways.push(match field {
            Some(field) => Some((field, Way::choose(&fields[field].1, tree)?)),
            None if tree.is_domain() => return Err(NoCast),
            None => None,
        });
    }
    Ok(ways)
}

/// What came, in SQL's words: at most 300 bytes of them.
pub fn name(shape: &Shape) -> String {
    brief(&Name(shape))
}

struct Name<'a>(&'a Shape);

impl fmt::Display for Name<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Shape::Leaf(natural) => formatter.write_str(&type_name(natural.oid(), -1)),
            Shape::List(element) => write!(formatter, "{}[]", Name(element)),
            shape @ Shape::Struct(_) if let Some(element) = shape.array() => {
                write!(formatter, "{}[]", Name(element))
            }
            Shape::Struct(fields) => {
                let mut before = "(";
                for (field, shape) in fields {
                    write!(formatter, "{before}{field} {}", Name(shape))?;
                    before = ", ";
                }
                formatter.write_str(")")
            }
        }
    }
}
