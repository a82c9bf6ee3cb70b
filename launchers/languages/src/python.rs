//! Python.

use crate::Sign::{Has, Kind, KindEnds, Starts, Trace};
use crate::{Denied, Entry, Limit, Pattern, Setting, Zygote};

pub(crate) static PYTHON: Entry = Entry {
    name: "Python",
    object: c"launchpad_python",
    setting: Setting {
        name: c"launchpad.python",
        default: c"/usr/bin/python3",
        short_description: c"Path of the Python interpreter that runs scripts.",
        long_description: c"It can be a virtual environment's bin/python. It needs pyarrow, pandas and numpy, and the server's user must be able to read it. Empty disables Python.",
    },
    start_hint,
    zygote: Zygote {
        // Without site, which the launcher runs itself, confined: .pth files and sitecustomize are packages' code.
        arguments: &["-I", "-S"],
        before_launcher: "",
        launcher: "python",
        variables: &[
            ("NUMEXPR_NUM_THREADS", "1"),
            // Arrow's jemalloc has a thread of its own.
            ("JE_ARROW_MALLOC_CONF", "background_thread:false"),
            ("ARROW_DEFAULT_MEMORY_POOL", "system"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("PYTHONNOUSERSITE", "1"),
            ("PYTHONUTF8", "1"),
        ],
        writes: false,
    },
    preload: Some(Setting {
        name: c"launchpad.python_preload",
        default: c"auto",
        short_description: c"Modules that are imported in advance for Python scripts.",
        long_description: c"auto: the modules whose import takes scripts the most time; otherwise a list of modules; empty: none.",
    }),
    // What is named __main__ and the like is no module to be imported, but a program.
    is_module: |name| {
        let is_part = |part: &str| is_variable(part) && !part.starts_with("__");
        name.split('.').all(is_part)
    },
    package: |module| module.split('.').next().unwrap_or(module),
    rounds_bigint: false,
    is_variable,
    limits: &[
        Pattern {
            means: Limit::Memory,
            signs: &[KindEnds("MemoryError")],
        },
        Pattern {
            means: Limit::Memory,
            signs: &[Starts(&["[Errno 12]"])],
        },
        // fork's EAGAIN has no type of its own: a read that would wait has it too.
        Pattern {
            means: Limit::Processes,
            signs: &[
                Kind("BlockingIOError"),
                Starts(&["[Errno 11]"]),
                Trace(&["fork", "subprocess.py", "posix_spawn"]),
            ],
        },
        Pattern {
            means: Limit::Processes,
            signs: &[Kind("RuntimeError"), Starts(&["can't start new thread"])],
        },
        Pattern {
            means: Limit::Tmp,
            signs: &[Starts(&["[Errno 28]", "[Errno 27]"])],
        },
    ],
    denials: &[
        Pattern {
            means: Denied::PythonModule,
            signs: &[Kind("ModuleNotFoundError"), Starts(&["No module named "])],
        },
        // execve's EACCES, where programs are started.
        Pattern {
            means: Denied::Programs,
            signs: &[
                Starts(&["[Errno 13]"]),
                Trace(&["subprocess.py", "/multiprocessing/", "os.exec"]),
            ],
        },
        Pattern {
            means: Denied::Processes,
            signs: &[
                Starts(&["[Errno 1]"]),
                Trace(&["fork", "subprocess.py", "posix_spawn"]),
            ],
        },
        // EAFNOSUPPORT, or a name that nobody could be asked for.
        Pattern {
            means: Denied::Network,
            signs: &[KindEnds("gaierror")],
        },
        Pattern {
            means: Denied::Network,
            signs: &[Has(&[
                "[Errno 97]",
                "name resolution",
                "Name or service not known",
            ])],
        },
        Pattern {
            means: Denied::SharedMemory,
            signs: &[Starts(&["[Errno 1]"]), Trace(&["mmap.mmap("])],
        },
        Pattern {
            means: Denied::Descriptors,
            signs: &[Starts(&["[Errno 1]"]), Trace(&["sendmsg"])],
        },
    ],
};

// https://docs.python.org/3/reference/lexical_analysis.html#keywords
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

fn start_hint(reason: &str) -> &'static str {
    let misbehaves = [
        "not as it must be",
        "has started a thread",
        "has left descriptors open",
    ];
    if misbehaves.iter().any(|words| reason.contains(words)) {
        return "A package that launchpad.python's environment loads when it starts leaves something behind that all scripts would share. `python -X importtime -c 'import pyarrow, pandas, numpy'` lists what is loaded; .pth files and sitecustomize run as well.";
    }
    if reason.contains("status 127") {
        return "launchpad.python names a program that starts another program, which scripts cannot see. Add that program's folder to launchpad.readable_paths.";
    }
    // One that is missing has no traceback.
    match reason.contains("Traceback (most recent call last)") {
        true => {
            "A package in launchpad.python's environment cannot be imported. Run pip check there to find versions that do not fit together. NumPy 1.24, pandas 1.5, pyarrow 18 and newer versions are supported."
        }
        false => {
            "launchpad.python names the interpreter, which needs the packages pyarrow, pandas and numpy."
        }
    }
}

fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
        && !KEYWORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, Language};

    #[test]
    fn names() {
        for good in ["x", "_", "Größe", "x1", "print"] {
            assert!(is_variable(good), "{good}");
        }
        for bad in ["", "1x", "a b", "a.b", "class", "a-b", "?column?"] {
            assert!(!is_variable(bad), "{bad}");
        }
    }

    #[test]
    fn limits() {
        let hit = |kind, message| Limit::hit(Language::PYTHON, kind, message, "os.fork()");
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
        let read = Limit::hit(Language::PYTHON, "BlockingIOError", fork, "os.read(0, 1)");
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
    fn denials() {
        let to = |kind, message, trace| {
            let failure = Failure {
                kind,
                message,
                trace,
            };
            Denied::to(Language::PYTHON, failure).next()
        };
        let program = |trace| to("PermissionError", "[Errno 13] Permission denied", trace);
        let popen = "File \"/usr/lib/python3.11/subprocess.py\", line 1901, in _execute_child";
        assert_eq!(program(popen), Some(Denied::Programs));
        assert_eq!(program("File \"<script>\", line 1, in <module>"), None);
        for (kind, message) in [
            (
                "socket.gaierror",
                "[Errno -3] Temporary failure in name resolution",
            ),
            (
                "OSError",
                "[Errno 97] Address family not supported by protocol",
            ),
            (
                "urllib.error.URLError",
                "<urlopen error [Errno -3] Temporary failure in name resolution>",
            ),
        ] {
            assert_eq!(to(kind, message, ""), Some(Denied::Network), "{message}");
        }
        let absent = to("OSError", "[Errno 38] Function not implemented", "");
        assert_eq!(absent, Some(Denied::SystemCall));
        let refused = |trace| {
            to(
                "PermissionError",
                "[Errno 1] Operation not permitted",
                trace,
            )
        };
        let shared = refused("    mmap.mmap(-1, 4096)");
        assert_eq!(shared, Some(Denied::SharedMemory));
        for started in ["    os.fork()", popen] {
            assert_eq!(refused(started), Some(Denied::Processes));
        }
        let passed = refused("    one.sendmsg([b\"x\"], rights)");
        assert_eq!(passed, Some(Denied::Descriptors));
        assert_eq!(refused("    os.chroot(\".\")"), None);
    }
}
