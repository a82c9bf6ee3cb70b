//! Integers and doubles: as what is wanted where every value is exactly that, else as they are.

use crate::Failure;
use crate::r::{NA_INTEGER, Value};
use arrow_array::types::{
    ArrowPrimitiveType, Float64Type, Int16Type, Int32Type, Int64Type, UInt32Type,
};
use arrow_array::{ArrayRef, Float64Array, Int32Array, PrimitiveArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use num_traits::AsPrimitive;
use std::ops::Range;
use std::sync::Arc;

/// The validity of values, None if all are valid.
pub(super) fn nulls<T>(values: &[T], missing: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    if !values.iter().any(&missing) {
        return None;
    }
    let valid = BooleanBuffer::collect_bool(values.len(), |row| !missing(&values[row]));
    Some(NullBuffer::new(valid))
}

/// `values` converted one by one; what is missing becomes null.
pub(super) fn converted<T: ArrowPrimitiveType, V: Copy>(
    values: &[V],
    missing: impl Fn(&V) -> bool,
    convert: impl Fn(V) -> T::Native,
) -> PrimitiveArray<T> {
    let buffer: ScalarBuffer<T::Native> = values.iter().map(|value| convert(*value)).collect();
    PrimitiveArray::new(buffer, nulls(values, missing))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Int16,
    Int32,
    Int64,
    UInt32,
    Float64,
}

impl Target {
    fn of(wanted: Option<&DataType>) -> Option<Self> {
        Some(match wanted? {
            DataType::Int16 => Target::Int16,
            DataType::Int32 => Target::Int32,
            DataType::Int64 => Target::Int64,
            DataType::UInt32 => Target::UInt32,
            DataType::Float64 => Target::Float64,
            _ => return None,
        })
    }

    fn data_type(self) -> DataType {
        match self {
            Target::Int16 => DataType::Int16,
            Target::Int32 => DataType::Int32,
            Target::Int64 => DataType::Int64,
            Target::UInt32 => DataType::UInt32,
            Target::Float64 => DataType::Float64,
        }
    }

    /// `values`, which all fit; what is missing becomes null.
    fn array<V: Number>(self, values: &[V], missing: impl Fn(&V) -> bool) -> ArrayRef {
        match self {
            Target::Int16 => Arc::new(converted::<Int16Type, _>(values, missing, V::as_)),
            Target::Int32 => Arc::new(converted::<Int32Type, _>(values, missing, V::as_)),
            Target::Int64 => Arc::new(converted::<Int64Type, _>(values, missing, V::as_)),
            Target::UInt32 => Arc::new(converted::<UInt32Type, _>(values, missing, V::as_)),
            Target::Float64 => Arc::new(converted::<Float64Type, _>(values, missing, V::as_)),
        }
    }
}

/// What becomes any of the targets by Rust's `as`.
trait Number:
    AsPrimitive<i16> + AsPrimitive<i32> + AsPrimitive<i64> + AsPrimitive<u32> + AsPrimitive<f64>
{
}

impl Number for i32 {}
impl Number for f64 {}

pub(super) struct Integers {
    values: ScalarBuffer<i32>,
    target: Target,
}

impl Integers {
    pub fn is_missing(&self) -> bool {
        self.values.iter().all(|value| *value == NA_INTEGER)
    }

    pub fn of(value: Value<'_>, wanted: Option<&DataType>) -> Result<Self, Failure> {
        let values = value.lent_integers()?;
        let all = |range: Range<i64>| {
            let mut given = values.iter().filter(|value| **value != NA_INTEGER);
            given.all(|value| range.contains(&i64::from(*value)))
        };
        let target = Target::of(wanted).filter(|target| match target {
            Target::Int16 => all(i64::from(i16::MIN)..i64::from(i16::MAX) + 1),
            Target::UInt32 => all(0..i64::MAX),
            Target::Int32 | Target::Int64 | Target::Float64 => true,
        });
        Ok(Integers {
            values,
            target: target.unwrap_or(Target::Int32),
        })
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn data_type(&self) -> DataType {
        self.target.data_type()
    }

    pub fn array(&self, range: Range<usize>) -> ArrayRef {
        let missing = |value: &i32| *value == NA_INTEGER;
        let values = self.values.slice(range.start, range.len());
        match self.target {
            Target::Int32 => {
                let nulls = nulls(&values, missing);
                Arc::new(Int32Array::new(values, nulls))
            }
            target => target.array(&values, missing),
        }
    }
}

pub(super) struct Numbers {
    values: ScalarBuffer<f64>,
    target: Target,
    /// Of class `integer64` (of the package bit64): the doubles' bits are the integers.
    bits: bool,
}

impl Numbers {
    pub fn is_missing(&self) -> bool {
        let mut values = self.values.iter();
        match self.bits {
            true => values.all(|value| value.to_bits().cast_signed() == i64::MIN),
            false => values.all(|value| value.is_nan()),
        }
    }

    pub fn of(value: Value<'_>, wanted: Option<&DataType>) -> Result<Self, Failure> {
        let values = value.lent_doubles()?;
        if value.inherits(c"integer64") {
            return Ok(Numbers {
                values,
                target: Target::Int64,
                bits: true,
            });
        }
        // NaN is NULL in every type, and so fits all of them.
        let all = |low: f64, high: f64| {
            let whole = |value: f64| value >= low && value < high && value as i64 as f64 == value;
            values.iter().all(|value| whole(*value) || value.is_nan())
        };
        let target = Target::of(wanted).filter(|target| match target {
            Target::Int16 => all(-32768.0, 32768.0),
            Target::Int32 => all(-2_147_483_648.0, 2_147_483_648.0),
            Target::Int64 => all(-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0),
            Target::UInt32 => all(0.0, 4_294_967_296.0),
            Target::Float64 => true,
        });
        Ok(Numbers {
            values,
            target: target.unwrap_or(Target::Float64),
            bits: false,
        })
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn data_type(&self) -> DataType {
        self.target.data_type()
    }

    pub fn array(&self, range: Range<usize>) -> ArrayRef {
        let values = self.values.slice(range.start, range.len());
        if self.bits {
            let missing = |value: &f64| value.to_bits() as i64 == i64::MIN;
            return Arc::new(converted::<Int64Type, _>(&values, missing, |v| {
                v.to_bits() as i64
            }));
        }
        match self.target {
            // R's own memory: NaN, which NA is too, is NULL to the backend in every type.
            Target::Float64 => Arc::new(Float64Array::new(values, None)),
            target => target.array(&values, |value| value.is_nan()),
        }
    }
}
