//! The last stage: bytes changed, whatever they mean.

use super::random::{Random, SPECIAL};

/// One change: a bit, a byte, a number that is special, a piece doubled, removed or of another
/// stream.
pub fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
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
            let width = random.pick(&[1, 2, 4, 8]);
            let number = random.pick(&SPECIAL).to_le_bytes();
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
