//! A stream of bytes as lines of text, without what would steer a terminal: they end in the server's
//! log too, where whoever reads it must see what was said, and nothing else.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

/// A line longer than this is handed on in pieces.
const MAX_LINE: usize = 8 << 10;

#[derive(Debug, Default)]
pub struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    /// The lines that `bytes` complete. Invalid UTF-8 is replaced.
    #[expect(clippy::disallowed_methods, reason = "a line and what is read at once")]
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.pending.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.pending.pop();
                if self.pending.ends_with(b"\r") {
                    self.pending.pop();
                }
                // A terminal would show what was written last: progress bars count on it.
                if let Some(at) = self.pending.iter().rposition(|byte| *byte == b'\r') {
                    self.pending.drain(..=at);
                }
                self.emit(&mut lines);
            }
        }
        while self.pending.len() > MAX_LINE {
            let rest = self.pending.split_off(boundary(&self.pending));
            lines.extend(text(&self.pending));
            self.pending = rest;
        }
        lines
    }

    /// The last line, if the stream ended without a newline.
    #[expect(clippy::disallowed_methods, reason = "of one line")]
    pub fn end(&mut self) -> Option<String> {
        let line = (!self.pending.is_empty()).then(|| text(&self.pending).concat());
        self.pending.clear();
        line
    }

    fn emit(&mut self, lines: &mut Vec<String>) {
        lines.extend(text(&self.pending));
        self.pending.clear();
    }
}

/// `bytes` as text in pieces of at most about MAX_LINE bytes; an empty line is one empty piece.
#[expect(clippy::disallowed_methods, reason = "a piece at most")]
fn text(bytes: &[u8]) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while rest.len() > MAX_LINE {
        let (piece, more) = rest.split_at(boundary(rest));
        pieces.push(printable(&String::from_utf8_lossy(piece)));
        rest = more;
    }
    pieces.push(printable(&String::from_utf8_lossy(rest)));
    pieces
}

/// `text`, which is short, with its control characters, tabs and line ends excepted, written as `\x1b`.
#[expect(clippy::disallowed_methods, reason = "lines, and texts that were cut")]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && !matches!(character, '\t' | '\n') {
            shown.push_str(&format!("\\x{:02x}", u32::from(character)));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Where to cut a line of more than MAX_LINE bytes so that no character is split.
fn boundary(bytes: &[u8]) -> usize {
    let is_continuation = |byte: u8| byte & 0xc0 == 0x80;
    (MAX_LINE - 3..=MAX_LINE)
        .rev()
        .find(|at| !is_continuation(bytes[*at]))
        .unwrap_or(MAX_LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_when_they_are_whole() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"a"), Vec::<String>::new());
        assert_eq!(lines.push(b"b\r\n\nc"), ["ab", ""]);
        assert_eq!(lines.end(), Some("c".to_owned()));
        assert_eq!(lines.end(), None);
    }

    #[test]
    fn long_lines_come_in_pieces_and_no_character_is_split() {
        let mut lines = Lines::default();
        let long = "ä".repeat(20_000);
        let mut pieces = lines.push(long.as_bytes());
        pieces.extend(lines.push(b"\n"));
        assert!(pieces.iter().all(|piece| piece.len() <= MAX_LINE));
        assert_eq!(pieces.concat(), long);
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"\x1b[2Jgone\x07\n"), ["\\x1b[2Jgone\\x07"]);
        assert_eq!(
            lines.push("\u{9b}31m\ttab\0\n".as_bytes()),
            ["\\x9b31m\ttab\\x00"]
        );
        assert_eq!(lines.push(b" 10%\r 50%\r100%\r\n"), ["100%"]);
    }

    #[test]
    fn invalid_bytes_are_replaced() {
        assert_eq!(Lines::default().push(b"\xff!\n"), ["\u{fffd}!"]);
    }
}
