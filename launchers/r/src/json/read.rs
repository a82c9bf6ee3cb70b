//! JSON into R: objects as named lists; arrays of numbers, of texts or of truth values (null among them
//! as NA) as vectors, all others as lists.

use crate::Failure;
use crate::r::{NA_INTEGER, NA_REAL, Owned};
use serde_json::Value;

pub(crate) fn read(text: &str) -> Result<Owned, Failure> {
    let value = serde_json::from_str(text).map_err(|_| Failure::Argument("malformed JSON"))?;
    own(&value)
}

fn own(value: &Value) -> Result<Owned, Failure> {
    match value {
        Value::Array(values) => array(values),
        Value::Object(members) => {
            let mut made = Owned::list(members.len())?;
            for (index, member) in members.values().enumerate() {
                made.set(index, &own(member)?);
            }
            let names: Vec<&str> = members.keys().map(String::as_str).collect();
            let names = Owned::texts(names.iter().map(|name| Some(*name)))?;
            made.set_attribute(c"names", &names)?;
            Ok(made)
        }
        // Inside of a list NULL is the likeness of null; it keeps its place there.
        Value::Null => Ok(Owned::null()?),
        scalar => vector(std::slice::from_ref(scalar)).unwrap_or(Err(Failure::Argument("JSON"))),
    }
}

fn array(values: &[Value]) -> Result<Owned, Failure> {
    if let Some(vector) = vector(values) {
        return vector;
    }
    let mut made = Owned::list(values.len())?;
    for (index, value) in values.iter().enumerate() {
        made.set(index, &own(value)?);
    }
    Ok(made)
}

/// Scalars of one type as a vector; None if they are not, or all null, or none at all.
fn vector(values: &[Value]) -> Option<Result<Owned, Failure>> {
    let all = |fits: fn(&Value) -> bool| {
        values.iter().all(|value| fits(value) || value.is_null())
            && values.iter().any(|value| !value.is_null())
    };
    let made = if all(Value::is_boolean) {
        Owned::logicals(values.len(), |made| {
            for (made, value) in made.iter_mut().zip(values) {
                *made = value.as_bool().map_or(NA_INTEGER, i32::from);
            }
        })
    } else if all(|value| integer(value).is_some()) {
        Owned::integers(values.len(), |made| {
            for (made, value) in made.iter_mut().zip(values) {
                *made = integer(value).unwrap_or(NA_INTEGER);
            }
        })
    } else if all(Value::is_number) {
        Owned::doubles(values.len(), |made| {
            for (made, value) in made.iter_mut().zip(values) {
                *made = double(value).unwrap_or(NA_REAL);
            }
        })
    } else if all(Value::is_string) {
        Owned::texts(values.iter().map(Value::as_str))
    } else {
        return None;
    };
    Some(made.map_err(Failure::from))
}

/// Infinite beyond what a double can hold.
fn double(value: &Value) -> Option<f64> {
    value.as_number()?.as_str().parse().ok()
}

/// A number that R has as an integer.
fn integer(value: &Value) -> Option<i32> {
    let number = i32::try_from(value.as_i64()?).ok()?;
    (number != NA_INTEGER).then_some(number)
}
