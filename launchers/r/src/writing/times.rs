//! What R keeps as numbers with a class: dates, moments, spans and times of day.

use super::numbers::converted;
use crate::Failure;
use crate::r::{Kind, NA_INTEGER, Value};
use arrow_array::ArrayRef;
use arrow_array::types::{
    Date32Type, DurationMicrosecondType, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_schema::{DataType, TimeUnit};
use std::ops::Range;
use std::sync::Arc;

const MICROS: f64 = 1e6;
const DAY: f64 = 86_400.0;

/// Seconds in a unit of `difftime`.
pub(crate) fn seconds_of(unit: Option<&str>) -> f64 {
    match unit {
        Some("mins") => 60.0,
        Some("hours") => 3600.0,
        Some("days") => DAY,
        Some("weeks") => 7.0 * DAY,
        _ => 1.0,
    }
}

/// What a number of the column counts, and as what it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// `Date`: days. So many seconds in R's unit where a moment is wanted as a date.
    Days { per_day: f64 },
    /// `POSIXct`: seconds.
    Moments { zoned: bool },
    /// `difftime`: so many seconds each.
    Spans { seconds: f64 },
    /// The same, or `ITime`, where it is a time of day.
    Times { seconds: f64 },
}

impl Unit {
    /// None for plain numbers.
    pub fn of(value: Value<'_>, wanted: Option<&DataType>) -> Result<Option<Self>, Failure> {
        if value.inherits(c"Date") {
            return Ok(Some(Unit::Days { per_day: 1.0 }));
        }
        if value.inherits(c"POSIXct") {
            return Ok(Some(match wanted {
                Some(DataType::Date32) => Unit::Days { per_day: DAY },
                // The launcher has made a wall clock of it.
                Some(DataType::Timestamp(_, None) | DataType::Time64(_)) => {
                    Unit::Moments { zoned: false }
                }
                _ => Unit::Moments { zoned: true },
            }));
        }
        if value.inherits(c"ITime") {
            return Ok(Some(Unit::Times { seconds: 1.0 }));
        }
        if !value.inherits(c"difftime") {
            return Ok(None);
        }
        let seconds = seconds_of(value.attribute(c"units")?.scalar_text()?.as_deref());
        let is_time = match wanted {
            Some(kind) => matches!(kind, DataType::Time64(_)),
            None => value.inherits(c"hms"),
        };
        Ok(Some(if is_time {
            Unit::Times { seconds }
        } else {
            Unit::Spans { seconds }
        }))
    }

    fn data_type(self) -> DataType {
        match self {
            Unit::Days { .. } => DataType::Date32,
            Unit::Moments { zoned } => {
                DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| "UTC".into()))
            }
            Unit::Spans { .. } => DataType::Duration(TimeUnit::Microsecond),
            Unit::Times { .. } => DataType::Time64(TimeUnit::Microsecond),
        }
    }
}

/// Whole seconds apart, so that as many digits as a double has of a second are right.
pub(crate) fn micros(seconds: f64) -> i64 {
    let whole = seconds.floor();
    let fraction = ((seconds - whole) * MICROS).round();
    (whole as i64)
        .saturating_mul(MICROS as i64)
        .saturating_add(fraction as i64)
}

pub(super) struct Moments<'a> {
    values: Values<'a>,
    unit: Unit,
}

/// R keeps them as doubles, after some calculations as integers.
#[derive(Clone, Copy)]
enum Values<'a> {
    Doubles(&'a [f64]),
    Integers(&'a [i32]),
}

impl<'a> Moments<'a> {
    pub fn of(value: Value<'a>, unit: Unit) -> Result<Self, Failure> {
        let values = if value.kind() == Kind::Double {
            Values::Doubles(value.doubles()?)
        } else {
            Values::Integers(value.integers()?)
        };
        Ok(Moments { values, unit })
    }

    pub fn len(&self) -> usize {
        match self.values {
            Values::Doubles(values) => values.len(),
            Values::Integers(values) => values.len(),
        }
    }

    pub fn is_missing(&self) -> bool {
        match self.values {
            Values::Doubles(values) => values.iter().all(|value| !value.is_finite()),
            Values::Integers(values) => values.iter().all(|value| *value == NA_INTEGER),
        }
    }

    pub fn data_type(&self) -> DataType {
        self.unit.data_type()
    }

    pub fn array(&self, range: Range<usize>) -> ArrayRef {
        match self.values {
            Values::Doubles(values) => self.convert(&values[range]),
            Values::Integers(values) => {
                let double = |value: &i32| match *value {
                    NA_INTEGER => f64::NAN,
                    value => f64::from(value),
                };
                let values: Vec<f64> = values[range].iter().map(double).collect();
                self.convert(&values)
            }
        }
    }

    /// Infinite ones are null like NA: Arrow has no such dates.
    fn convert(&self, values: &[f64]) -> ArrayRef {
        let missing = |value: &f64| !value.is_finite();
        match self.unit {
            Unit::Days { per_day } => {
                Arc::new(converted::<Date32Type, _>(values, missing, |value| {
                    (value / per_day).floor() as i32
                }))
            }
            Unit::Moments { zoned } => {
                let array = converted::<TimestampMicrosecondType, _>(values, missing, micros);
                Arc::new(array.with_timezone_opt(zoned.then_some("UTC")))
            }
            Unit::Spans { seconds } => Arc::new(converted::<DurationMicrosecondType, _>(
                values,
                missing,
                |value| micros(value * seconds),
            )),
            Unit::Times { seconds } => Arc::new(converted::<Time64MicrosecondType, _>(
                values,
                missing,
                |value| micros(value * seconds),
            )),
        }
    }
}
