//! R.

use crate::Sign::{Has, Starts};
use crate::{Denied, Entry, Limit, Pattern, Setting, Zygote};

pub(crate) static R: Entry = Entry {
    name: "R",
    object: c"launchpad_r",
    setting: Setting {
        name: c"launchpad.r",
        default: c"/usr/bin/R",
        short_description: c"Path of the R program that runs scripts.",
        long_description: c"R 4.2 or newer; it does not need any packages. If it is missing, only R scripts are refused. Empty disables R.",
    },
    start_hint: |_| "launchpad.r names the R program, version 4.2 or newer, which needs no packages. On Debian, install r-base-core.",
    // Debian's R is a shell script that execs the interpreter, so that the process, its descriptors and
    // its death signal stay.
    zygote: Zygote {
        arguments: &["--no-echo", "--vanilla"],
        before_launcher: "--file=",
        launcher: "r/main.R",
        variables: &[
            // R makes its session's folder there before it runs anything of ours. A relative path: R
            // takes none with a blank in it.
            ("TMPDIR", "."),
            // Many strings are many objects. As R grows its memory by default, its collector runs again
            // and again while a million of them arrive, a third of the time; so, a seventh.
            ("R_GC_MEM_GROW", "3"),
        ],
        writes: true,
    },
    preload: Some(Setting {
        name: c"launchpad.r_preload",
        default: c"auto",
        short_description: c"Packages that are loaded in advance for R scripts.",
        long_description: c"auto: the packages whose loading takes scripts the most time; otherwise a list of packages; empty: none.",
    }),
    is_module: is_package,
    package: |package| package,
    rounds_bigint: true,
    is_variable,
    limits: &[
        // What R's allocator and its parser say.
        Pattern {
            means: Limit::Memory,
            signs: &[Starts(&[
                "cannot allocate vector of size",
                "cannot allocate memory block",
                "vector memory exhausted",
                "memory exhausted",
            ])],
        },
        Pattern {
            means: Limit::Processes,
            signs: &[Has(&[
                "unable to fork, possible reason: Resource temporarily unavailable",
            ])],
        },
    ],
    denials: &[
        Pattern {
            means: Denied::RPackage,
            signs: &[Has(&["there is no package called"])],
        },
        Pattern {
            means: Denied::Processes,
            signs: &[Has(&[
                "unable to fork, possible reason: Operation not permitted",
            ])],
        },
        // makeCluster and its like.
        Pattern {
            means: Denied::RCluster,
            signs: &[Has(&["creation of server socket failed"])],
        },
        Pattern {
            means: Denied::Programs,
            signs: &[Has(&[
                "error in running command",
                "cannot popen",
                "cannot start processx process",
            ])],
        },
        Pattern {
            means: Denied::Network,
            signs: &[
                Has(&["http://", "https://", "ftp://"]),
                Has(&["cannot open"]),
            ],
        },
    ],
};

// https://cran.r-project.org/doc/manuals/r-release/R-lang.html#Reserved-words
const RESERVED: &[&str] = &[
    "if",
    "else",
    "repeat",
    "while",
    "function",
    "for",
    "next",
    "break",
    "TRUE",
    "FALSE",
    "NULL",
    "Inf",
    "NaN",
    "NA",
    "NA_integer_",
    "NA_real_",
    "NA_character_",
    "NA_complex_",
    "in",
    "...",
];

// https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file
fn is_package(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

/// A syntactic name, which a script can write without backquotes.
fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    let begins = match chars.next() {
        // Followed by a digit it begins a number.
        Some('.') => !chars.clone().next().is_some_and(|c| c.is_ascii_digit()),
        first => first.is_some_and(char::is_alphabetic),
    };
    begins
        && chars.all(|c| c == '.' || c == '_' || c.is_alphanumeric())
        && !RESERVED.contains(&name)
        && !is_dots_element(name)
}

/// `..1` and so on: R's names for what a function's `...` holds.
fn is_dots_element(name: &str) -> bool {
    name.strip_prefix("..")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Failure, Language};

    #[test]
    fn names() {
        for good in [
            "x", "Größe", "x1", "a.b", "a_b", ".", "..", "....", ".x", "._1", "..a", "..1a",
            "class", "T", "print", "NA_", "Na",
        ] {
            assert!(is_variable(good), "{good}");
        }
        for bad in [
            "", "1x", "_x", ".1", ".1x", "a b", "a-b", "?column?", "...", "..1", "..12", "if",
            "TRUE", "NULL", "NA", "NA_real_", "Inf", "function", "in", "`x`", "x\n",
        ] {
            assert!(!is_variable(bad), "{bad}");
        }
    }

    #[test]
    fn limits() {
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

    #[test]
    fn denials() {
        let to = |message| {
            let failure = Failure {
                kind: "simpleError",
                message,
                trace: "",
            };
            Denied::to(Language::R, failure).next()
        };
        for message in [
            "error in running command",
            "cannot popen 'id', probable reason 'Cannot allocate memory'",
            "! cannot start processx process 'id' (system error 13, Permission denied)",
        ] {
            assert_eq!(to(message), Some(Denied::Programs));
        }
        let package = "there is no package called ‘survival’";
        assert_eq!(to(package), Some(Denied::RPackage));
        let cluster = "creation of server socket failed: port 11477 cannot be opened";
        assert_eq!(to(cluster), Some(Denied::RCluster));
        let fork = "unable to fork, possible reason: Operation not permitted";
        assert_eq!(to(fork), Some(Denied::Processes));
        let url = "cannot open the connection to 'https://example.com'";
        assert_eq!(to(url), Some(Denied::Network));
        let file = "cannot open file 'https': No such file or directory";
        assert_eq!(to(file), None);
    }
}
