//! Until when a wait may last, on a clock that can be stopped.

use std::time::{Duration, Instant};

pub struct Deadline {
    at: Instant,
    late: Late,
    /// Since when the clock stands still.
    stopped: Option<Instant>,
}

/// Who is late then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    Launchpad,
    Script {
        /// What it had.
        millis: u32,
    },
}

impl Deadline {
    /// None for a limit of 0.
    pub fn after(millis: u32, grace: Duration, late: Late) -> Option<Self> {
        (millis > 0).then(|| Deadline {
            at: Instant::now() + Duration::from_millis(millis.into()) + grace,
            late,
            stopped: None,
        })
    }

    pub fn stop(&mut self) {
        self.stopped.get_or_insert_with(Instant::now);
    }

    /// The clock goes on. Whether it stood still.
    pub fn go_on(&mut self) -> bool {
        let stopped = self.stopped.take();
        if let Some(since) = stopped {
            self.at += since.elapsed();
        }
        stopped.is_some()
    }

    /// The time that is left, or who is late.
    pub fn left(&self) -> Result<Duration, Late> {
        let now = self.stopped.unwrap_or_else(Instant::now);
        match self.at.checked_duration_since(now) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(self.late),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn time_does_not_pass_while_the_clock_is_stopped() {
        let mut deadline =
            Deadline::after(200, Duration::ZERO, Late::Script { millis: 200 }).unwrap();
        deadline.stop();
        sleep(Duration::from_millis(300));
        deadline.stop();
        assert!(deadline.left().is_ok());
        assert!(deadline.go_on() && !deadline.go_on());
        assert!(deadline.left().is_ok());
        sleep(Duration::from_millis(220));
        assert_eq!(deadline.left(), Err(Late::Script { millis: 200 }));
        assert!(Deadline::after(0, Duration::ZERO, Late::Launchpad).is_none());
    }
}
