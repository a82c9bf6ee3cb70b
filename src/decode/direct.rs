//! The fast way of values that come as the declared type: their bytes go into the tuple as they are,
//! and what could be wrong with one of them is looked for in the whole column first.

use super::way::Way;
use crate::memory::{self, NoMemory};
use crate::pg::tuple::{CONTENT_MOST, Tuples};
use crate::types::{Natural, kind};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericStringArray, OffsetSizeTrait, RecordBatch,
};
use arrow_buffer::NullBuffer;
use arrow_schema::TimeUnit;

/// One column of a batch.
pub struct Direct<'a> {
    values: Values<'a>,
    nulls: Option<&'a NullBuffer>,
}

enum Values<'a> {
    Bool(&'a BooleanArray),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    /// None of these is NaN.
    Float32Numbers(&'a [f32]),
    Float64Numbers(&'a [f64]),
    Date(&'a [i32]),
    Timestamp(&'a [i64]),
    Text(&'a GenericStringArray<i32>),
    LargeText(&'a GenericStringArray<i64>),
}

/// The columns of a batch; None for one that has more to do. `utf8`: text is stored as it comes.
pub fn of_batch<'a>(
    batch: &'a RecordBatch,
    ways: &[Way],
    utf8: bool,
) -> Result<Vec<Option<Direct<'a>>>, NoMemory> {
    let columns = batch.columns().iter().zip(ways);
    memory::collect(columns.map(|(array, way)| Direct::of(array, way.same()?, utf8)))
}

impl<'a> Direct<'a> {
    /// None where there may be something to convert, or wrong.
    pub fn of(array: &'a ArrayRef, natural: Natural, utf8: bool) -> Option<Self> {
        let values = match natural {
            Natural::Bool => Values::Bool(array.as_boolean()),
            Natural::Int16 => Values::Int16(array.as_primitive::<Int16Type>().values()),
            Natural::Int32 => Values::Int32(array.as_primitive::<Int32Type>().values()),
            Natural::Int64 => Values::Int64(array.as_primitive::<Int64Type>().values()),
            Natural::Float32 => {
                let values = array.as_primitive::<Float32Type>().values();
                match any(values, |value| value.is_nan()) {
                    true => Values::Float32(values),
                    false => Values::Float32Numbers(values),
                }
            }
            Natural::Float64 => {
                let values = array.as_primitive::<Float64Type>().values();
                match any(values, |value| value.is_nan()) {
                    true => Values::Float64(values),
                    false => Values::Float64Numbers(values),
                }
            }
            Natural::Date32 => {
                let values = array.as_primitive::<Date32Type>().values();
                (!any(values, |days| kind::pg_date(*days).is_none())).then_some(())?;
                Values::Date(values)
            }
            Natural::Timestamp {
                unit: TimeUnit::Microsecond,
                ..
            } => {
                let values = array.as_primitive::<TimestampMicrosecondType>().values();
                (!any(values, |micros| kind::pg_timestamp(*micros).is_none())).then_some(())?;
                Values::Timestamp(values)
            }
            Natural::Time64 => {
                let values = array.as_primitive::<Time64MicrosecondType>().values();
                (!any(values, |micros| kind::pg_time(*micros).is_none())).then_some(())?;
                Values::Int64(values)
            }
            Natural::Utf8 if utf8 => {
                let texts = array.as_string::<i32>();
                is_storable(texts).then_some(Values::Text(texts))?
            }
            Natural::LargeUtf8 if utf8 => {
                let texts = array.as_string::<i64>();
                is_storable(texts).then_some(Values::LargeText(texts))?
            }
            _ => return None,
        };
        Some(Direct {
            values,
            nulls: array.nulls().filter(|nulls| nulls.null_count() > 0),
        })
    }

    /// Whether any row is NULL, which NaN is too.
    pub fn has_nulls(&self) -> bool {
        self.nulls.is_some() || matches!(self.values, Values::Float32(_) | Values::Float64(_))
    }

    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(row))
            || match self.values {
                Values::Float32(values) => values[row].is_nan(),
                Values::Float64(values) => values[row].is_nan(),
                _ => false,
            }
    }

    /// The bytes of a value, to which it is aligned; None for text.
    pub fn width(&self) -> Option<usize> {
        match self.values {
            Values::Bool(_) => Some(1),
            Values::Int16(_) => Some(2),
            Values::Int32(_) | Values::Date(_) => Some(4),
            Values::Float32(_) | Values::Float32Numbers(_) => Some(4),
            Values::Int64(_) | Values::Timestamp(_) => Some(8),
            Values::Float64(_) | Values::Float64Numbers(_) => Some(8),
            Values::Text(_) | Values::LargeText(_) => None,
        }
    }

    /// Puts the values of rows from `first` on, none of which is NULL, into rows made for them.
    pub fn fill(&self, first: usize, offset: usize, tuples: &mut Tuples) {
        match self.values {
            Values::Bool(values) => {
                let rows = (first..values.len()).map(|row| [u8::from(values.value(row))]);
                tuples.fill(offset, rows);
            }
            Values::Int16(values) => fill(tuples, offset, &values[first..], |v| v.to_le_bytes()),
            Values::Int32(values) => fill(tuples, offset, &values[first..], |v| v.to_le_bytes()),
            Values::Int64(values) => fill(tuples, offset, &values[first..], |v| v.to_le_bytes()),
            Values::Float32(values) | Values::Float32Numbers(values) => {
                fill(tuples, offset, &values[first..], |v| v.to_le_bytes());
            }
            Values::Float64(values) | Values::Float64Numbers(values) => {
                fill(tuples, offset, &values[first..], |v| v.to_le_bytes());
            }
            Values::Date(values) => {
                let date = |days: i32| (days - kind::EPOCH_DAYS).to_le_bytes();
                fill(tuples, offset, &values[first..], date);
            }
            Values::Timestamp(values) => {
                let timestamp = |micros: i64| (micros - kind::EPOCH_MICROS).to_le_bytes();
                fill(tuples, offset, &values[first..], timestamp);
            }
            Values::Text(_) | Values::LargeText(_) => unreachable!("text has no width"),
        }
    }

    /// The most bytes that a row's value takes in a tuple, its padding and header aside.
    #[inline]
    pub fn length(&self, row: usize) -> usize {
        match self.values {
            Values::Text(texts) => texts.value(row).len(),
            Values::LargeText(texts) => texts.value(row).len(),
            _ => size_of::<u64>(),
        }
    }

    /// Puts a row's value, which is not NULL, into the tuple being formed.
    #[inline]
    pub fn put(&self, row: usize, tuples: &mut Tuples) {
        match self.values {
            Values::Bool(values) => tuples.value([u8::from(values.value(row))]),
            Values::Int16(values) => tuples.value(values[row].to_le_bytes()),
            Values::Int32(values) => tuples.value(values[row].to_le_bytes()),
            Values::Int64(values) => tuples.value(values[row].to_le_bytes()),
            Values::Float32(values) | Values::Float32Numbers(values) => {
                tuples.value(values[row].to_le_bytes());
            }
            Values::Float64(values) | Values::Float64Numbers(values) => {
                tuples.value(values[row].to_le_bytes());
            }
            Values::Date(values) => tuples.value((values[row] - kind::EPOCH_DAYS).to_le_bytes()),
            Values::Timestamp(values) => {
                tuples.value((values[row] - kind::EPOCH_MICROS).to_le_bytes());
            }
            Values::Text(texts) => tuples.varlena(texts.value(row).as_bytes()),
            Values::LargeText(texts) => tuples.varlena(texts.value(row).as_bytes()),
        }
    }
}

fn fill<T: Copy, const N: usize>(
    tuples: &mut Tuples,
    offset: usize,
    values: &[T],
    bytes: impl Fn(T) -> [u8; N],
) {
    tuples.fill(offset, values.iter().map(|value| bytes(*value)));
}

/// Whether one of the values is so. Looks at all of them, which is faster than to stop: NULLs, too,
/// whose values may be anything.
fn any<T>(values: &[T], is_so: impl Fn(&T) -> bool) -> bool {
    values.iter().fold(false, |any, value| any | is_so(value))
}

/// Whether all texts can be stored: no NUL, none too long.
fn is_storable<O: OffsetSizeTrait>(texts: &GenericStringArray<O>) -> bool {
    // What their array shows of a batch, which may hold more.
    let offsets = texts.value_offsets();
    let (start, end) = (offsets[0].as_usize(), offsets[texts.len()].as_usize());
    let bytes = &texts.value_data()[start..end];
    bytes.len() <= CONTENT_MOST && memchr::memchr(0, bytes).is_none()
}
