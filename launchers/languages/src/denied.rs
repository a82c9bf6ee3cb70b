//! What a script lacked.

use crate::pattern::meanings;
use crate::{Failure, Language, Pattern, Sign};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// To start programs.
    Programs,
    /// To start any process.
    Processes,
    Network,
    /// A system call that no satellite has.
    SystemCall,
    /// Anonymous memory that is shared.
    SharedMemory,
    /// To pass descriptors.
    Descriptors,
    /// A module of Python's that is not installed.
    PythonModule,
    /// An R package that is not installed.
    RPackage,
    /// The sockets of a cluster of R's package parallel.
    RCluster,
}

/// In every language: what Rust's panics and C's own words have for ENOSYS.
const EVERYWHERE: &[Pattern<Denied>] = &[Pattern {
    means: Denied::SystemCall,
    signs: &[Sign::Has(&[
        "[Errno 38]",
        "code: 38,",
        "Function not implemented",
    ])],
}];

impl Denied {
    /// All that a failure may be about.
    pub fn to(language: Language, failure: Failure<'_>) -> impl Iterator<Item = Self> {
        meanings(language.entry().denials.iter().chain(EVERYWHERE), failure)
    }

    /// From what a process wrote before it died.
    pub fn by_last_words(words: &str) -> Option<Self> {
        let failure = Failure {
            kind: "",
            message: words,
            trace: "",
        };
        meanings(EVERYWHERE.iter(), failure).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_system_call_is_found_in_every_languages_words() {
        let message = "called `Result::unwrap()` on an `Err` value: Os { code: 38, kind: Unsupported, message: \"Function not implemented\" }";
        let failure = Failure {
            kind: "",
            message,
            trace: "",
        };
        for language in Language::ALL {
            let denied: Vec<_> = Denied::to(language, failure).collect();
            assert_eq!(denied, [Denied::SystemCall]);
        }
        assert_eq!(Denied::by_last_words(message), Some(Denied::SystemCall));
        assert_eq!(Denied::by_last_words("Killed"), None);
    }
}
