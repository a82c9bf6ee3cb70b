//! Which of its limits a script ran into.

use crate::pattern::meanings;
use crate::{Failure, Language, Pattern, Sign};

/// What the kernel enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `launchpad.memory_limit`
    Memory,
    /// `launchpad.tmp_limit`, of the one file system that a script can write to.
    Tmp,
    /// `launchpad.max_processes`
    Processes,
}

/// In every language: strerror(3)'s words for ENOSPC, and for EFBIG where a limit bounds each file; those for
/// ENOMEM, and what the dynamic loader says of a library that finds no place.
const EVERYWHERE: &[Pattern<Limit>] = &[
    Pattern {
        means: Limit::Tmp,
        signs: &[Sign::Ends(&["No space left on device", "File too large"])],
    },
    Pattern {
        means: Limit::Memory,
        signs: &[Sign::Ends(&[
            "Cannot allocate memory",
            "failed to map segment from shared object",
            "cannot map zero-fill pages",
        ])],
    },
];

impl Limit {
    /// Whether a process that aborted had no memory, by its last words: what Rust's runtime says, in
    /// which parts of the launchers and of Python's packages are written.
    pub fn ended_it(last_words: &str) -> bool {
        last_words.lines().any(|line| {
            let amount = line.strip_prefix("memory allocation of ");
            let amount = amount.and_then(|rest| rest.strip_suffix(" bytes failed"));
            amount.is_some_and(|amount| amount.bytes().all(|byte| byte.is_ascii_digit()))
        })
    }

    /// From a failure's type, message and traceback; None for any other.
    pub fn hit(language: Language, kind: &str, message: &str, trace: &str) -> Option<Self> {
        let failure = Failure {
            kind,
            message,
            trace,
        };
        meanings(language.entry().limits.iter().chain(EVERYWHERE), failure).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_of_rust() {
        assert!(Limit::ended_it("x\nmemory allocation of 4096 bytes failed"));
        for other in [
            "",
            "memory allocation of the host failed",
            "memory allocation",
        ] {
            assert!(!Limit::ended_it(other));
        }
    }

    #[test]
    fn every_language_passes_on_the_systems_words() {
        for language in Language::ALL {
            let hit = |message| Limit::hit(language, "", message, "");
            assert_eq!(hit("big: No space left on device\n"), Some(Limit::Tmp));
            assert_eq!(hit("No space left on device, or so"), None);
            let loader = "x.so: failed to map segment from shared object";
            assert_eq!(hit(loader), Some(Limit::Memory));
            assert_eq!(hit("x: Cannot allocate memory"), Some(Limit::Memory));
            assert_eq!(hit(&format!("{loader}: Operation not permitted")), None);
        }
    }
}
