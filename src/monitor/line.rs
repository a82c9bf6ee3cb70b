//! The line about a call in the server's log: names and values, always the same ones in the same
//! order, values with anything but letters, digits and `_.:-` in double quotes. Pure.

use super::counters::Counters;
use std::fmt::Write;
use std::time::Duration;

/// What one line tells.
pub struct Line<'a> {
    pub request: u64,
    pub language: &'a str,
    pub environment: &'a str,
    pub session_role: &'a str,
    pub role: &'a str,
    pub database: &'a str,
    pub pool: &'a str,
    /// The beginning of its SHA-256.
    pub script: u64,
    pub outcome: &'a str,
    pub sqlstate: &'a str,
    /// `warm`, `cold`, or `none`.
    pub start: &'a str,
    pub times: Times,
    /// Rows, bytes, processor time.
    pub counters: &'a Counters,
    /// KiB
    pub peak_memory: u64,
}

/// How long each phase took; zero where the call did not get so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    pub prepare: Duration,
    pub queue: Duration,
    pub send: Duration,
    /// From the end of the input to the first rows of the result, or to the end.
    pub run: Duration,
    pub receive: Duration,
    pub total: Duration,
}

impl Line<'_> {
    pub fn text(&self) -> String {
        let mut text = "launchpad call:".to_owned();
        let mut put = |name: &str, value: &str| {
            let is_plain = |c: char| c.is_alphanumeric() || "_.:-".contains(c);
            let _ = match !value.is_empty() && value.chars().all(is_plain) {
                true => write!(text, " {name}={value}"),
                false => write!(text, " {name}={}", quoted(value)),
            };
        };
        put("request", &self.request.to_string());
        for (name, value) in [
            ("language", self.language),
            ("environment", self.environment),
            ("session_role", self.session_role),
            ("role", self.role),
            ("database", self.database),
            ("pool", self.pool),
            ("script", &hexadecimal(self.script)),
            ("outcome", self.outcome),
            ("sqlstate", self.sqlstate),
            ("start", self.start),
        ] {
            put(name, value);
        }
        for (name, time) in [
            ("prepare_ms", self.times.prepare),
            ("queue_ms", self.times.queue),
            ("send_ms", self.times.send),
            ("run_ms", self.times.run),
            ("receive_ms", self.times.receive),
            ("total_ms", self.times.total),
            ("cpu_user_ms", Duration::from_micros(self.counters.cpu_user)),
            (
                "cpu_system_ms",
                Duration::from_micros(self.counters.cpu_system),
            ),
        ] {
            put(name, &format!("{:.3}", time.as_secs_f64() * 1000.0));
        }
        for (name, number) in [
            ("rows_in", self.counters.rows_in),
            ("bytes_in", self.counters.bytes_in),
            ("rows_out", self.counters.rows_out),
            ("bytes_out", self.counters.bytes_out),
            ("peak_memory_kb", self.peak_memory),
        ] {
            put(name, &number.to_string());
        }
        text
    }
}

/// As log and view show a script.
pub fn hexadecimal(script: u64) -> String {
    format!("{script:016x}")
}

/// As JSON writes strings.
fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_all_names_in_their_order() {
        let line = Line {
            request: 7,
            language: "R",
            environment: "r",
            session_role: "joe",
            role: "o\"hara x",
            database: "sales-2",
            pool: "",
            script: 0xff,
            outcome: "ok",
            sqlstate: "00000",
            start: "warm",
            times: Times {
                queue: Duration::from_micros(1500),
                total: Duration::from_millis(20),
                ..Times::default()
            },
            counters: &Counters {
                rows_in: 3,
                cpu_user: 12_345,
                ..Counters::default()
            },
            peak_memory: 99,
        };
        assert_eq!(
            line.text(),
            "launchpad call: request=7 language=R environment=r session_role=joe role=\"o\\\"hara x\" \
             database=sales-2 pool=\"\" script=00000000000000ff outcome=ok sqlstate=00000 start=warm prepare_ms=0.000 queue_ms=1.500 send_ms=0.000 \
             run_ms=0.000 receive_ms=0.000 total_ms=20.000 cpu_user_ms=12.345 cpu_system_ms=0.000 \
             rows_in=3 bytes_in=0 rows_out=0 bytes_out=0 peak_memory_kb=99"
        );
    }
}
