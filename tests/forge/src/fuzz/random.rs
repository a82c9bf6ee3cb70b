//! Where chance comes from.

/// Marsaglia's xorshift64: enough to choose where to change what.
pub struct Random(u64);

impl Random {
    /// The `index`th of a seed's inputs, whatever the others are.
    pub fn of(seed: u64, index: u64) -> Self {
        // SplitMix64, so that neighbours have nothing in common.
        let mut state = seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Random((state ^ (state >> 31)) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `end`; 0 if there is nothing below.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// Once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// Numbers at which arithmetic breaks.
pub const SPECIAL: [i64; 28] = [
    0,
    1,
    -1,
    2,
    7,
    8,
    9,
    63,
    64,
    127,
    255,
    256,
    1 << 16,
    1 << 20,
    (1 << 20) + 1,
    (1 << 30) - 1,
    1 << 30,
    i32::MAX as i64 - 7,
    i32::MAX as i64,
    1 << 31,
    i32::MIN as i64,
    u32::MAX as i64 - 7,
    u32::MAX as i64,
    1 << 32,
    (1 << 32) + 8,
    1 << 61,
    i64::MAX,
    i64::MIN,
];
