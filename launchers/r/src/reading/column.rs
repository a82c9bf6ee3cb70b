//! One column: the arrays of its batches as one vector. The types are those of the table of types;
//! `writing/` is the way back.

use super::cells;
use super::into_frame;
use crate::Failure;
use crate::r::{NA_INTEGER, NA_REAL, Owned};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type,
    Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType, UInt32Type,
};
use arrow_array::{Array, ArrayRef, UInt32Array};
use arrow_schema::{DataType, FieldRef, Fields, IntervalUnit, TimeUnit};
use arrow_select::take::take;
use launchpad_protocol::marks;
use std::sync::Arc;

/// What R has numbers of a type as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    Logicals,
    Integers,
    Doubles,
}

impl Numbers {
    /// None for what is no number to R.
    pub fn of(kind: &DataType) -> Option<Self> {
        Some(match kind {
            DataType::Boolean => Numbers::Logicals,
            DataType::Int16 | DataType::Int32 => Numbers::Integers,
            DataType::Int64
            | DataType::UInt32
            | DataType::Float32
            | DataType::Float64
            | DataType::Date32
            | DataType::Timestamp(TimeUnit::Microsecond, _) => Numbers::Doubles,
            _ => return None,
        })
    }
}

/// `chunks`: arrays of type `kind`, maybe none.
pub(super) fn vector(kind: &DataType, chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    if let Some(numbers) = Numbers::of(kind) {
        let mut made = match numbers {
            Numbers::Integers if chunks.iter().any(has_smallest) => doubles(chunks)?,
            Numbers::Integers => Owned::integers(rows(chunks), |values| {
                each(chunks, values, fill_integers);
            })?,
            Numbers::Logicals => Owned::logicals(rows(chunks), |values| {
                each(chunks, values, fill_integers);
            })?,
            Numbers::Doubles => doubles(chunks)?,
        };
        dress(kind, &mut made)?;
        return Ok(made);
    }
    match kind {
        DataType::Utf8 => strings(chunks),
        DataType::Time64(TimeUnit::Microsecond) => {
            words::<Time64MicrosecondType>(chunks, cells::time)
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            words::<IntervalMonthDayNanoType>(chunks, cells::interval)
        }
        DataType::Decimal128(_, scale) => words::<Decimal128Type>(chunks, |value| {
            cells::decimal::<Decimal128Type>(value, *scale)
        }),
        DataType::Decimal256(_, scale) => words::<Decimal256Type>(chunks, |value| {
            cells::decimal::<Decimal256Type>(value, *scale)
        }),
        DataType::Binary => binaries(chunks),
        DataType::List(_) => list(chunks, element),
        DataType::Struct(fields) if is_array(fields) => arrays(chunks),
        DataType::Struct(fields) => structs(fields, chunks),
        _ => Err(Failure::Argument("a column of an unknown type")),
    }
}

fn rows(chunks: &[ArrayRef]) -> usize {
    chunks.iter().map(|chunk| chunk.len()).sum()
}

/// Calls `fill` with each chunk and its part of `values`.
fn each<T>(chunks: &[ArrayRef], mut values: &mut [T], fill: impl Fn(&ArrayRef, &mut [T])) {
    for chunk in chunks {
        let (part, rest) = values.split_at_mut(chunk.len());
        fill(chunk, part);
        values = rest;
    }
}

/// Writes `missing` where the array is null.
fn mask<T: Copy>(array: &dyn Array, values: &mut [T], missing: T) {
    let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) else {
        return;
    };
    for (value, valid) in values.iter_mut().zip(nulls.iter()) {
        if !valid {
            *value = missing;
        }
    }
}

/// R's smallest integer is its NA: a column that has it as a value is of doubles.
pub(super) fn has_smallest(array: &ArrayRef) -> bool {
    let Some(array) = array.as_primitive_opt::<Int32Type>() else {
        return false;
    };
    // All first, which is fast, and hardly ever there is one.
    array.values().contains(&NA_INTEGER) && array.iter().any(|value| value == Some(NA_INTEGER))
}

/// An array of what R has as logicals or integers.
pub(super) fn fill_integers(array: &ArrayRef, values: &mut [i32]) {
    match array.data_type() {
        DataType::Boolean => {
            for (value, bit) in values.iter_mut().zip(array.as_boolean().values().iter()) {
                *value = i32::from(bit);
            }
        }
        DataType::Int16 => convert::<Int16Type, _>(array, values, i32::from),
        _ => values.copy_from_slice(array.as_primitive::<Int32Type>().values()),
    }
    mask(array, values, NA_INTEGER);
}

/// An array of any other numbers; moments are seconds to R.
pub(super) fn fill_doubles(array: &ArrayRef, values: &mut [f64]) {
    match array.data_type() {
        DataType::Int16 => convert::<Int16Type, _>(array, values, f64::from),
        DataType::Int32 => convert::<Int32Type, _>(array, values, f64::from),
        DataType::Int64 => convert::<Int64Type, _>(array, values, |value| value as f64),
        DataType::UInt32 => convert::<UInt32Type, _>(array, values, f64::from),
        DataType::Float32 => convert::<Float32Type, _>(array, values, f64::from),
        DataType::Date32 => convert::<Date32Type, _>(array, values, f64::from),
        DataType::Timestamp(..) => {
            convert::<TimestampMicrosecondType, _>(array, values, |micros| micros as f64 / 1e6);
        }
        _ => values.copy_from_slice(array.as_primitive::<Float64Type>().values()),
    }
    mask(array, values, NA_REAL);
}

fn convert<T: ArrowPrimitiveType, V>(
    array: &ArrayRef,
    values: &mut [V],
    convert: impl Fn(T::Native) -> V,
) {
    let given = array.as_primitive::<T>().values();
    for (value, given) in values.iter_mut().zip(given) {
        *value = convert(*given);
    }
}

fn doubles(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    let made = Owned::doubles(rows(chunks), |values| each(chunks, values, fill_doubles))?;
    Ok(made)
}

/// The class that tells R what numbers of that type count. With and without time zone alike, R's moments
/// are seconds since 1970-01-01 UTC.
pub(super) fn dress(kind: &DataType, made: &mut Owned) -> Result<(), Failure> {
    match kind {
        DataType::Date32 => made.set_class(&["Date"])?,
        DataType::Timestamp(..) => {
            made.set_class(&["POSIXct", "POSIXt"])?;
            made.set_attribute(c"tzone", &Owned::text("UTC")?)?;
        }
        _ => {}
    }
    Ok(())
}

fn strings(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    Ok(Owned::texts(Texts {
        chunks,
        row: 0,
        left: rows(chunks),
    })?)
}

/// The texts of all chunks; owns nothing.
struct Texts<'a> {
    chunks: &'a [ArrayRef],
    row: usize,
    left: usize,
}

impl<'a> Iterator for Texts<'a> {
    type Item = Option<&'a str>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let array = self.chunks.first()?.as_string::<i32>();
            if self.row < array.len() {
                let row = self.row;
                self.row += 1;
                self.left -= 1;
                return Some(array.is_valid(row).then(|| array.value(row)));
            }
            self.chunks = &self.chunks[1..];
            self.row = 0;
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Texts<'_> {}

/// Values that R has no type for, as their text.
fn words<T: ArrowPrimitiveType>(
    chunks: &[ArrayRef],
    text: impl Fn(T::Native) -> String,
) -> Result<Owned, Failure> {
    let texts: Vec<Option<String>> = chunks
        .iter()
        .flat_map(|chunk| chunk.as_primitive::<T>().iter())
        .map(|value| value.map(&text))
        .collect();
    Ok(Owned::texts(texts.iter().map(Option::as_deref))?)
}

/// A list of what `make` makes of each value; NULL for null.
fn list(
    chunks: &[ArrayRef],
    make: impl Fn(&ArrayRef, usize) -> Result<Owned, Failure>,
) -> Result<Owned, Failure> {
    let mut made = Owned::list(rows(chunks))?;
    let mut at = 0;
    for chunk in chunks {
        for row in 0..chunk.len() {
            if chunk.is_valid(row) {
                made.set(at, &make(chunk, row)?);
            }
            at += 1;
        }
    }
    Ok(made)
}

fn binaries(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    list(chunks, |chunk, row| {
        Ok(Owned::raw(chunk.as_binary::<i32>().value(row))?)
    })
}

/// One value of a column of lists.
pub(super) fn element(lists: &ArrayRef, row: usize) -> Result<Owned, Failure> {
    let values = lists.as_list::<i32>().value(row);
    vector(values.data_type(), std::slice::from_ref(&values))
}

/// Whether values are PostgreSQL's arrays: structs of lists, of the elements and of the dimensions.
pub(super) fn is_array(fields: &Fields) -> bool {
    let is_list = |field: &FieldRef| matches!(field.data_type(), DataType::List(_));
    let names = fields.iter().map(|field| field.name().as_str());
    names.eq([marks::VALUES, marks::DIMENSIONS]) && fields.iter().all(is_list)
}

fn arrays(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    let part = |chunk: &ArrayRef, at: usize| Arc::clone(chunk.as_struct().column(at));
    let is_plain = |lengths: ArrayRef| lengths.null_count() == lengths.len();
    if chunks.iter().all(|chunk| is_plain(part(chunk, 1))) {
        let lists: Vec<ArrayRef> = chunks.iter().map(|chunk| part(chunk, 0)).collect();
        return list(&lists, element);
    }
    list(chunks, array)
}

/// One value of a column of arrays: a vector, or an array of several dimensions.
pub(super) fn array(arrays: &ArrayRef, row: usize) -> Result<Owned, Failure> {
    let parts = arrays.as_struct();
    let (lists, dimensions) = (parts.column(0), parts.column(1));
    if dimensions.is_null(row) {
        return element(lists, row);
    }
    let values = lists.as_list::<i32>().value(row);
    if matches!(values.data_type(), DataType::Struct(fields) if !is_array(fields)) {
        return Err(Failure::NoPlace(
            "R has no type for arrays of composites that have several dimensions".into(),
        ));
    }
    let lengths = dimensions.as_list::<i32>().value(row);
    let lengths = lengths.as_primitive::<Int32Type>().values();
    let values = take(&values, &first_to_last(lengths)?, None)?;
    let mut made = vector(values.data_type(), std::slice::from_ref(&values))?;
    let dim = Owned::integers(lengths.len(), |values| values.copy_from_slice(lengths))?;
    made.set_attribute(c"dim", &dim)?;
    Ok(made)
}

/// Where the elements are that R wants in turn: PostgreSQL's go by the last dimension first, R's by the
/// first.
fn first_to_last(lengths: &[i32]) -> Result<UInt32Array, Failure> {
    let unfit = || Failure::Argument("an array that does not fill its dimensions");
    let lengths: Vec<usize> = lengths
        .iter()
        .map(|length| usize::try_from(*length).map_err(|_| unfit()))
        .collect::<Result<_, _>>()?;
    let mut steps = vec![1_usize; lengths.len()];
    for at in (1..lengths.len()).rev() {
        steps[at - 1] = steps[at].saturating_mul(lengths[at]);
    }
    let count = lengths.iter().product::<usize>();
    let mut indices = Vec::with_capacity(count);
    let mut place = vec![0_usize; lengths.len()];
    for _ in 0..count {
        let index: usize = place.iter().zip(&steps).map(|(at, step)| at * step).sum();
        indices.push(u32::try_from(index).map_err(|_| unfit())?);
        for (at, length) in place.iter_mut().zip(&lengths) {
            *at += 1;
            if *at < *length {
                break;
            }
            *at = 0;
        }
    }
    Ok(UInt32Array::from(indices))
}

/// A data frame; where the whole is null, so are all its columns.
fn structs(fields: &Fields, chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    let mut made = Owned::list(fields.len())?;
    for (index, field) in fields.iter().enumerate() {
        let parts: Vec<ArrayRef> = chunks
            .iter()
            .map(|chunk| cells::field(chunk.as_struct(), index))
            .collect::<Result<_, _>>()?;
        made.set(index, &vector(field.data_type(), &parts)?);
    }
    let labels = fields.iter().map(|field| Some(field.name().as_str()));
    into_frame(made, &Owned::texts(labels)?, rows(chunks))
}
