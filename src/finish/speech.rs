//! What the script says on stdout and stderr, reported while it runs.

use super::lines::Lines;
use crate::pg::messages::{Severity, report};
use crate::pg::server::check_interrupts;
use crate::settings::ClientOutput;
use std::collections::VecDeque;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    Stdout,
    Stderr,
}

/// Bytes taken at once, each of which may be a line.
const PIECE: usize = 512;

/// Lines of stderr kept for the error of a script that died.
const LAST_LINES: usize = 10;

pub struct Speech {
    stdout: Lines,
    stderr: Lines,
    route: ClientOutput,
    /// Bytes that may still be reported.
    left: usize,
    limit: usize,
    dropped: bool,
    last: VecDeque<String>,
}

impl Speech {
    /// Reports at most `limit` bytes in all.
    pub fn new(route: ClientOutput, limit: usize) -> Self {
        Speech {
            stdout: Lines::default(),
            stderr: Lines::default(),
            route,
            left: limit,
            limit,
            dropped: false,
            last: VecDeque::new(),
        }
    }

    pub fn heard(&mut self, voice: Voice, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            let lines = match voice {
                Voice::Stdout => self.stdout.push(piece),
                Voice::Stderr => self.stderr.push(piece),
            };
            for line in lines {
                self.say(voice, line);
            }
            check_interrupts();
        }
    }

    /// The stream has ended: its last line needs no newline.
    pub fn ended(&mut self, voice: Voice) {
        let line = match voice {
            Voice::Stdout => self.stdout.end(),
            Voice::Stderr => self.stderr.end(),
        };
        if let Some(line) = line {
            self.say(voice, line);
        }
    }

    /// The last lines of stderr, None if there were none.
    #[expect(clippy::disallowed_methods, reason = "ten lines")]
    pub fn last_words(&self) -> Option<String> {
        (!self.last.is_empty()).then(|| {
            let lines: Vec<&str> = self.last.iter().map(String::as_str).collect();
            lines.join("\n")
        })
    }

    fn say(&mut self, voice: Voice, line: String) {
        if self.left >= line.len() {
            // A line costs its newline too, so that empty lines cannot go on for ever.
            self.left = self.left.saturating_sub(line.len() + 1);
            match (self.route, voice) {
                (ClientOutput::Off, _) => {}
                (ClientOutput::Log, _) => report(Severity::Log, &line, None),
                (ClientOutput::Notice, Voice::Stdout) => report(Severity::Notice, &line, None),
                (ClientOutput::Notice, Voice::Stderr) => report(Severity::Warning, &line, None),
            }
        } else {
            self.left = 0;
        }
        if self.left == 0 && !self.dropped {
            self.dropped = true;
            let text = format!(
                "the script's further output is dropped: launchpad.max_output is {} kB",
                self.limit / 1024
            );
            report(Severity::Warning, &text, None);
        }
        if voice == Voice::Stderr {
            if self.last.len() == LAST_LINES {
                self.last.pop_front();
            }
            self.last.push_back(line);
        }
    }
}
