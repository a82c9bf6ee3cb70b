//! Station 8: what a call leaves besides rows: what the script says on stdout and stderr, reported while it
//! runs.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use crate::conversation::Voice;
use crate::lines::Lines;
use crate::pg::messages::{Severity, report, report_bare};
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

/// What one satellite says, line by line.
#[derive(Default)]
pub struct Speaker {
    stdout: Lines,
    stderr: Lines,
    last: VecDeque<String>,
}

impl Speaker {
    fn lines(&mut self, voice: Voice) -> &mut Lines {
        match voice {
            Voice::Stdout => &mut self.stdout,
            Voice::Stderr => &mut self.stderr,
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
}

/// What is reported of all of a call's satellites.
pub struct Speech {
    /// Whose lines these are, in the log.
    request: u64,
    route: ClientOutput,
    /// Bytes that may still be reported.
    left: usize,
    limit: usize,
    dropped: bool,
}

impl Speech {
    /// Reports messages that cost at most `limit` bytes in all.
    pub fn new(request: u64, route: ClientOutput, limit: usize) -> Self {
        Speech {
            request,
            route,
            left: limit,
            limit,
            dropped: false,
        }
    }

    pub fn heard(&mut self, speaker: &mut Speaker, voice: Voice, bytes: &[u8]) {
        if voice == Voice::Stdout && !self.reports() {
            return;
        }
        for piece in bytes.chunks(PIECE) {
            for line in speaker.lines(voice).push(piece) {
                self.say(speaker, voice, line);
            }
            check_interrupts();
        }
    }

    /// The stream has ended: its last line needs no newline.
    pub fn ended(&mut self, speaker: &mut Speaker, voice: Voice) {
        if let Some(line) = speaker.lines(voice).end() {
            self.say(speaker, voice, line);
        }
    }

    fn say(&mut self, speaker: &mut Speaker, voice: Voice, line: String) {
        if self.reports() {
            self.report(voice, &line);
        }
        if voice == Voice::Stderr {
            if speaker.last.len() == LAST_LINES {
                speaker.last.pop_front();
            }
            speaker.last.push_back(line);
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
                match severity {
                    Severity::Log => {
                        let line = format!("launchpad output: request={} {line}", self.request);
                        report_bare(severity, &line);
                    }
                    _ => report_bare(severity, line),
                }
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
