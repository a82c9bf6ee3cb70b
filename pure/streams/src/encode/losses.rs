//! What a value may lose on its way to the script. Pure.

use launchpad_protocol::launch::Language;

/// What values lose on their way to the script.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// A value has no counterpart in Arrow and became NULL.
    pub infinite: bool,
    /// An integer is beyond those that a double holds one by one.
    pub rounded: bool,
}

impl Losses {
    /// A bigint's on its way to that language.
    #[inline]
    pub fn of_bigint(value: i64, language: Language) -> Self {
        Losses {
            infinite: false,
            rounded: language.entry().rounds_bigint && !is_exact(value),
        }
    }

    #[inline]
    pub fn any(self) -> bool {
        self != Losses::default()
    }

    #[inline]
    pub fn add(&mut self, more: Losses) {
        self.infinite |= more.infinite;
        self.rounded |= more.rounded;
    }
}

/// A double holds all integers up to here, both ways.
const MAX_EXACT: u64 = 1 << 53;

/// Whether it is among the integers that doubles hold one by one.
#[inline]
pub fn is_exact(value: i64) -> bool {
    value.unsigned_abs() <= MAX_EXACT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_up_to_two_to_the_53() {
        const LAST: i64 = 1 << 53;
        for value in [0, -1, LAST, -LAST] {
            assert!(!Losses::of_bigint(value, Language::R).any(), "{value}");
        }
        for value in [LAST + 1, -LAST - 1, LAST + 2, i64::MAX, i64::MIN] {
            assert!(Losses::of_bigint(value, Language::R).rounded, "{value}");
            assert!(!Losses::of_bigint(value, Language::PYTHON).any(), "{value}");
        }
    }

    #[test]
    fn losses_add_up() {
        let mut losses = Losses::default();
        assert!(!losses.any());
        losses.add(Losses::of_bigint(i64::MAX, Language::R));
        losses.add(Losses {
            infinite: true,
            rounded: false,
        });
        assert!(losses.infinite && losses.rounded);
    }
}
