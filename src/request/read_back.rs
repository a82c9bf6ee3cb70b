//! The variables that come back: a JSON object of parameters and nothing else. Hostile: it is
//! walked through without building anything from it.

use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// What is wrong with the variables that came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variables read back are not what was asked for: {0}")]
pub struct ReadBackError(String);

/// `json` as text, if it is an object whose members are all among `names`. None: it has no member.
pub fn check_read_back(json: Vec<u8>, names: &[String]) -> Result<Option<String>, ReadBackError> {
    let wrong = |error: &dyn fmt::Display| ReadBackError(error.to_string());
    if names.is_empty() && json.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(json).map_err(|error| wrong(&error.utf8_error()))?;
    let mut reader = serde_json::Deserializer::from_str(&text);
    let members = reader
        .deserialize_map(Members(names))
        .map_err(|error| wrong(&error))?;
    reader.end().map_err(|error| wrong(&error))?;
    Ok((members > 0).then_some(text))
}

struct Members<'a>(&'a [String]);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<usize, M::Error> {
        let mut count = 0;
        while let Some(name) = map.next_key::<String>()? {
            count += 1;
            if count > self.0.len() || !self.0.contains(&name) {
                return Err(M::Error::custom("a variable that was not asked for"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Result<Option<String>, ReadBackError> {
        check_read_back(json.into(), &["a".into(), "b".into()])
    }

    #[test]
    fn an_object_of_what_was_asked_for_passes() {
        let json = r#"{"a": [1, {"x": 12345678901234567890123}]}"#;
        assert_eq!(check(json), Ok(Some(json.into())));
        assert_eq!(check("{}"), Ok(None));
    }

    #[test]
    fn nothing_else_does() {
        let deep = format!("{{\"a\": {}", "[".repeat(1 << 20));
        for bad in [
            "",
            "[]",
            "{\"c\": 1}",
            "{\"a\": 1} 2",
            "{\"a\": 1",
            "{\"a\": NaN}",
            &deep,
        ] {
            assert!(check(bad).is_err(), "{}", &bad[..bad.len().min(20)]);
        }
        let many = format!("{{{}\"a\": 1}}", "\"a\": 1, ".repeat(9));
        assert!(check(&many).is_err());
        assert!(check_read_back(vec![0xff], &["a".into()]).is_err());
        assert!(check_read_back(b"{\"a\": 1}".to_vec(), &[]).is_err());
        assert_eq!(check_read_back(Vec::new(), &[]), Ok(None));
    }
}
