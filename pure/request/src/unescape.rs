//! A JSON string as the text that it stands for.

use launchpad_memory::{self as memory, NoMemory};
use memchr::memchr;

const SURROGATE: &str = "a surrogate stands alone in a string";

/// `quoted` is a valid JSON string with its quotes. The inner error: it stands for no text.
pub fn unescape(quoted: &str) -> Result<Result<String, &'static str>, NoMemory> {
    let mut rest = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(quoted);
    let mut text = String::new();
    // Never longer than what it is made from.
    text.try_reserve_exact(rest.len())
        .map_err(|_| NoMemory { bytes: rest.len() })?;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        memory::append(&mut text, &rest[..at])?;
        let Some((character, after)) = escape(&rest[at + 1..]) else {
            return Ok(Err(SURROGATE));
        };
        text.push(character);
        rest = after;
    }
    memory::append(&mut text, rest)?;
    Ok(Ok(text))
}

/// The character that stands behind a backslash, and what follows it.
fn escape(text: &str) -> Option<(char, &str)> {
    let (mark, rest) = (text.chars().next()?, text.get(1..)?);
    let character = match mark {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(rest),
        // A quote, a slash or a backslash.
        other => other,
    };
    Some((character, rest))
}

fn unicode(text: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(text)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, rest));
    }
    let (second, rest) = unit(rest.strip_prefix("\\u")?)?;
    let pair = [first, second].map(|unit| u16::try_from(unit).unwrap_or_default());
    let mut characters = char::decode_utf16(pair);
    Some((characters.next()?.ok()?, rest))
}

/// Four hexadecimal digits.
fn unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_as_an_independent_reader_reads_them() {
        for text in [
            r#""""#,
            r#""plain ü""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""a\u00fcb\u20ac\ud83d\ude00c""#,
            r#""\\u0041\u0041""#,
            r#""\u0000""#,
            r#""\ufffe\uffff""#,
        ] {
            let expected: String = serde_json::from_str(text).unwrap();
            assert_eq!(unescape(text), Ok(Ok(expected)), "{text}");
        }
    }

    #[test]
    fn halves_of_characters_are_none() {
        for text in [
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\ude00""#,
            r#""\ud83d\n""#,
            r#""\ud83d\ud83d""#,
            r#""\ud83d\u0041""#,
        ] {
            assert_eq!(unescape(text), Ok(Err(SURROGATE)), "{text}");
        }
    }
}
