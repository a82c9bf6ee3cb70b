//! Parameters given as JSON: an object whose members are the script's variables.

use super::RequestError;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub struct JsonParam {
    pub name: String,
    pub value: JsonValue,
}

/// A member's value as the script will see it.
#[derive(Debug, Clone, PartialEq)]
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

/// The members of a JSON object, in its order.
pub fn parse_json(text: &str) -> Result<Vec<JsonParam>, RequestError> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| RequestError::Json(error.to_string()))?;
    let object = match value {
        Value::Object(object) => object,
        Value::Null => return Ok(Vec::new()),
        Value::Array(_) => return Err(RequestError::NotAnObject("an array".into())),
        Value::Bool(_) => return Err(RequestError::NotAnObject("a boolean".into())),
        Value::Number(_) => return Err(RequestError::NotAnObject("a number".into())),
        Value::String(_) => return Err(RequestError::NotAnObject("a string".into())),
    };
    Ok(object
        .into_iter()
        .map(|(name, value)| JsonParam {
            name,
            value: convert(value),
        })
        .collect())
}

fn convert(value: Value) -> JsonValue {
    match value {
        Value::Null => JsonValue::Null,
        Value::Bool(value) => JsonValue::Bool(value),
        Value::Number(number) => convert_number(&number),
        Value::String(text) => JsonValue::Text(text),
        nested => JsonValue::Nested(nested.to_string()),
    }
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

    #[test]
    fn members_keep_their_types() {
        let params = parse_json(r#"{"k": 2, "f": 2.5, "s": "x", "n": null, "l": [1, 2]}"#).unwrap();
        let value = |name: &str| {
            let param = params.iter().find(|param| param.name == name).unwrap();
            param.value.clone()
        };
        assert_eq!(value("k"), JsonValue::Integer(2));
        assert_eq!(value("f"), JsonValue::Float(2.5));
        assert_eq!(value("s"), JsonValue::Text("x".into()));
        assert_eq!(value("n"), JsonValue::Null);
        assert_eq!(value("l"), JsonValue::Nested("[1,2]".into()));
    }

    #[test]
    fn numbers_beyond_the_machine_keep_their_digits() {
        for text in ["12345678901234567890", "-9223372036854775809", "1e+400"] {
            let params = parse_json(&format!("{{\"n\": {text}}}")).unwrap();
            assert_eq!(params[0].value, JsonValue::Number(text.into()));
        }
        let params = parse_json("{\"n\": -9223372036854775808}").unwrap();
        assert_eq!(params[0].value, JsonValue::Integer(i64::MIN));
    }

    #[test]
    fn anything_but_an_object_is_refused() {
        assert!(matches!(
            parse_json("[1]"),
            Err(RequestError::NotAnObject(_))
        ));
        assert!(matches!(parse_json("{"), Err(RequestError::Json(_))));
        assert_eq!(parse_json("null"), Ok(Vec::new()));
    }
}
