//! How deep calls are inside each other in this session: a call's input query may call again, and so may
//! the casts of its result, directly or through functions and triggers.

use launchpad_fault::{Fault, Outcome, Report, SqlState};
use std::cell::Cell;

thread_local! {
    /// Calls of this session that have not ended.
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// One call, while it lives. It is to live in the frame around the one that catches the call's errors.
pub struct Level {
    /// Counted from 1.
    depth: u32,
}

/// More calls inside each other than `launchpad.max_call_depth`.
#[derive(Debug, PartialEq, Eq)]
pub struct TooDeep {
    most: u32,
}

impl Fault for TooDeep {
    fn report(&self) -> Report {
        Report::new(
            SqlState::STATEMENT_TOO_COMPLEX,
            Outcome::Refused,
            "calls of external scripts are nested too deeply",
        )
        .set_detail(match self.most {
            1 => "This call is inside another one of its session.".to_owned(),
            most => format!("This call is inside {most} others of its session."),
        })
        .set_hint(format!("launchpad.max_call_depth is {}.", self.most))
    }
}

impl Level {
    pub fn enter() -> Self {
        let depth = CALLS.get() + 1;
        CALLS.set(depth);
        Level { depth }
    }

    /// `most`: `launchpad.max_call_depth`.
    pub fn check(&self, most: u32) -> Result<(), TooDeep> {
        match self.depth > most {
            true => Err(TooDeep { most }),
            false => Ok(()),
        }
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        // Not one less than now: this also forgets inner calls that an error had passed by.
        CALLS.set(self.depth - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_left_however_calls_end() {
        let outer = Level::enter();
        assert!(outer.check(1).is_ok());
        let panicked = std::panic::catch_unwind(|| {
            let inner = Level::enter();
            assert_eq!(inner.check(1), Err(TooDeep { most: 1 }));
            panic!("an error of PostgreSQL's");
        });
        assert!(panicked.is_err());
        std::mem::forget(Level::enter());
        assert_eq!(Level::enter().depth, 3);
        drop(outer);
        assert_eq!(Level::enter().depth, 1);
    }
}
