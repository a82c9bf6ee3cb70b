//! Which of its limits a script ran into, by what its language says then: the kernel's refusals
//! arrive as ordinary failures of the script.

use launchpad_protocol::launch::Language;

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

/// strerror(3)'s words for ENOSPC, and for EFBIG where a limit bounds each file.
const NO_SPACE: [&str; 2] = ["No space left on device", "File too large"];

/// What R's allocator and its parser say.
const R_NO_MEMORY: [&str; 4] = [
    "cannot allocate vector of size",
    "cannot allocate memory block",
    "vector memory exhausted",
    "memory exhausted",
];

/// What Python says that cannot start a thread, and R that cannot fork.
const NO_THREAD: &str = "can't start new thread";
const R_NO_FORK: &str = "unable to fork, possible reason: Resource temporarily unavailable";

/// What the traceback of a Python that cannot fork holds.
const FORKS: [&str; 3] = ["fork", "subprocess.py", "posix_spawn"];

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
        let (memory, space, processes) = match language {
            Language::Python => (
                kind.ends_with("MemoryError"),
                ["[Errno 28]", "[Errno 27]"]
                    .iter()
                    .any(|number| message.starts_with(number)),
                // fork's EAGAIN has no type of its own: a read that would wait has it too.
                kind == "BlockingIOError"
                    && message.starts_with("[Errno 11]")
                    && FORKS.iter().any(|words| trace.contains(words))
                    || kind == "RuntimeError" && message.starts_with(NO_THREAD),
            ),
            Language::R => (
                R_NO_MEMORY.iter().any(|start| message.starts_with(start)),
                false,
                message.contains(R_NO_FORK),
            ),
        };
        if memory {
            Some(Limit::Memory)
        } else if processes {
            Some(Limit::Processes)
        } else if space
            || NO_SPACE
                .iter()
                .any(|words| message.trim_end().ends_with(words))
        {
            Some(Limit::Tmp)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_words() {
        let hit = |kind, message| Limit::hit(Language::Python, kind, message, "os.fork()");
        assert_eq!(hit("MemoryError", ""), Some(Limit::Memory));
        let numpy = "numpy._core._exceptions._ArrayMemoryError";
        assert_eq!(hit(numpy, "Unable to allocate"), Some(Limit::Memory));
        for message in [
            "[Errno 28] No space left on device",
            "[Errno 28] No space left on device: 'big'",
            "[Errno 27] File too large",
        ] {
            assert_eq!(hit("OSError", message), Some(Limit::Tmp));
        }
        let fork = "[Errno 11] Resource temporarily unavailable";
        assert_eq!(hit("BlockingIOError", fork), Some(Limit::Processes));
        let read = Limit::hit(Language::Python, "BlockingIOError", fork, "os.read(0, 1)");
        assert_eq!(read, None);
        let thread = "can't start new thread";
        assert_eq!(hit("RuntimeError", thread), Some(Limit::Processes));
        assert_eq!(hit("ValueError", thread), None);
        assert_eq!(hit("OSError", "[Errno 2] No such file"), None);
        assert_eq!(
            hit("ValueError", "cannot allocate vector of size 1 Gb"),
            None
        );
    }

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
    fn rs_words() {
        let hit = |message| Limit::hit(Language::R, "simpleError", message, "");
        for message in [
            "cannot allocate vector of size 7.5 Gb",
            "cannot allocate memory block of size 134217728 Tb",
            "memory exhausted (limit reached?)",
            "vector memory exhausted (limit reached?)",
        ] {
            assert_eq!(hit(message), Some(Limit::Memory), "{message}");
        }
        let file = "cannot open file 'big': No space left on device\n";
        assert_eq!(hit(file), Some(Limit::Tmp));
        let fork = "unable to fork, possible reason: Resource temporarily unavailable";
        assert_eq!(hit(fork), Some(Limit::Processes));
        assert_eq!(hit("object 'MemoryError' not found"), None);
        assert_eq!(Limit::hit(Language::R, "MemoryError", "", ""), None);
    }
}
