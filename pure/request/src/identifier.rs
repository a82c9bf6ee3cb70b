//! Which names a language accepts for a variable.

use launchpad_protocol::launch::Language;

// https://docs.python.org/3/reference/lexical_analysis.html#keywords
const PYTHON_KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

// https://cran.r-project.org/doc/manuals/r-release/R-lang.html#Reserved-words
const R_RESERVED: &[&str] = &[
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

/// Whether `name` can be assigned to in `language`. Letters and digits beyond ASCII are taken as
/// Unicode classes them, which is what Python and R do but for a few characters.
pub fn is_valid(language: Language, name: &str) -> bool {
    match language {
        Language::Python => is_python(name),
        Language::R => is_r(name),
    }
}

fn is_python(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
        && !PYTHON_KEYWORDS.contains(&name)
}

/// A syntactic name, which a script can write without backquotes.
fn is_r(name: &str) -> bool {
    let mut chars = name.chars();
    let begins = match chars.next() {
        // Followed by a digit it begins a number.
        Some('.') => !chars.clone().next().is_some_and(|c| c.is_ascii_digit()),
        first => first.is_some_and(char::is_alphabetic),
    };
    begins
        && chars.all(|c| c == '.' || c == '_' || c.is_alphanumeric())
        && !R_RESERVED.contains(&name)
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

    #[test]
    fn python_names() {
        for good in ["x", "_", "Größe", "x1", "print"] {
            assert!(is_valid(Language::Python, good), "{good}");
        }
        for bad in ["", "1x", "a b", "a.b", "class", "a-b", "?column?"] {
            assert!(!is_valid(Language::Python, bad), "{bad}");
        }
    }

    #[test]
    fn r_names() {
        for good in [
            "x", "Größe", "x1", "a.b", "a_b", ".", "..", "....", ".x", "._1", "..a", "..1a",
            "class", "T", "print", "NA_", "Na",
        ] {
            assert!(is_valid(Language::R, good), "{good}");
        }
        for bad in [
            "", "1x", "_x", ".1", ".1x", "a b", "a-b", "?column?", "...", "..1", "..12", "if",
            "TRUE", "NULL", "NA", "NA_real_", "Inf", "function", "in", "`x`", "x\n",
        ] {
            assert!(!is_valid(Language::R, bad), "{bad}");
        }
    }
}
