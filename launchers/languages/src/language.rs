//! The handle of a language.

use crate::{Entry, TABLE};
use serde::{Deserialize, Serialize};

/// A language of the [`TABLE`]. In a message it is its number; one that has no entry cannot be decoded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Language(u8);

impl Language {
    pub const PYTHON: Language = Language(0);
    pub const R: Language = Language(1);

    pub const ALL: [Language; TABLE.len()] = {
        assert!(
            TABLE.len() <= u8::MAX as usize,
            "a language's number has eight bits"
        );
        let mut all = [Language(0); TABLE.len()];
        let mut number = 0;
        while number < all.len() {
            all[number] = Language(number as u8);
            number += 1;
        }
        all
    };

    pub const fn entry(self) -> &'static Entry {
        TABLE[self.0 as usize]
    }

    pub const fn number(self) -> u8 {
        self.0
    }

    /// As messages and views write it.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The setting that names its program.
    pub fn setting(self) -> &'static str {
        self.entry().setting.name.to_str().unwrap_or_default()
    }

    /// The name of its environment.
    pub fn environment(self) -> &'static str {
        let setting = self.setting();
        setting.strip_prefix("launchpad.").unwrap_or(setting)
    }

    /// All of them, as a sentence names them.
    pub fn list() -> String {
        let names = Language::ALL.map(|language| format!("'{}'", language.name()));
        match names.split_last() {
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }

    /// `name` in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Language::ALL
            .into_iter()
            .find(|language| name.eq_ignore_ascii_case(language.name()))
    }
}

impl TryFrom<u8> for Language {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        let is_there = usize::from(number) < TABLE.len();
        is_there
            .then_some(Language(number))
            .ok_or("no language has that number")
    }
}

impl From<Language> for u8 {
    fn from(language: Language) -> u8 {
        language.0
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_parsed_in_any_case() {
        for language in Language::ALL {
            let name = language.name();
            assert_eq!(Language::parse(name), Some(language));
            assert_eq!(Language::parse(&name.to_lowercase()), Some(language));
        }
        assert_eq!(Language::parse("PYTHON"), Some(Language::PYTHON));
        assert_eq!(Language::parse("r"), Some(Language::R));
        for name in ["", "Perl", "R ", "Python3"] {
            assert_eq!(Language::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_list_ends_with_and() {
        let list = Language::list();
        assert!(list.starts_with("'Python'"), "{list}");
        assert_eq!(list.matches(" and '").count(), 1, "{list}");
    }

    #[test]
    fn a_number_without_an_entry_is_no_language() {
        for language in Language::ALL {
            assert_eq!(Language::try_from(language.number()), Ok(language));
            assert_eq!(language.setting().split('.').next(), Some("launchpad"));
        }
        let after = Language::ALL.len() as u8;
        for number in [after, u8::MAX] {
            assert!(Language::try_from(number).is_err());
        }
    }
}
