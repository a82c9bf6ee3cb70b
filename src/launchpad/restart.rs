//! When to start launchpadd again, and when to say so. Pure.

use std::time::Duration;

/// A launchpadd that had worked is started again at once, one that never got to listen with a
/// growing delay: 0.1 s doubled up to 30 s.
#[derive(Debug, Default)]
pub struct Restart {
    failures: u32,
    last: Option<String>,
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

impl Restart {
    /// How long to wait after one ended.
    pub fn after(&mut self, had_listened: bool) -> Duration {
        if had_listened {
            self.failures = 0;
            self.last = None;
            return Duration::ZERO;
        }
        let delay = FIRST * 2u32.saturating_pow(self.failures.min(16));
        self.failures += 1;
        delay.min(LONGEST)
    }

    /// The same failure is logged once, not every time.
    pub fn is_worth_a_line(&mut self, how: &str) -> bool {
        let new = self.last.as_deref() != Some(how);
        self.last = Some(how.to_owned());
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_resets_the_delay() {
        let mut restart = Restart::default();
        assert_eq!(restart.after(false), Duration::from_millis(100));
        assert_eq!(restart.after(false), Duration::from_millis(200));
        assert_eq!(restart.after(true), Duration::ZERO);
        assert_eq!(restart.after(false), Duration::from_millis(100));
        for _ in 0..100 {
            restart.after(false);
        }
        assert_eq!(restart.after(false), LONGEST);
    }

    #[test]
    fn a_repeated_failure_is_logged_once() {
        let mut restart = Restart::default();
        restart.after(false);
        assert!(restart.is_worth_a_line("a"));
        restart.after(false);
        assert!(!restart.is_worth_a_line("a"));
        assert!(restart.is_worth_a_line("b"));
    }
}
