//! Chance that can be repeated.

use std::collections::BTreeSet;

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % sides
    }

    pub fn pick<T: Copy>(&mut self, from: &BTreeSet<T>) -> Option<T> {
        let at = self.roll(from.len().max(1) as u64) as usize;
        from.iter().nth(at).copied()
    }
}
