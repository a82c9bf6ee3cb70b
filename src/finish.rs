//! Station 8: what a call leaves besides rows: what the script says on stdout and stderr, reported while it
//! runs.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use crate::conversation::Voice;
use crate::lines::Lines;
use crate::pg::messages::{Severity, pass_on, report};
use crate::pg::server::check_interrupts;
use crate::settings::ClientOutput;
use std::collections::VecDeque;

/// What a message costs beside its text: about the bytes that the protocol's fields (severity, SQLSTATE,
/// place) and a line's beginning in the server's log take. It bounds the number of messages, too.
const MESSAGE_COST: usize = 64;

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
    /// Reports messages that cost at most `limit` bytes in all.
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
        if voice == Voice::Stdout && !self.reports() {
            return;
        }
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
        if self.reports() {
            self.report(voice, &line);
        }
        if voice == Voice::Stderr {
            if self.last.len() == LAST_LINES {
                self.last.pop_front();
            }
            self.last.push_back(line);
        }
    }

    /// Whether anything of stdout and stderr is still reported.
    fn reports(&self) -> bool {
        self.route != ClientOutput::Off && !self.dropped
    }

    fn report(&mut self, voice: Voice, line: &str) {
        let severity = match (self.route, voice) {
            (ClientOutput::Notice, Voice::Stdout) => Severity::Notice,
            (ClientOutput::Notice, Voice::Stderr) => Severity::Warning,
            (ClientOutput::Log | ClientOutput::Off, _) => Severity::Log,
        };
        match self.left.checked_sub(line.len() + MESSAGE_COST) {
            Some(left) => {
                self.left = left;
                pass_on(severity, line);
                // One chunk can hold thousands of lines.
                check_interrupts();
            }
            None => {
                self.dropped = true;
                let text = format!(
                    "the script's further output is dropped: launchpad.max_output is {} kB",
                    self.limit / 1024
                );
                report(Severity::Warning, &text, None);
            }
        }
    }
}
