//! Which names a language accepts for a variable.

use launchpad_protocol::launch::Language;

// https://docs.python.org/3/reference/lexical_analysis.html#keywords
const PYTHON_KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// Whether `name` can be assigned to in `language`. Letters and digits beyond ASCII are taken as
/// Unicode classes them, which is what Python does but for a few characters.
pub fn is_valid(language: Language, name: &str) -> bool {
    match language {
        Language::Python => {
            let mut chars = name.chars();
            chars
                .next()
                .is_some_and(|first| first == '_' || first.is_alphabetic())
                && chars.all(|c| c == '_' || c.is_alphanumeric())
                && !PYTHON_KEYWORDS.contains(&name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_names() {
        for good in ["x", "_", "Größe", "x1", "print"] {
            assert!(is_valid(Language::Python, good), "{good}");
        }
        for bad in ["", "1x", "a b", "a.b", "class", "a-b", "?column?"] {
            assert!(!is_valid(Language::Python, bad), "{bad}");
        }
    }
}
