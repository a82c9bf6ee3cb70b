//! `launchpad.python_preload` and the like: `auto`, or modules separated by commas.

use crate::Checked;
use launchpad_languages::{Language, TABLE};
use launchpad_protocol::imports::{Preload, is_module};
use std::ffi::CStr;

/// Modules of a list.
const MOST: usize = 100;

/// The check of the setting of the language with that number, which must have one.
pub struct Preloads<const NUMBER: usize>;

impl<const NUMBER: usize> Checked for Preloads<NUMBER> {
    const NAME: &'static CStr = match &TABLE[NUMBER].preload {
        Some(setting) => setting.name,
        None => panic!("the language preloads nothing"),
    };

    const IN_DATABASE: bool = false;

    fn check(value: &str, _bytes: usize) -> Result<(), String> {
        parse(Language::ALL[NUMBER], value).map(drop)
    }
}

/// What `value` means, or what is wrong with it, as a sentence. Spaces around commas do not count.
pub fn parse(language: Language, value: &str) -> Result<Preload, String> {
    let value = value.trim();
    if value.eq_ignore_ascii_case("auto") {
        return Ok(Preload::Auto);
    }
    if value.is_empty() {
        return Ok(Preload::Modules(Vec::new()));
    }
    let modules: Vec<&str> = value.split(',').map(str::trim).collect();
    if modules.len() > MOST {
        return Err(format!(
            "The list has {} names, {MOST} are the limit.",
            modules.len()
        ));
    }
    match modules.iter().find(|name| !is_module(language, name)) {
        Some(name) => Err(format!(
            "\"{name}\" is not a valid name of a module or package. The value is auto, or a list of names separated by commas, or empty."
        )),
        None => Ok(Preload::Modules(
            modules.into_iter().map(str::to_owned).collect(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let python = |value| parse(Language::PYTHON, value);
        assert_eq!(python("auto"), Ok(Preload::Auto));
        assert_eq!(python(" AUTO "), Ok(Preload::Auto));
        assert_eq!(python(""), Ok(Preload::Modules(vec![])));
        let two = vec!["sklearn.ensemble".to_owned(), "scipy".to_owned()];
        assert_eq!(python("sklearn.ensemble, scipy"), Ok(Preload::Modules(two)));
        let r = parse(Language::R, "data.table");
        assert_eq!(r, Ok(Preload::Modules(vec!["data.table".to_owned()])));
        for bad in ["a,", "a b", "scikit-learn", "/a", "a..b"] {
            assert!(python(bad).is_err(), "{bad}");
        }
        let many = vec!["a"; MOST + 1].join(",");
        assert!(python(&many).unwrap_err().contains("101 names"));
    }
}
