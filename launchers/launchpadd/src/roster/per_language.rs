//! One value for each language.

use launchpad_protocol::launch::Language;
use std::ops::{Index, IndexMut};

#[derive(Debug)]
pub struct PerLanguage<T>([T; Language::ALL.len()]);

impl<T> PerLanguage<T> {
    pub fn new(make: impl FnMut(Language) -> T) -> Self {
        PerLanguage(Language::ALL.map(make))
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}

impl<T> Index<Language> for PerLanguage<T> {
    type Output = T;

    fn index(&self, language: Language) -> &T {
        &self.0[usize::from(language.number())]
    }
}

impl<T> IndexMut<Language> for PerLanguage<T> {
    fn index_mut(&mut self, language: Language) -> &mut T {
        &mut self.0[usize::from(language.number())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_a_place_of_its_own() {
        let mut names = PerLanguage::new(Language::name);
        for language in Language::ALL {
            assert_eq!(names[language], language.name());
        }
        names[Language::R] = "other";
        assert_eq!(names[Language::PYTHON], "Python");
        assert_eq!(names.iter().filter(|name| **name == "other").count(), 1);
    }
}
