//! The fast way of numbers that come as the declared type: a datum is the value's own bits, so that
//! nothing is looked up per value.

use super::way::Way;
use crate::types::Natural;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use pgrx::pg_sys::Datum;

/// One column of a batch.
pub struct Direct<'a> {
    values: Values<'a>,
    nulls: Option<&'a NullBuffer>,
}

enum Values<'a> {
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
}

impl<'a> Direct<'a> {
    /// None where the column's way has more to do.
    pub fn of(array: &'a ArrayRef, way: &Way) -> Option<Self> {
        let values = match way.same()? {
            Natural::Int16 => Values::Int16(array.as_primitive::<Int16Type>().values()),
            Natural::Int32 => Values::Int32(array.as_primitive::<Int32Type>().values()),
            Natural::Int64 => Values::Int64(array.as_primitive::<Int64Type>().values()),
            Natural::Float32 => Values::Float32(array.as_primitive::<Float32Type>().values()),
            Natural::Float64 => Values::Float64(array.as_primitive::<Float64Type>().values()),
            _ => return None,
        };
        Some(Direct {
            values,
            nulls: array.nulls(),
        })
    }

    /// None for NULL, which NaN is too.
    #[inline]
    pub fn value(&self, row: usize) -> Option<Datum> {
        if self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(match self.values {
            Values::Int16(values) => Datum::from(values[row]),
            Values::Int32(values) => Datum::from(values[row]),
            Values::Int64(values) => Datum::from(values[row]),
            Values::Float32(values) if values[row].is_nan() => return None,
            Values::Float32(values) => Datum::from(values[row].to_bits()),
            Values::Float64(values) if values[row].is_nan() => return None,
            Values::Float64(values) => Datum::from(values[row].to_bits()),
        })
    }
}
