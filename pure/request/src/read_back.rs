//! The variables that come back: a JSON object of parameters and nothing else. Hostile: it is
//! walked through without building anything from it. How much may come is the pump's to say.

use super::unescape::unescape;
use super::weight::Weight;
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Bytes of their text at most: jsonb's own limit is a little below it.
pub const MAX_BYTES: usize = 256 << 20;

/// Values and names at most: PostgreSQL's memory for the members of one jsonb object ends here.
pub const MAX_VALUES: usize = 8 << 20;

/// How deep arrays and objects may lie in each other. PostgreSQL's own limit, which depends on its
/// stack, comes much earlier.
const MAX_DEPTH: usize = 50_000;

/// What each value takes while PostgreSQL makes a jsonb of it, in bytes, beside its text.
pub const VALUE_BYTES: usize = 64;

/// What is wrong with the variables that came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadBackError {
    #[error("the variables read back are not what was asked for: {0}")]
    Wrong(String),
    #[error("the variables read back are more than a jsonb can hold: {0}")]
    TooLarge(String),
}

impl Fault for ReadBackError {
    fn report(&self) -> Report {
        match self {
            ReadBackError::Wrong(_) => Report::broken_protocol(self),
            ReadBackError::TooLarge(_) => {
                let code = SqlState::PROGRAM_LIMIT_EXCEEDED;
                Report::new(code, Outcome::Died, self.to_string()).set_hint(
                    "Return large values in the data set, where each value can have up to 1 GB.",
                )
            }
        }
    }
}

/// Whether a jsonb can hold what has come so far.
pub fn check_weight(weight: &Weight) -> Result<(), ReadBackError> {
    let too_large = |what: String| Err(ReadBackError::TooLarge(what));
    if weight.bytes() > MAX_BYTES {
        return too_large(format!("more than {} MB of text", MAX_BYTES >> 20));
    }
    if weight.values() > MAX_VALUES {
        return too_large(format!("more than {MAX_VALUES} values"));
    }
    if weight.deepest() > MAX_DEPTH {
        return too_large(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    Ok(())
}

/// `json` as text, if it is an object whose members are all among `names`. None: it has no member.
/// [`check_weight`] has been asked about it.
pub fn check_read_back(json: Vec<u8>, names: &[String]) -> Result<Option<String>, ReadBackError> {
    let wrong = |error: &dyn fmt::Display| ReadBackError::Wrong(error.to_string());
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

impl Members<'_> {
    /// `name`: a JSON string.
    fn has(&self, name: &str) -> bool {
        // An escape takes at most six bytes for one.
        let longest = self.0.iter().map(String::len).max().unwrap_or(0);
        name.len() <= 6 * longest + 2
            && unescape(name).is_ok_and(|name| name.is_ok_and(|name| self.0.contains(&name)))
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<usize, M::Error> {
        let mut count = 0;
        while let Some(name) = map.next_key::<&RawValue>()? {
            count += 1;
            if count > self.0.len() || !self.has(name.get()) {
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
        assert!(check(r#"{"\u0061": 1}"#).is_ok());
        assert_eq!(check("{}"), Ok(None));
    }

    #[test]
    fn nothing_else_does() {
        let deep = format!("{{\"a\": {}", "[".repeat(1 << 20));
        let long = format!("{{\"{}\": 1}}", "a".repeat(1 << 20));
        for bad in [
            "",
            "[]",
            "{\"c\": 1}",
            "{1: 1}",
            "{\"a\": 1} 2",
            "{\"a\": 1",
            "{\"a\": NaN}",
            &deep,
            &long,
        ] {
            assert!(check(bad).is_err(), "{}", &bad[..bad.len().min(20)]);
        }
        let many = format!("{{{}\"a\": 1}}", "\"a\": 1, ".repeat(9));
        assert!(check(&many).is_err());
        assert!(check_read_back(vec![0xff], &["a".into()]).is_err());
        assert!(check_read_back(b"{\"a\": 1}".to_vec(), &[]).is_err());
        assert_eq!(check_read_back(Vec::new(), &[]), Ok(None));
    }

    #[test]
    fn what_no_jsonb_holds_is_found_while_it_comes() {
        for (piece, times) in [("0,", MAX_VALUES / (1 << 19) + 1), ("[", 1), ("\"", 300)] {
            let mut weight = Weight::default();
            let piece = piece.repeat(1 << 20);
            for _ in 0..times {
                weight.add(piece.as_bytes());
            }
            let result = check_weight(&weight);
            assert!(
                matches!(result, Err(ReadBackError::TooLarge(_))),
                "{result:?}"
            );
        }
        let mut fits = Weight::default();
        fits.add(br#"{"a": [1, 2]}"#);
        assert_eq!(check_weight(&fits), Ok(()));
    }
}
