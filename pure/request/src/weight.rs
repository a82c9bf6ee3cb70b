//! How much a JSON text holds, counted before anything is built from it, in pieces as they come.

use memchr::memchr2;

/// Nothing is judged: what is no JSON is counted as if it were, and found out later.
#[derive(Debug, Default)]
pub struct Weight {
    bytes: usize,
    /// Separators and opening brackets outside of strings: each stands before a value or a name.
    marks: usize,
    /// How deep the place is that has been reached.
    now: usize,
    deepest: usize,
    in_string: bool,
    /// The piece before ended behind a backslash.
    escaped: bool,
}

impl Weight {
    /// Of a whole text; `rest` runs after each piece of a megabyte.
    pub fn of(text: &str, mut rest: impl FnMut()) -> Self {
        let mut weight = Weight::default();
        for piece in text.as_bytes().chunks(1 << 20) {
            weight.add(piece);
            rest();
        }
        weight
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Values, names of members included; never fewer than there are, and more where some are empty.
    pub fn values(&self) -> usize {
        self.marks + 1
    }

    /// How deep arrays and objects lie in each other.
    pub fn deepest(&self) -> usize {
        self.deepest
    }

    pub fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len();
        let mut rest = piece;
        if self.escaped && !rest.is_empty() {
            self.escaped = false;
            rest = &rest[1..];
        }
        while !rest.is_empty() {
            rest = match self.in_string {
                true => self.string(rest),
                false => self.open(rest),
            };
        }
    }

    /// Up to the end of the string or of `bytes`; what follows.
    fn string<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(at) = memchr2(b'"', b'\\', bytes) else {
            return &[];
        };
        if bytes[at] == b'"' {
            self.in_string = false;
            return &bytes[at + 1..];
        }
        self.escaped = at + 1 == bytes.len();
        bytes.get(at + 2..).unwrap_or_default()
    }

    /// Up to the next string or the end of `bytes`; what follows.
    fn open<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b',' | b':' => self.marks += 1,
                b'[' | b'{' => {
                    self.marks += 1;
                    self.now += 1;
                    self.deepest = self.deepest.max(self.now);
                }
                b']' | b'}' => self.now = self.now.saturating_sub(1),
                b'"' => {
                    self.in_string = true;
                    return &bytes[at + 1..];
                }
                _ => {}
            }
        }
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (usize, usize) {
        let weight = Weight::of(text, || {});
        assert_eq!(weight.bytes(), text.len());
        (weight.values(), weight.deepest())
    }

    #[test]
    fn values_are_counted_and_never_too_few() {
        assert_eq!(of("1"), (1, 0));
        assert_eq!(of("[1, 2, 3]"), (4, 1));
        assert_eq!(of(r#"{"a": 1, "b": [true, {}]}"#), (8, 3));
        assert_eq!(of(r#"{"a,[{": "\"[,:", "\\": 2}"#), (5, 1));
        assert_eq!(of("]]]]["), (2, 1));
        assert_eq!(of(&"[".repeat(1000)), (1001, 1000));
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let text = r#"{"a\"[": ["\\", "x\\\"", {"ü": "\u00fc"}], ",": 1}"#;
        let whole = of(text);
        for at in 0..text.len() {
            for more in at..text.len() {
                let mut weight = Weight::default();
                let bytes = text.as_bytes();
                for piece in [&bytes[..at], &bytes[at..more], &bytes[more..]] {
                    weight.add(piece);
                }
                assert_eq!((weight.values(), weight.deepest()), whole, "{at} {more}");
            }
        }
    }
}
