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
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => JsonValue::Integer(value),
            (None, Some(value)) => JsonValue::Float(value),
            (None, None) => JsonValue::Nested(number.to_string()),
        },
        Value::String(text) => JsonValue::Text(text),
        nested => JsonValue::Nested(nested.to_string()),
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
    fn anything_but_an_object_is_refused() {
        assert!(matches!(
            parse_json("[1]"),
            Err(RequestError::NotAnObject(_))
        ));
        assert!(matches!(parse_json("{"), Err(RequestError::Json(_))));
        assert_eq!(parse_json("null"), Ok(Vec::new()));
    }
}
