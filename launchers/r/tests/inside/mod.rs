//! Tests that need a running R: the rooms' own, run one after the other by `tests/under_r.rs`, which
//! starts R and reads what is printed here. Not in what is installed.

use crate::r::{Owned, entry, sexp};
use crate::{json, packages, r, reading, writing};
use std::panic::catch_unwind;

/// What it is about, and a function that panics if it is not so.
pub(crate) type Test = (&'static str, fn());

/// Runs all tests and prints one line each, as Rust's own test programs do. TRUE if all passed.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_self_test() -> sexp {
    entry([], |[]| {
        let rooms = [
            ("r", r::self_test::TESTS),
            ("reading", reading::self_test::TESTS),
            ("reading", reading::self_test::streams::TESTS),
            ("reading", reading::self_test::growing::TESTS),
            ("writing", writing::self_test::numbers::TESTS),
            ("writing", writing::self_test::TESTS),
            ("json", json::self_test::TESTS),
            ("packages", packages::self_test::TESTS),
        ];
        println!(
            "running {} tests",
            rooms.iter().map(|(_, tests)| tests.len()).sum::<usize>()
        );
        let mut failed = 0;
        for (room, tests) in rooms {
            for (name, test) in tests {
                let outcome = catch_unwind(test);
                // Whatever a test does, nothing of it stays behind.
                let left = if outcome.is_ok() {
                    r::self_test::owned()
                } else {
                    0
                };
                let word = if outcome.is_ok() && left == 0 {
                    "ok"
                } else {
                    "FAILED"
                };
                println!("test {room}: {name} ... {word}");
                if left != 0 {
                    println!("{left} objects are still owned");
                }
                failed += usize::from(word != "ok");
            }
        }
        Ok(Owned::logicals(1, |values| {
            values[0] = i32::from(failed == 0)
        })?)
    })
}
