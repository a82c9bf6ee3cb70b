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
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_schema::{DataType, Fields, IntervalUnit, TimeUnit};

/// `chunks`: arrays of type `kind`, maybe none.
pub(super) fn vector(kind: &DataType, chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    match kind {
        DataType::Boolean => logicals(chunks),
        DataType::Int16 => integers::<Int16Type>(chunks),
        DataType::Int32 => integers::<Int32Type>(chunks),
        DataType::Int64 => doubles::<Int64Type>(chunks, |value| value as f64),
        DataType::UInt32 => doubles::<UInt32Type>(chunks, f64::from),
        DataType::Float32 => doubles::<Float32Type>(chunks, f64::from),
        DataType::Float64 => doubles::<Float64Type>(chunks, |value| value),
        DataType::Date32 => dates(chunks),
        DataType::Timestamp(TimeUnit::Microsecond, _) => moments(chunks),
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
        DataType::List(_) => lists(chunks),
        DataType::Struct(fields) => structs(fields, chunks),
        _ => Err(Failure::Argument("a column of an unknown type")),
    }
}

fn rows(chunks: &[ArrayRef]) -> usize {
    chunks.iter().map(|chunk| chunk.len()).sum()
}

/// Calls `fill` with each chunk and its part of `values`.
fn each<'v, T>(
    chunks: &[ArrayRef],
    mut values: &'v mut [T],
    fill: impl Fn(&ArrayRef, &'v mut [T]),
) {
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

fn logicals(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    let made = Owned::logicals(rows(chunks), |values| {
        each(chunks, values, |chunk, part| {
            for (value, bit) in part.iter_mut().zip(chunk.as_boolean().values().iter()) {
                *value = i32::from(bit);
            }
            mask(chunk, part, NA_INTEGER);
        });
    })?;
    Ok(made)
}

/// R's smallest integer is its NA: a column that has it as a value is of doubles.
fn integers<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> Result<Owned, Failure>
where
    T::Native: Into<i32> + Into<f64>,
{
    let is_na = |array: &PrimitiveArray<T>| {
        let mut values = array.values().iter().enumerate();
        values.any(|(row, value)| Into::<i32>::into(*value) == NA_INTEGER && array.is_valid(row))
    };
    if chunks.iter().any(|chunk| is_na(chunk.as_primitive::<T>())) {
        return doubles::<T>(chunks, Into::into);
    }
    let made = Owned::integers(rows(chunks), |values| {
        each(chunks, values, |chunk, part| {
            let array = chunk.as_primitive::<T>();
            for (value, given) in part.iter_mut().zip(array.values()) {
                *value = (*given).into();
            }
            mask(array, part, NA_INTEGER);
        });
    })?;
    Ok(made)
}

fn doubles<T: ArrowPrimitiveType>(
    chunks: &[ArrayRef],
    convert: impl Fn(T::Native) -> f64,
) -> Result<Owned, Failure> {
    let made = Owned::doubles(rows(chunks), |values| {
        each(chunks, values, |chunk, part| {
            let array = chunk.as_primitive::<T>();
            for (value, given) in part.iter_mut().zip(array.values()) {
                *value = convert(*given);
            }
            mask(array, part, NA_REAL);
        });
    })?;
    Ok(made)
}

fn dates(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    let mut made = doubles::<Date32Type>(chunks, f64::from)?;
    made.set_class(&["Date"])?;
    Ok(made)
}

/// With and without time zone alike: R's moments are seconds since 1970-01-01 UTC.
fn moments(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    let mut made = doubles::<TimestampMicrosecondType>(chunks, |micros| micros as f64 / 1e6)?;
    made.set_class(&["POSIXct", "POSIXt"])?;
    made.set_attribute(c"tzone", &Owned::text("UTC")?)?;
    Ok(made)
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

fn lists(chunks: &[ArrayRef]) -> Result<Owned, Failure> {
    list(chunks, element)
}

/// One value of a column of lists.
pub(super) fn element(lists: &ArrayRef, row: usize) -> Result<Owned, Failure> {
    let values = lists.as_list::<i32>().value(row);
    vector(values.data_type(), std::slice::from_ref(&values))
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
