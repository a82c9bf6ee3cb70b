//! Streams changed at random: decoding returns, without a panic, whatever comes.

use super::hostile::{BUDGET, good, streams};
use super::stream::PANICS;
use super::tests::nested;
use super::whole::{Contract, decode_pieces};
use std::time::{Duration, Instant};

const CONTRACT: Contract = Contract {
    columns: 3,
    budget: BUDGET,
};

/// Marsaglia's xorshift64: enough to choose where to change what.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// One change: a bit, a byte, a number that is special, a piece doubled, removed or of another
/// stream.
fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const SPECIAL: [i64; 12] = [
        0,
        1,
        -1,
        7,
        8,
        127,
        255,
        1 << 20,
        i32::MAX as i64,
        i32::MIN as i64,
        i64::MAX,
        i64::MIN,
    ];
    if bytes.is_empty() {
        bytes.extend_from_slice(other);
        return;
    }
    let at = random.below(bytes.len());
    let end = (at + 1 + random.below(64)).min(bytes.len());
    match random.below(8) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.next() as u8,
        3 | 4 => {
            let width = [1, 2, 4, 8][random.below(4)];
            let number = SPECIAL[random.below(SPECIAL.len())].to_le_bytes();
            // Numbers in a message are aligned.
            let at = at / width * width;
            let end = (at + width).min(bytes.len());
            bytes[at..end].copy_from_slice(&number[..end - at]);
        }
        5 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        6 => {
            bytes.drain(at..end);
        }
        _ => {
            let from = random.below(other.len());
            let to = (from + 64).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
    }
}

/// Inputs, streams that were read to their end, caught panics.
fn run(seed: u64, time: Duration) -> (u64, u64, usize) {
    let mut seeds: Vec<Vec<u8>> = streams().into_iter().map(|stream| stream.bytes).collect();
    seeds.retain(|bytes| bytes.len() < 64 << 10);
    // As many good ones: what passes the first checks gets further.
    seeds.extend(std::iter::repeat_n(good(), seeds.len()));
    seeds.extend(std::iter::repeat_n(nested(), seeds.len() / 2));
    let mut random = Random(seed | 1);
    let before = PANICS.get();
    let began = Instant::now();
    let (mut inputs, mut whole) = (0, 0);
    while inputs % 256 != 0 || began.elapsed() < time {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        let other = random.below(seeds.len());
        for _ in 0..=random.below(4) {
            change(&mut bytes, &seeds[other], &mut random);
        }
        let piece = [1, 7, 4096, usize::MAX][random.below(4)];
        let panics = PANICS.get();
        whole += u64::from(decode_pieces(&bytes, piece, CONTRACT).is_ok());
        if PANICS.get() != panics {
            eprintln!("a panic at input {inputs} of seed {seed}: {bytes:02x?}");
        }
        inputs += 1;
    }
    (inputs, whole, PANICS.get() - before)
}

#[test]
fn changed_streams_do_not_panic() {
    let (inputs, _, panics) = run(1, Duration::from_secs(2));
    assert!(inputs > 0);
    assert_eq!(panics, 0);
}

/// `make fuzz`: FUZZ_SECONDS long, from FUZZ_SEED or from the clock.
#[test]
#[ignore = "as long as one likes"]
fn fuzz() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("FUZZ_SEED").unwrap_or_else(|| {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(1, |now| now.as_nanos() as u64)
    });
    let seconds = number("FUZZ_SECONDS").unwrap_or(60);
    println!("seed {seed}, {seconds} s");
    let (inputs, whole, panics) = run(seed, Duration::from_secs(seconds));
    println!("{inputs} inputs, {whole} read to their end, {panics} panics caught");
    assert_eq!(panics, 0);
}
