//! What is counted of calls.

use crate::pg::shared::shareable;
use launchpad_fault::Outcome;
use launchpad_protocol::launch::Usage;
use serde::{Deserialize, Serialize};

/// Times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub calls: u64,
    pub script_errors: u64,
    pub input_errors: u64,
    pub result_errors: u64,
    pub refusals: u64,
    pub limits: u64,
    pub timeouts: u64,
    pub cancels: u64,
    pub deaths: u64,
    pub other_errors: u64,
    pub warm_starts: u64,
    pub cold_starts: u64,
    pub queue_time: u64,
    pub max_queue_time: u64,
    pub total_time: u64,
    pub max_time: u64,
    pub rows_in: u64,
    pub bytes_in: u64,
    pub rows_out: u64,
    pub bytes_out: u64,
    pub cpu_user: u64,
    pub cpu_system: u64,
}

shareable!(Counters {
    calls,
    script_errors,
    input_errors,
    result_errors,
    refusals,
    limits,
    timeouts,
    cancels,
    deaths,
    other_errors,
    warm_starts,
    cold_starts,
    queue_time,
    max_queue_time,
    total_time,
    max_time,
    rows_in,
    bytes_in,
    rows_out,
    bytes_out,
    cpu_user,
    cpu_system
});

impl Counters {
    /// What one call adds. `of_one` has its times, rows and bytes.
    pub fn add(&mut self, outcome: Outcome, of_one: &Counters) {
        let mut one = Counters {
            calls: 1,
            max_queue_time: of_one.queue_time,
            max_time: of_one.total_time,
            ..*of_one
        };
        match outcome {
            Outcome::Ok => {}
            Outcome::Script => one.script_errors = 1,
            Outcome::Input => one.input_errors = 1,
            Outcome::Result => one.result_errors = 1,
            Outcome::Refused => one.refusals = 1,
            Outcome::Limit => one.limits = 1,
            Outcome::Timeout => one.timeouts = 1,
            Outcome::Cancelled | Outcome::Terminated => one.cancels = 1,
            Outcome::Died => one.deaths = 1,
            Outcome::Other => one.other_errors = 1,
        }
        self.absorb(&one);
    }

    pub fn of_usage(usage: Usage) -> Self {
        Counters {
            cpu_user: usage.user,
            cpu_system: usage.system,
            ..Counters::default()
        }
    }

    /// What has been counted elsewhere.
    pub fn absorb(&mut self, other: &Counters) {
        for (sum, one) in [
            (&mut self.calls, other.calls),
            (&mut self.script_errors, other.script_errors),
            (&mut self.input_errors, other.input_errors),
            (&mut self.result_errors, other.result_errors),
            (&mut self.refusals, other.refusals),
            (&mut self.limits, other.limits),
            (&mut self.timeouts, other.timeouts),
            (&mut self.cancels, other.cancels),
            (&mut self.deaths, other.deaths),
            (&mut self.other_errors, other.other_errors),
            (&mut self.warm_starts, other.warm_starts),
            (&mut self.cold_starts, other.cold_starts),
            (&mut self.queue_time, other.queue_time),
            (&mut self.total_time, other.total_time),
            (&mut self.rows_in, other.rows_in),
            (&mut self.bytes_in, other.bytes_in),
            (&mut self.rows_out, other.rows_out),
            (&mut self.bytes_out, other.bytes_out),
            (&mut self.cpu_user, other.cpu_user),
            (&mut self.cpu_system, other.cpu_system),
        ] {
            *sum = sum.saturating_add(one);
        }
        self.max_queue_time = self.max_queue_time.max(other.max_queue_time);
        self.max_time = self.max_time.max(other.max_time);
    }
}
