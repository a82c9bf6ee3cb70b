//! Streams changed at random.
//!
//! A `case` is a stream as data, made of random `content` or one of the `scenes` that cost more than they
//! weigh. Its `batches` and the order of its messages (`streams`) are changed number by number, at
//! last its `bytes`. `replies` writes inputs for a server, where tests/test_fuzz_replies.py lets a satellite
//! send them.
//!
//! An input depends on the seed and its index alone.

mod batches;
mod bytes;
pub mod case;
pub mod content;
mod random;
#[cfg(test)]
mod replies;
mod scenes;
mod streams;

use crate::hostile;
use case::Case;
use random::Random;
use scenes::SCENES;

/// An input, and what makes it so.
pub struct Input {
    pub case: Case,
    pub bytes: Vec<u8>,
    /// The names of its scene and its changes; empty if it is valid.
    pub changes: Vec<&'static str>,
}

const BYTES: &str = "bytes";

/// Inputs from here on are the scenes, one after the other and as they are.
pub const SCENES_FROM: u64 = 1 << 32;

/// The `index`th input of a seed; the last stage takes pieces of `seeds`.
pub fn input(seed: u64, index: u64, seeds: &[Vec<u8>]) -> Input {
    let random = &mut Random::of(seed, index);
    let mut changes = Vec::new();
    let scene = match index.checked_sub(SCENES_FROM) {
        Some(number) => Some(number as usize % SCENES.len()),
        None => random.once_in(40).then(|| random.below(SCENES.len())),
    };
    let mut case = match scene {
        Some(scene) => {
            let (name, scene) = SCENES[scene];
            changes.push(name);
            scene(random)
        }
        None => Case::random(random),
    };
    if index >= SCENES_FROM {
        return Input {
            bytes: case.bytes(),
            case,
            changes,
        };
    }
    let count = random.pick(&[0, 1, 1, 1, 2, 4]);
    for _ in 0..count {
        let changed = match random.below(4) {
            0 => {
                let (name, change) = random.pick(streams::CHANGES);
                change(&mut case, random).map(|()| name)
            }
            _ => {
                let (name, change) = random.pick(batches::CHANGES);
                streams::a_batch(&mut case, random)
                    .and_then(|mut target| change(&mut target))
                    .map(|()| name)
            }
        };
        changes.extend(changed);
    }
    let mut stream = case.bytes();
    if count > 0 && random.once_in(5) {
        // Now and then of a stream that is hostile already.
        if random.once_in(2) {
            stream = seeds[random.below(seeds.len())].clone();
        }
        let other = &seeds[random.below(seeds.len())];
        for _ in 0..=random.below(4) {
            bytes::change(&mut stream, other, random);
        }
        changes.push(BYTES);
    }
    if !changes.is_empty() {
        case.values.clear();
    }
    Input {
        case,
        bytes: stream,
        changes,
    }
}

/// What the last stage takes pieces of.
pub fn seeds() -> Vec<Vec<u8>> {
    let streams = hostile::streams().into_iter().map(|stream| stream.bytes);
    let mut seeds: Vec<_> = streams.filter(|bytes| bytes.len() < 64 << 10).collect();
    // What passes the first checks gets further.
    seeds.extend(std::iter::repeat_n(hostile::good(), seeds.len() / 2));
    seeds.extend(std::iter::repeat_n(hostile::nested(), seeds.len() / 2));
    seeds
}

/// How many scenes there are.
pub fn scenes() -> u64 {
    SCENES.len() as u64
}

/// The names of all scenes and changes.
pub fn names() -> impl Iterator<Item = &'static str> {
    let names = SCENES.iter().map(|scene| scene.0);
    let names = names.chain(batches::CHANGES.iter().map(|change| change.0));
    names.chain(streams::CHANGES.iter().map(|change| change.0))
}
