//! Parameters given as JSON: an object whose members are the script's variables.
//!
//! Their size is the caller's, so nothing is built but what is needed: the members' texts are copied
//! out of the whole, and only those of plain values are read.

use super::RequestError;
use super::unescape::unescape;
use super::weight::Weight;
use launchpad_memory::{self as memory, NoMemory};
use serde::Deserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of the text at most. What is larger is data, for the input query or a row value.
pub const MAX_BYTES: usize = 64 << 20;

/// Values and names in it at most: as jsonb, which the input query gets, each takes up to a hundred
/// bytes of the server process's memory.
pub const MAX_VALUES: usize = 1 << 20;

/// Members at most, as a row has columns.
pub const MAX_PARAMS: usize = 1600;

/// How deep arrays and objects may lie in each other.
const MAX_DEPTH: usize = 128;

/// Characters of a number at most: numeric has no more digits.
const MAX_NUMBER: usize = 150_000;

#[derive(Debug, PartialEq)]
pub struct JsonParam {
    pub name: String,
    pub value: JsonValue,
}

/// A member's value as the script will see it.
#[derive(Debug, PartialEq)]
pub enum JsonValue {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    /// A number that neither of these can hold, as JSON text.
    Number(String),
    Text(String),
    /// An array or object, as JSON text, which the launcher turns into the language's own.
    Nested(String),
}

/// Whether a text of so many bytes is short enough.
pub fn check_length(bytes: usize) -> Result<(), RequestError> {
    match bytes > MAX_BYTES {
        true => Err(RequestError::JsonBytes(bytes)),
        false => Ok(()),
    }
}

/// The members of a JSON object, by name; the last of each name. `rest` runs now and then.
pub fn parse_json(text: &str, rest: impl FnMut()) -> Result<Vec<JsonParam>, RequestError> {
    check_length(text.len())?;
    let weight = Weight::of(text, rest);
    if weight.values() > MAX_VALUES {
        return Err(RequestError::JsonValues(weight.values()));
    }
    if weight.deepest() > MAX_DEPTH {
        let why = format!("it is nested deeper than {MAX_DEPTH} levels");
        return Err(RequestError::Json(why));
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(json)?;
    match first(raw) {
        b'{' => {}
        b'n' => return Ok(Vec::new()),
        b'[' => return Err(RequestError::NotAnObject("an array".into())),
        b't' | b'f' => return Err(RequestError::NotAnObject("a boolean".into())),
        b'"' => return Err(RequestError::NotAnObject("a string".into())),
        _ => return Err(RequestError::NotAnObject("a number".into())),
    }
    let members = serde_json::Deserializer::from_str(raw.get())
        .deserialize_map(Members)
        .map_err(json)?
        .map_err(RequestError::from)?;
    if members.len() > MAX_PARAMS {
        return Err(RequestError::TooManyParams);
    }
    let params = members.into_iter().map(|(name, value)| {
        Ok(JsonParam {
            name,
            value: convert(value)?,
        })
    });
    params.collect()
}

fn json(error: serde_json::Error) -> RequestError {
    RequestError::Json(error.to_string())
}

/// The first character, which tells what a value is.
fn first(value: &RawValue) -> u8 {
    value.get().bytes().next().unwrap_or_default()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Result<BTreeMap<String, &'de RawValue>, NoMemory>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let name = match unescape(name.get()) {
                Ok(name) => name.map_err(M::Error::custom)?,
                Err(refused) => return Ok(Err(refused)),
            };
            members.insert(name, value);
            if members.len() > MAX_PARAMS {
                // The rest is valid, as is known already; the caller sees that there are too many.
                while map.next_entry::<&RawValue, &RawValue>()?.is_some() {}
            }
        }
        Ok(Ok(members))
    }
}

fn convert(value: &RawValue) -> Result<JsonValue, RequestError> {
    let text = value.get();
    Ok(match first(value) {
        b'n' => JsonValue::Null,
        b't' => JsonValue::Bool(true),
        b'f' => JsonValue::Bool(false),
        b'"' => JsonValue::Text(unescape(text)?.map_err(|why| RequestError::Json(why.into()))?),
        b'[' | b'{' => JsonValue::Nested(memory::string(text)?),
        _ if text.len() > MAX_NUMBER => {
            return Err(RequestError::Json("a number has too many digits".into()));
        }
        _ => convert_number(&serde_json::from_str(text).map_err(json)?),
    })
}

fn convert_number(number: &serde_json::Number) -> JsonValue {
    if let Some(value) = number.as_i64() {
        return JsonValue::Integer(value);
    }
    let text = number.as_str();
    let is_integer = text.bytes().all(|c| c == b'-' || c.is_ascii_digit());
    match number.as_f64() {
        Some(value) if !is_integer => JsonValue::Float(value),
        _ => JsonValue::Number(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<JsonParam>, RequestError> {
        parse_json(text, || {})
    }

    #[test]
    fn members_keep_their_types() {
        let params = parse(r#"{"k": 2, "f": 2.5, "s": "x\n", "n": null, "l": [1, 2]}"#).unwrap();
        let value = |name: &str| {
            let param = params.iter().find(|param| param.name == name).unwrap();
            &param.value
        };
        assert_eq!(*value("k"), JsonValue::Integer(2));
        assert_eq!(*value("f"), JsonValue::Float(2.5));
        assert_eq!(*value("s"), JsonValue::Text("x\n".into()));
        assert_eq!(*value("n"), JsonValue::Null);
        assert_eq!(*value("l"), JsonValue::Nested("[1, 2]".into()));
    }

    #[test]
    fn names_are_read_and_the_last_of_each_counts() {
        let params = parse(r#" {"b": 1, "\u0061": 2, "b": true} "#).unwrap();
        let members: Vec<_> = params.iter().map(|param| param.name.as_str()).collect();
        assert_eq!(members, ["a", "b"]);
        assert_eq!(params[1].value, JsonValue::Bool(true));
    }

    #[test]
    fn numbers_beyond_the_machine_keep_their_digits() {
        for text in ["12345678901234567890", "-9223372036854775809", "1e+400"] {
            let params = parse(&format!("{{\"n\": {text}}}")).unwrap();
            assert_eq!(params[0].value, JsonValue::Number(text.into()));
        }
        let params = parse("{\"n\": -9223372036854775808}").unwrap();
        assert_eq!(params[0].value, JsonValue::Integer(i64::MIN));
        let long = format!("{{\"n\": {}}}", "1".repeat(MAX_NUMBER + 1));
        assert!(matches!(parse(&long), Err(RequestError::Json(_))));
    }

    #[test]
    fn anything_but_an_object_is_refused() {
        for (text, kind) in [
            ("[1]", "an array"),
            ("true", "a boolean"),
            (" 2", "a number"),
            ("-2.5", "a number"),
            ("\"x\"", "a string"),
        ] {
            assert_eq!(parse(text), Err(RequestError::NotAnObject(kind.into())));
        }
        for text in ["{", "", "{\"a\": 1} 2", "{a: 1}", "{\"a\": NaN}", "nul"] {
            assert!(matches!(parse(text), Err(RequestError::Json(_))), "{text}");
        }
        assert_eq!(parse("null"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_read() {
        let long = "x".repeat(MAX_BYTES + 1);
        assert_eq!(parse(&long), Err(RequestError::JsonBytes(long.len())));
        let many = format!("{{\"a\": [{}0]}}", "0,".repeat(MAX_VALUES));
        assert!(matches!(parse(&many), Err(RequestError::JsonValues(_))));
        let deep = format!("{{\"a\": {}", "[".repeat(MAX_DEPTH));
        assert!(matches!(parse(&deep), Err(RequestError::Json(_))));
        let members: Vec<_> = (0..=MAX_PARAMS).map(|at| format!("\"p{at}\": 1")).collect();
        let wide = format!("{{{}}}", members.join(", "));
        assert_eq!(parse(&wide), Err(RequestError::TooManyParams));
    }
}
