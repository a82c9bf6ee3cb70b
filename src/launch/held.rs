//! The satellites that this session holds: from a launch request to the end of its satellite.
//!
//! A session that holds one never waits for another that others have, or they could wait for each other
//! for ever. The launchpad applies that rule; what a session holds only the session knows for certain,
//! since a connection that it has just closed may still be open to the launchpad. A call inside another
//! (in its input query, or in a cast of its result) is the usual way to hold one and want another.

use std::cell::Cell;

thread_local! {
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// A satellite, or the prospect of one. It lives beside the connection whose end ends the satellite, so
/// that neither outlives the other, however a call ends.
#[derive(Debug)]
pub struct Held(());

impl Held {
    pub fn new() -> Self {
        HELD.set(HELD.get() + 1);
        Held(())
    }

    /// Whether the session holds any.
    pub fn any() -> bool {
        HELD.get() > 0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(HELD.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_let_go_however_a_call_ends() {
        assert!(!Held::any());
        let outer = Held::new();
        let panicked = std::panic::catch_unwind(|| {
            let _inner = Held::new();
            panic!("an error of PostgreSQL's");
        });
        assert!(panicked.is_err() && Held::any());
        drop(outer);
        assert!(!Held::any());
    }
}
