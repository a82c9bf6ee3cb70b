//! Environments: an interpreter and its packages, each with zygote and satellites of its own.

use crate::imports::Preload;
use launchpad_languages::Language;
use serde::{Deserialize, Serialize};

/// What zygotes, warm satellites, calls and lists name an environment by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EnvironmentId(pub u32);

impl EnvironmentId {
    /// Each language has one environment, with the language's number.
    pub const fn of(language: Language) -> Self {
        EnvironmentId(language.number() as u32)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    pub id: EnvironmentId,
    pub name: String,
    pub language: Language,
    /// The path of the program that runs its scripts; empty: it is not offered.
    pub program: String,
    /// What its zygotes import in advance.
    pub preload: Preload,
}

impl Environment {
    /// The one of a language, which preloads nothing.
    pub fn of(language: Language, program: &str) -> Self {
        Environment {
            id: EnvironmentId::of(language),
            name: language.environment().to_owned(),
            language,
            program: program.to_owned(),
            preload: Preload::default(),
        }
    }

    pub fn is_offered(&self) -> bool {
        !self.program.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{WireError, decode_packet, encode_packet};

    #[test]
    fn an_unknown_language_is_malformed() {
        let python = Environment::of(Language::PYTHON, "p");
        let mut packet = encode_packet(&python).unwrap();
        assert_eq!(decode_packet(&packet), Ok(python));
        // Behind the id's only byte and the name, whose length is a byte as well.
        packet[1 + 1 + "python".len()] = 99;
        let read = decode_packet::<Environment>(&packet);
        assert_eq!(read, Err(WireError::Malformed));
    }
}
