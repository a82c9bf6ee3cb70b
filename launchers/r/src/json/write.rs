//! R into JSON that jsonb takes: vectors of length one as scalars (unless of class `AsIs`), others as
//! arrays, what has names as objects, data frames as arrays of rows.

use crate::Failure;
use crate::r::{Kind, NA_INTEGER, Value};
use std::fmt::Write;

/// Containers inside each other at most.
const DEPTH: usize = 100;

const NO_PLACE: &str = "which has no place in jsonb";

/// Of each value of a list, or each row of a data frame.
pub(super) fn texts(values: Value<'_>) -> Result<Vec<String>, Failure> {
    let text = |put: &dyn Fn(&mut String) -> Result<(), Failure>| {
        let mut out = String::new();
        put(&mut out).map(|()| out)
    };
    if values.inherits(c"data.frame") {
        let frame = Frame::of(values, 0)?;
        let rows = 0..frame.rows();
        rows.map(|row| text(&|out| frame.put(out, row, 0)))
            .collect()
    } else {
        let values = values.elements();
        values
            .map(|value| text(&|out| put(out, value, 0)))
            .collect()
    }
}

fn put(out: &mut String, value: Value<'_>, depth: usize) -> Result<(), Failure> {
    check(depth)?;
    match value.kind() {
        Kind::Null => out.push_str("null"),
        Kind::Raw => {
            out.push_str("\"\\\\x");
            for byte in value.bytes()? {
                let _ = write!(out, "{byte:02x}");
            }
            out.push('"');
        }
        Kind::List if value.inherits(c"data.frame") => rows(out, value, depth)?,
        Kind::List => members(out, value, value.len(), |out, index| {
            put(out, value.element(index), depth + 1)
        })?,
        Kind::Logical | Kind::Integer | Kind::Double | Kind::Character => {
            let scalars = Scalars::of(value)?;
            let named = value.names()?.len() > 0;
            if value.len() == 1 && !named && !value.inherits(c"AsIs") {
                scalars.put(out, 0)?;
            } else {
                members(out, value, value.len(), |out, index| {
                    scalars.put(out, index)
                })?;
            }
        }
        Kind::Complex | Kind::Other => {
            let why = format!("is of type {}, {NO_PLACE}", value.type_name());
            return Err(Failure::NoPlace(why));
        }
    }
    Ok(())
}

fn check(depth: usize) -> Result<(), Failure> {
    if depth > DEPTH {
        let why = format!("is nested more than {DEPTH} levels deep");
        return Err(Failure::NoPlace(why));
    }
    Ok(())
}

/// An object if `value` has names, else an array.
fn members(
    out: &mut String,
    value: Value<'_>,
    count: usize,
    mut member: impl FnMut(&mut String, usize) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let names = value.names()?;
    let named = names.len() == count && count > 0;
    out.push(if named { '{' } else { '[' });
    for index in 0..count {
        if index > 0 {
            out.push_str(", ");
        }
        if named {
            quoted(out, &label(names.get(index))?);
            out.push_str(": ");
        }
        member(out, index)?;
    }
    out.push(if named { '}' } else { ']' });
    Ok(())
}

fn rows(out: &mut String, value: Value<'_>, depth: usize) -> Result<(), Failure> {
    let frame = Frame::of(value, depth)?;
    out.push('[');
    for row in 0..frame.rows() {
        if row > 0 {
            out.push_str(", ");
        }
        frame.put(out, row, depth)?;
    }
    out.push(']');
    Ok(())
}

struct Frame<'a> {
    value: Value<'a>,
    columns: Vec<Cells<'a>>,
}

/// A data frame's column.
enum Cells<'a> {
    Scalars(Scalars<'a>, usize),
    List(Value<'a>),
    Frame(Frame<'a>),
}

impl<'a> Frame<'a> {
    fn of(value: Value<'a>, depth: usize) -> Result<Self, Failure> {
        check(depth)?;
        let columns = value.elements().map(|column| match column.kind() {
            Kind::List if column.inherits(c"data.frame") => {
                Frame::of(column, depth + 1).map(Cells::Frame)
            }
            Kind::List => Ok(Cells::List(column)),
            Kind::Logical | Kind::Integer | Kind::Double | Kind::Character => {
                Ok(Cells::Scalars(Scalars::of(column)?, column.len()))
            }
            _ => {
                let why = format!("has a column of type {}, {NO_PLACE}", column.type_name());
                Err(Failure::NoPlace(why))
            }
        });
        Ok(Frame {
            value,
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, Cells::len)
    }

    /// One row, as an object.
    fn put(&self, out: &mut String, row: usize, depth: usize) -> Result<(), Failure> {
        members(
            out,
            self.value,
            self.columns.len(),
            |out, index| match &self.columns[index] {
                cells if row >= cells.len() => {
                    Err(Failure::NoPlace("is a data frame of uneven columns".into()))
                }
                Cells::Scalars(scalars, _) => scalars.put(out, row),
                Cells::List(list) => put(out, list.element(row), depth + 1),
                Cells::Frame(frame) => frame.put(out, row, depth + 1),
            },
        )
    }
}

impl Cells<'_> {
    fn len(&self) -> usize {
        match self {
            Cells::Scalars(_, length) => *length,
            Cells::List(list) => list.len(),
            Cells::Frame(frame) => frame.rows(),
        }
    }
}

fn label(
    name: Option<Result<std::borrow::Cow<'_, str>, crate::r::NoText<'_>>>,
) -> Result<String, Failure> {
    match name {
        Some(Ok(name)) => Ok(name.into_owned()),
        None => Ok("NA".into()),
        Some(Err(_)) => Err(Failure::NoPlace(
            "has a name that is not valid UTF-8".into(),
        )),
    }
}

/// A vector whose elements each become a JSON scalar.
enum Scalars<'a> {
    Logicals(&'a [i32]),
    Integers(&'a [i32]),
    Numbers(&'a [f64]),
    /// Of class `integer64`.
    Bits(&'a [f64]),
    Dates(Vec<f64>),
    Moments(Vec<f64>),
    /// Seconds.
    Spans(Vec<f64>),
    Texts(crate::r::Strings<'a>),
    Factor(&'a [i32], crate::r::Strings<'a>),
}

impl<'a> Scalars<'a> {
    fn of(value: Value<'a>) -> Result<Self, Failure> {
        Ok(match value.kind() {
            Kind::Logical => Scalars::Logicals(value.logicals()?),
            Kind::Character => Scalars::Texts(value.strings()?),
            Kind::Integer if value.inherits(c"factor") => {
                Scalars::Factor(value.integers()?, value.attribute(c"levels")?.strings()?)
            }
            _ if value.inherits(c"Date") => Scalars::Dates(doubles(value)?),
            _ if value.inherits(c"POSIXct") => Scalars::Moments(doubles(value)?),
            _ if value.inherits(c"difftime") => {
                let units = value.attribute(c"units")?.scalar_text()?;
                let seconds = crate::writing::seconds_of(units.as_deref());
                Scalars::Spans(
                    doubles(value)?
                        .into_iter()
                        .map(|span| span * seconds)
                        .collect(),
                )
            }
            Kind::Integer => Scalars::Integers(value.integers()?),
            _ if value.inherits(c"integer64") => Scalars::Bits(value.doubles()?),
            _ => Scalars::Numbers(value.doubles()?),
        })
    }

    fn put(&self, out: &mut String, index: usize) -> Result<(), Failure> {
        match self {
            Scalars::Logicals(values) => out.push_str(match values[index] {
                NA_INTEGER => "null",
                0 => "false",
                _ => "true",
            }),
            Scalars::Integers(values) => integer(out, values[index]),
            Scalars::Numbers(values) => number(out, values[index]),
            Scalars::Bits(values) => match values[index].to_bits() as i64 {
                i64::MIN => out.push_str("null"),
                value => {
                    let _ = write!(out, "{value}");
                }
            },
            Scalars::Dates(values) => match values[index] {
                days if days.is_finite() => quoted(out, &times::date(days.floor() as i64)),
                _ => out.push_str("null"),
            },
            Scalars::Moments(values) => match values[index] {
                seconds if seconds.is_finite() => quoted(out, &times::moment(seconds)),
                _ => out.push_str("null"),
            },
            Scalars::Spans(values) => match values[index] {
                seconds if seconds.is_finite() => quoted(out, &times::span(seconds)),
                _ => out.push_str("null"),
            },
            Scalars::Texts(strings) => string(out, *strings, index)?,
            Scalars::Factor(codes, levels) => match codes[index] {
                NA_INTEGER => out.push_str("null"),
                code => match usize::try_from(code - 1) {
                    Ok(level) if level < levels.len() => string(out, *levels, level)?,
                    _ => out.push_str("null"),
                },
            },
        }
        Ok(())
    }
}

fn doubles(value: Value<'_>) -> Result<Vec<f64>, Failure> {
    Ok(match value.kind() {
        Kind::Integer => value
            .integers()?
            .iter()
            .map(|value| match *value {
                NA_INTEGER => f64::NAN,
                value => f64::from(value),
            })
            .collect(),
        _ => value.doubles()?.to_vec(),
    })
}

fn integer(out: &mut String, value: i32) {
    let _ = match value {
        NA_INTEGER => write!(out, "null"),
        value => write!(out, "{value}"),
    };
}

/// As PostgreSQL's to_jsonb has it: whole numbers without a point, infinity as text.
fn number(out: &mut String, value: f64) {
    let _ = match value {
        value if value.is_nan() => write!(out, "null"),
        f64::INFINITY => write!(out, "\"Infinity\""),
        f64::NEG_INFINITY => write!(out, "\"-Infinity\""),
        // The shortest digits that mean this value; far from 1 with an exponent.
        value if value != 0.0 && !(1e-5..1e16).contains(&value.abs()) => write!(out, "{value:e}"),
        value => write!(out, "{value}"),
    };
}

fn string(out: &mut String, strings: crate::r::Strings<'_>, index: usize) -> Result<(), Failure> {
    match strings.get(index) {
        None => out.push_str("null"),
        Some(Ok(text)) => quoted(out, &text),
        Some(Err(_)) => {
            return Err(Failure::NoPlace(
                "holds a string that is not valid UTF-8".into(),
            ));
        }
    }
    Ok(())
}

pub(super) fn quoted(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Numbers with a class in the words of ISO 8601, as PostgreSQL reads them.
mod times {
    const DAY: i64 = 86_400;

    /// Days since 1970-01-01. https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    pub fn date(days: i64) -> String {
        let days = days.clamp(-1_000_000_000, 1_000_000_000) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year + era * 400 + i64::from(month <= 2);
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Seconds since 1970-01-01 UTC.
    pub fn moment(seconds: f64) -> String {
        let micros = crate::writing::micros(seconds);
        let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        let (days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let fraction = digits(fraction);
        format!(
            "{}T{hour:02}:{minute:02}:{second:02}{fraction}+00:00",
            date(days)
        )
    }

    pub fn span(seconds: f64) -> String {
        let micros = (seconds * 1e6).round() as i64;
        let sign = if micros < 0 { "-" } else { "" };
        let micros = micros.unsigned_abs() as i64;
        let fraction = digits(micros % 1_000_000);
        format!("PT{sign}{}{fraction}S", micros / 1_000_000)
    }

    fn digits(micros: i64) -> String {
        if micros == 0 {
            return String::new();
        }
        format!(".{}", format!("{micros:06}").trim_end_matches('0'))
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn moments_are_as_postgresql_reads_them() {
            assert_eq!(super::date(0), "1970-01-01");
            assert_eq!(super::date(-719_468), "0000-03-01");
            assert_eq!(super::date(19_782), "2024-02-29");
            assert_eq!(super::moment(-0.5), "1969-12-31T23:59:59.5+00:00");
            assert_eq!(super::moment(1_709_209_800.0), "2024-02-29T12:30:00+00:00");
            assert_eq!(super::span(-1.25), "PT-1.25S");
        }
    }
}
