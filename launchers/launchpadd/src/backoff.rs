//! How long to wait before trying again what has failed: doubling, capped, jittered.
//!
//! Pure: the seed comes from outside, time is only a length here.

use std::time::Duration;

/// The first delay.
const FIRST: Duration = Duration::from_millis(100);

/// The longest delay: a repaired environment is noticed within half a minute without anybody's help.
const LONGEST: Duration = Duration::from_secs(30);

/// Delays shortened by up to a quarter at random, so that several clusters on one machine do not
/// start their interpreters in step.
#[derive(Debug)]
pub struct Backoff {
    state: u64,
}

impl Backoff {
    /// Any `seed` will do.
    pub fn new(seed: u64) -> Self {
        // Multiplied by an odd number (2^64 over the golden ratio), or small seeds begin alike; not
        // zero, the generator's one fixed point.
        let state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Backoff { state }
    }

    /// The delay after the `failures`th failure in a row, counted from one.
    pub fn delay(&mut self, failures: u32) -> Duration {
        // 2^9 times the first delay is past the cap; shifting further could only overflow.
        let doubled = FIRST * (1 << failures.saturating_sub(1).min(9));
        let jitter = f64::from(self.next()) / f64::from(u32::MAX) / 4.0;
        doubled.min(LONGEST).mul_f64(1.0 - jitter)
    }

    /// Marsaglia's xorshift64: enough for spreading delays, no crate needed.
    fn next(&mut self) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap() {
        let mut backoff = Backoff::new(7);
        for failures in 1..200 {
            let nominal = (0.1 * 2f64.powi(failures as i32 - 1)).min(30.0);
            let delay = backoff.delay(failures).as_secs_f64();
            assert!(delay > nominal * 0.749, "{failures}: {delay}");
            assert!(delay < nominal * 1.001, "{failures}: {delay}");
        }
    }

    #[test]
    fn seeds_spread_the_delays() {
        let delays: std::collections::BTreeSet<_> =
            (0..100).map(|seed| Backoff::new(seed).delay(5)).collect();
        assert!(delays.len() > 50, "{}", delays.len());
    }
}
