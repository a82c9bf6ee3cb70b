//! Until when a wait may last, on a clock that can be stopped.

use crate::error::{CallError, SatelliteError};
use crate::launch::LaunchError;
use std::time::{Duration, Instant};

pub struct Deadline {
    at: Instant,
    millis: u32,
    late: Late,
    /// Since when the clock stands still.
    stopped: Option<Instant>,
}

/// Who is late then.
pub enum Late {
    Launchpad,
    Script,
}

impl Deadline {
    /// None for a limit of 0.
    pub fn after(millis: u32, grace: Duration, late: Late) -> Option<Self> {
        (millis > 0).then(|| Deadline {
            at: Instant::now() + Duration::from_millis(millis.into()) + grace,
            millis,
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

    /// The time that is left, or the error that it is over.
    pub fn left(&self) -> Result<Duration, CallError> {
        let now = self.stopped.unwrap_or_else(Instant::now);
        match self.at.checked_duration_since(now) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(match self.late {
                Late::Launchpad => LaunchError::Silent.into(),
                Late::Script => SatelliteError::Late {
                    millis: self.millis,
                }
                .into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn time_does_not_pass_while_the_clock_is_stopped() {
        let mut deadline = Deadline::after(200, Duration::ZERO, Late::Script).unwrap();
        deadline.stop();
        sleep(Duration::from_millis(300));
        deadline.stop();
        assert!(deadline.left().is_ok());
        assert!(deadline.go_on() && !deadline.go_on());
        assert!(deadline.left().is_ok());
        sleep(Duration::from_millis(220));
        let late = CallError::from(SatelliteError::Late { millis: 200 });
        let left = deadline.left().unwrap_err();
        assert_eq!(format!("{left:?}"), format!("{late:?}"));
        assert!(Deadline::after(0, Duration::ZERO, Late::Launchpad).is_none());
    }
}
