//! Sets of processors, as `launchpad.cpu_affinity` writes them: `0-3,6`.

use serde::{Deserialize, Serialize};
use std::fmt;

const WORDS: usize = 16;

/// Processors by their numbers, of which the greatest is [`Processors::MOST`] - 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Processors([u64; WORDS]);

/// Why a text is no set of processors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProcessorsError {
    #[error("\"{0}\" is not a CPU number or a range such as 0-3")]
    Malformed(String),
    #[error("{0} is out of range: the largest number is {greatest}", greatest = Processors::MOST - 1)]
    TooGreat(String),
    #[error("it is longer than {} bytes", Processors::LONGEST)]
    TooLong,
}

impl Processors {
    /// More than any machine has that Linux 6 runs on without being built for it.
    pub const MOST: usize = WORDS * 64;

    /// Bytes of a text at most: all numbers one by one, with some blanks.
    const LONGEST: usize = 8192;

    /// Numbers and ranges of numbers, separated by commas; an empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, ProcessorsError> {
        let mut set = Processors::default();
        if text.len() > Processors::LONGEST {
            return Err(ProcessorsError::TooLong);
        }
        if text.trim().is_empty() {
            return Ok(set);
        }
        for part in text.split(',') {
            let part = part.trim();
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |digits: &str| {
                let digits = digits.trim();
                let malformed = || ProcessorsError::Malformed(part.to_owned());
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(malformed());
                }
                match digits.parse::<usize>() {
                    Ok(number) if number < Processors::MOST => Ok(number),
                    _ => Err(ProcessorsError::TooGreat(digits.to_owned())),
                }
            };
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(ProcessorsError::Malformed(part.to_owned()));
            }
            (first..=last).for_each(|processor| set.add(processor));
        }
        Ok(set)
    }

    /// Ignores what is too great.
    pub fn add(&mut self, processor: usize) {
        if let Some(word) = self.0.get_mut(processor / 64) {
            *word |= 1 << (processor % 64);
        }
    }

    pub fn has(&self, processor: usize) -> bool {
        self.0
            .get(processor / 64)
            .is_some_and(|word| word & (1 << (processor % 64)) != 0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> {
        (0..Processors::MOST).filter(|processor| self.has(*processor))
    }

    /// What both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut both = *self;
        both.0.iter_mut().zip(other.0).for_each(|(a, b)| *a &= b);
        both
    }

    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.and(other) == *self
    }
}

/// The shortest way to write it.
impl fmt::Display for Processors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        let mut next = 0;
        while next < Processors::MOST {
            if !self.has(next) {
                next += 1;
                continue;
            }
            let first = next;
            while self.has(next + 1) {
                next += 1;
            }
            match next {
                last if last == first => write!(out, "{comma}{first}")?,
                last => write!(out, "{comma}{first}-{last}")?,
            }
            comma = ",";
            next += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read() {
        for (text, shortest) in [
            ("", ""),
            (" ", ""),
            ("0", "0"),
            ("0-3,6", "0-3,6"),
            (" 6 , 0 - 3,2", "0-3,6"),
            ("63,64,65,1023", "63-65,1023"),
        ] {
            assert_eq!(Processors::parse(text).unwrap().to_string(), shortest);
        }
        for text in [
            "x",
            "1-",
            "-1",
            "3-1",
            "1,,2",
            "1024",
            "+1",
            "99999999999999999999",
        ] {
            assert!(Processors::parse(text).is_err(), "{text}");
        }
        let all: Vec<_> = (0..Processors::MOST).map(|at| at.to_string()).collect();
        assert!(Processors::parse(&all.join(", ")).is_ok());
        let long = "0,".repeat(1 << 20);
        assert_eq!(Processors::parse(&long), Err(ProcessorsError::TooLong));
    }

    #[test]
    fn sets() {
        let some = Processors::parse("0-3,70").unwrap();
        let few = Processors::parse("2,70").unwrap();
        assert_eq!((some.len(), few.len()), (5, 2));
        assert!(few.is_subset_of(&some) && !some.is_subset_of(&few));
        assert_eq!(
            some.and(&Processors::parse("3-69").unwrap()).to_string(),
            "3"
        );
        assert!(some.and(&Processors::parse("9").unwrap()).is_empty());
        assert_eq!(few.iter().collect::<Vec<_>>(), [2, 70]);
    }
}
