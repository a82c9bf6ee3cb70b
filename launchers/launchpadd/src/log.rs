//! Lines for the server's log: launchpadd's standard error is a pipe to the supervisor, which
//! writes each line to the log. One short line a message, the level word first.

use launchpad_protocol::cut;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{SFlag, fstat};
use std::io::stderr;

/// Bytes of a line: below PIPE_BUF, so that a write to the pipe is all or nothing.
const MAX_LINE: usize = 2000;

/// Makes writing to the supervisor's pipe drop lines rather than wait: a supervisor that does not
/// read must not stop the service. Anything but a pipe (a terminal, a file) is left as it is.
pub fn never_wait() {
    let is_pipe = fstat(stderr())
        .is_ok_and(|stat| stat.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFIFO.bits());
    if is_pipe && let Ok(flags) = fcntl(stderr(), FcntlArg::F_GETFL) {
        let flags = OFlag::from_bits_retain(flags) | OFlag::O_NONBLOCK;
        let _ = fcntl(stderr(), FcntlArg::F_SETFL(flags));
    }
}

/// `level` is a level word: `error`, `warning` or `log`.
pub fn write(level: &str, text: &str) {
    let line = line(level, text);
    let _ = nix::unistd::write(stderr(), line.as_bytes());
}

/// One line, whatever `text` holds: line ends become bars, other control characters spaces.
fn line(level: &str, text: &str) -> String {
    let mut line = format!("{level}: ");
    let mut lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    line.push_str(lines.next().unwrap_or_default());
    for more in lines {
        line.push_str(" | ");
        line.push_str(more);
    }
    let line: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("{}\n", cut(&line, MAX_LINE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        let text = "Traceback:\r\n\n  File \"x\"\n\tbad\u{1b}[31m";
        assert_eq!(
            line("warning", text),
            "warning: Traceback: |   File \"x\" |  bad [31m\n"
        );
    }

    #[test]
    fn a_line_fits_a_pipe() {
        assert_eq!(line("log", &"ä".repeat(5000)).len(), MAX_LINE);
    }
}
