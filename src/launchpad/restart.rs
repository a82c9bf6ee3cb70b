//! When to start launchpadd again, and when to say so. Pure.

use std::time::Duration;

/// A launchpadd that lived for half a minute is replaced at once; after each that did not, whether it
/// listened or not, the next one waits half as long again, from 50 ms up to 30 s.
///
/// Not doubled: somebody who kills ten in a row finds the last replaced within two seconds, and one
/// that dies by itself, always at the same place, is started twice a minute after the sixteenth time.
#[derive(Debug, Default)]
pub struct Restart {
    failures: u32,
    last: Option<String>,
}

const LONG_LIFE: Duration = Duration::from_secs(30);

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(30);

impl Restart {
    /// How long to wait after one ended that `lived` so long.
    pub fn after(&mut self, lived: Duration) -> Duration {
        if lived >= LONG_LIFE {
            *self = Restart::default();
            return Duration::ZERO;
        }
        // Past the longest delay with the sixteenth.
        let delay = FIRST.mul_f64(1.5_f64.powi(self.failures.min(16).cast_signed()));
        self.failures = self.failures.saturating_add(1);
        delay.min(LONGEST)
    }

    /// Every end of one that had listened is; the same failure to get there is logged once.
    pub fn is_worth_a_line(&mut self, how: &str, had_listened: bool) -> bool {
        let worth = had_listened || self.last.as_deref() != Some(how);
        self.last = (!had_listened).then(|| how.to_owned());
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn early_ends_make_the_delay_grow() {
        let mut restart = Restart::default();
        let mut last = Duration::ZERO;
        for number in 1..=100 {
            let delay = restart.after(SECOND);
            assert!(delay > last || delay == LONGEST, "{number}: {delay:?}");
            assert!(number > 10 || delay < 2 * SECOND, "{number}: {delay:?}");
            last = delay;
        }
        assert_eq!(last, LONGEST);
    }

    #[test]
    fn a_long_life_resets_the_delay() {
        let mut restart = Restart::default();
        for _ in 0..100 {
            restart.after(SECOND);
        }
        assert_eq!(restart.after(LONG_LIFE - SECOND), LONGEST);
        assert_eq!(restart.after(LONG_LIFE), Duration::ZERO);
        assert_eq!(restart.after(SECOND), FIRST);
    }

    #[test]
    fn failures_are_counted_without_end() {
        let mut restart = Restart {
            failures: u32::MAX,
            last: None,
        };
        assert_eq!(restart.after(SECOND), LONGEST);
    }

    #[test]
    fn a_repeated_failure_to_listen_is_logged_once() {
        let mut restart = Restart::default();
        assert!(restart.is_worth_a_line("a", false));
        assert!(!restart.is_worth_a_line("a", false));
        assert!(restart.is_worth_a_line("b", false));
        assert!(restart.is_worth_a_line("b", true));
        assert!(restart.is_worth_a_line("b", true));
        assert!(restart.is_worth_a_line("b", false));
        assert!(!restart.is_worth_a_line("b", false));
    }
}
