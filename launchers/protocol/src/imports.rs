//! What scripts import, and what is therefore imported in advance.

use crate::{WireError, decode_packet, encode_packet};
use launchpad_languages::Language;
use serde::{Deserialize, Serialize};

/// Entries of one script's report.
pub const MOST_IMPORTS: usize = 64;

/// Bytes of a module's name.
pub const MAX_MODULE: usize = 100;

/// Modules of one package that are imported in advance.
pub const MOST_MODULES: usize = 64;

/// A module of Python's or a package of R's that a script has imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    pub module: String,
    /// How long that took, with what it imports itself; 0 if it was there in advance.
    pub microseconds: u64,
}

/// Bytes of one script's report.
pub const MAX_REPORT: usize = 8 * 1024;

/// One script's report: at most [`MOST_IMPORTS`] entries.
pub fn encode(report: &[Import]) -> Result<Vec<u8>, WireError> {
    encode_packet(&report)
}

/// None: it is not a report.
pub fn decode(report: &[u8]) -> Option<Vec<Import>> {
    let report: Vec<Import> = match report.len() <= MAX_REPORT {
        true => decode_packet(report).ok()?,
        false => return None,
    };
    (report.len() <= MOST_IMPORTS).then_some(report)
}

/// Whether a module of the language can have that name.
pub fn is_module(language: Language, name: &str) -> bool {
    name.len() <= MAX_MODULE && (language.entry().is_module)(name)
}

/// The package that a module belongs to.
pub fn package(language: Language, module: &str) -> &str {
    (language.entry().package)(module)
}

/// `launchpad.python_preload` and the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preload {
    /// What scripts import.
    Auto,
    /// These, and nothing else.
    Modules(Vec<String>),
}

impl Default for Preload {
    fn default() -> Self {
        Preload::Modules(Vec::new())
    }
}

/// One line of the view `launchpad.imports`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportLine {
    pub language: Language,
    /// The package's name.
    pub module: String,
    /// Calls whose scripts have imported it.
    pub calls: u64,
    /// What importing it takes, microseconds; 0 if that is not known.
    pub microseconds: u64,
    /// Whether the present zygote has it.
    pub is_preloaded: bool,
    /// Bytes that it takes in a zygote; None if that is not known.
    pub memory: Option<u64>,
    /// Why it is not preloaded, or which of its modules are.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_report_fits() {
        let import = Import {
            module: "m".repeat(MAX_MODULE),
            microseconds: u64::MAX,
        };
        let report = vec![import; MOST_IMPORTS];
        let bytes = encode(&report).unwrap();
        assert!(bytes.len() <= MAX_REPORT);
        assert_eq!(decode(&bytes), Some(report.clone()));
        let short = Import {
            module: "m".to_owned(),
            microseconds: 0,
        };
        let longer = encode(&vec![short; MOST_IMPORTS + 1]).unwrap();
        assert_eq!(decode(&longer), None);
        assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(decode(&[0xff; MAX_REPORT]), None);
    }

    #[test]
    fn names_of_modules() {
        for good in ["sklearn", "sklearn.ensemble._gb", "_x", "größe"] {
            assert!(is_module(Language::PYTHON, good), "{good}");
        }
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "test.__main__",
            "__main__",
            "a-b",
            "a b",
            "../a",
            "class",
            "a\n",
            "1a",
        ] {
            assert!(!is_module(Language::PYTHON, bad), "{bad}");
        }
        assert!(!is_module(Language::PYTHON, &"a".repeat(MAX_MODULE + 1)));
        for good in ["data.table", "R6", "ggplot2"] {
            assert!(is_module(Language::R, good), "{good}");
        }
        for bad in ["", "2x", ".x", "a_b", "a/b", "a b"] {
            assert!(!is_module(Language::R, bad), "{bad}");
        }
        assert_eq!(package(Language::PYTHON, "sklearn.ensemble"), "sklearn");
        assert_eq!(package(Language::R, "data.table"), "data.table");
    }
}
