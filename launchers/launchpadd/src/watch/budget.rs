//! Processor time as an allowance that comes with time and goes with use. Pure.
//!
//! What is left over is kept up to a small burst, so that nobody saves up for a long one. What is used
//! too much is a debt: whoever owes is stopped until it is paid. Over time the use is what is allowed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What may be used at once, in microseconds of processor time.
const BURST: i64 = 200_000;

/// What there must be again before somebody who was stopped goes on: stopping and going on cost
/// themselves.
const ENOUGH: i64 = 50_000;

#[derive(Debug)]
pub struct Budget {
    /// Percent of one processor.
    percent: u32,
    /// Microseconds; negative: owed.
    credit: i64,
    at: Instant,
    exhausted: bool,
}

impl Budget {
    pub fn new(percent: u32, now: Instant) -> Self {
        Budget {
            percent,
            credit: BURST,
            at: now,
            exhausted: false,
        }
    }

    /// Another allowance from now on.
    pub fn change(&mut self, percent: u32) {
        self.percent = percent;
    }

    /// `used`: microseconds since the last time. True if there is nothing left.
    pub fn spend(&mut self, used: u64, now: Instant) -> bool {
        let income = share(now.saturating_duration_since(self.at), self.percent);
        self.at = now;
        self.credit = self
            .credit
            .saturating_add(signed(income))
            .saturating_sub(signed(used))
            .min(BURST);
        // A small allowance never comes to more than the burst, but always to this.
        self.exhausted = self.credit <= if self.exhausted { ENOUGH } else { 0 };
        self.exhausted
    }
}

/// How long somebody must have been watched before it is said to violate the throttle.
const WINDOW: Duration = Duration::from_secs(5);

/// Whether one that is stopped now and then goes on all the same: a timer, for example, can wake a script.
#[derive(Debug)]
pub struct ThrottleViolation {
    /// When, what was used until then, and what of that while stopped.
    seen: VecDeque<(Instant, u64, u64)>,
}

impl ThrottleViolation {
    pub fn new(now: Instant) -> Self {
        ThrottleViolation {
            seen: VecDeque::from([(now, 0, 0)]),
        }
    }

    /// `used`: microseconds since the last time, before which it had been stopped or not. The percent of
    /// one processor that it used, if that is too much, and in spite of being stopped.
    pub fn add(&mut self, used: u64, stopped: bool, percent: u32, now: Instant) -> Option<u32> {
        let (_, all, held) = self.seen.back().copied().unwrap_or((now, 0, 0));
        let (all, held) = (all + used, held + if stopped { used } else { 0 });
        self.seen.push_back((now, all, held));
        let is_old = |at: &(Instant, u64, u64)| now.saturating_duration_since(at.0) >= WINDOW;
        // The last one that is as old stays.
        while self.seen.get(1).is_some_and(is_old) {
            self.seen.pop_front();
        }
        let first = self.seen.front().filter(|first| is_old(first))?;
        let length = now.saturating_duration_since(first.0);
        let allowed = share(length, percent);
        let (used, held) = (all - first.1, held - first.2);
        // By half, and stopping takes a moment.
        let too_much = used > allowed + allowed / 2 + BURST as u64;
        let in_spite = held > allowed / 2 + BURST as u64;
        let is = u128::from(used) * 100 / length.as_micros().max(1);
        (too_much && in_spite).then(|| u32::try_from(is).unwrap_or(u32::MAX))
    }
}

/// Microseconds of processor time that `percent` of one processor are in that time.
fn share(time: Duration, percent: u32) -> u64 {
    let micros = time.as_micros() * u128::from(percent) / 100;
    u64::try_from(micros).unwrap_or(u64::MAX)
}

fn signed(micros: u64) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(50);

    /// Runs as much as it can on `processors` for so many steps; microseconds used.
    fn run(percent: u32, processors: u64, steps: u32) -> u64 {
        let mut now = Instant::now();
        let mut budget = Budget::new(percent, now);
        let (mut all, mut stopped) = (0, false);
        for _ in 0..steps {
            now += STEP;
            let used = if stopped { 0 } else { processors * 50_000 };
            all += used;
            stopped = budget.spend(used, now);
        }
        all
    }

    #[test]
    fn over_time_the_use_is_what_is_allowed() {
        for (percent, processors) in [(1, 1), (50, 1), (99, 1), (150, 8), (30, 64)] {
            // A hundred seconds.
            let used = run(percent, processors, 2000);
            let allowed = u64::from(percent) * 1_000_000;
            let more = 200_000 + processors * 50_000;
            let range = allowed - allowed / 10..=allowed + more;
            assert!(range.contains(&used), "{percent} {processors}: {used}");
        }
    }

    #[test]
    fn who_uses_less_is_never_stopped() {
        assert_eq!(run(100, 1, 100), 100 * 50_000);
        assert_eq!(run(800, 4, 100), 400 * 50_000);
    }

    #[test]
    fn idling_saves_no_more_than_the_burst() {
        let now = Instant::now();
        let mut budget = Budget::new(50, now);
        assert!(!budget.spend(0, now + Duration::from_secs(3600)));
        assert!(budget.spend(200_000, now + Duration::from_secs(3600)));
        // 50 ms of credit take 100 ms.
        assert!(budget.spend(0, now + Duration::from_millis(3_600_100)));
        assert!(!budget.spend(0, now + Duration::from_millis(3_600_102)));
    }

    #[test]
    fn a_changed_allowance_counts_at_once() {
        let now = Instant::now();
        let mut budget = Budget::new(1, now);
        assert!(budget.spend(300_000, now));
        budget.change(100);
        assert!(!budget.spend(0, now + Duration::from_millis(160)));
    }

    /// The first percentage that is told within so many steps of `used` each.
    fn told(used: u64, stopped: impl Fn(u32) -> bool, steps: u32) -> Option<u32> {
        let mut now = Instant::now();
        let mut violation = ThrottleViolation::new(now);
        (0..steps).find_map(|step| {
            now += STEP;
            violation.add(used, stopped(step), 50, now)
        })
    }

    #[test]
    fn one_that_does_not_let_itself_be_stopped_is_told_after_five_seconds() {
        assert_eq!(told(50_000, |_| true, 99), None);
        assert_eq!(told(50_000, |_| true, 100), Some(100));
        // It is stopped half of the time, and goes on all the same.
        assert_eq!(told(50_000, |step| step % 2 == 0, 400), Some(100));
    }

    #[test]
    fn one_that_does_is_not() {
        // As much, but never while it was stopped: it has just not been measured for a while.
        assert_eq!(told(200_000, |_| false, 400), None);
        // What stopping takes.
        assert_eq!(told(3_000, |_| true, 400), None);
    }
}
