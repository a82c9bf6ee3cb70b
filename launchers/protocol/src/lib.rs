//! Every message that pg_launchpad's processes exchange, one file per pair of processes.
//!
//! Pure: no sockets, no PostgreSQL, no interpreter. Two carriers are used. *Packets* travel on
//! `SOCK_SEQPACKET` sockets, one message each, at most [`MAX_PACKET`] bytes, file descriptors
//! beside them (see each message). *Frames* travel on the control channel, a stream:
//! `u32 length (little endian) | payload`, at most [`MAX_FRAME`] bytes of payload.
//!
//! Both sides come from one build. [`VERSION`] is carried by the first message of a connection, so
//! that a session which still has an older library loaded gets a clear refusal.

pub mod check;
pub mod control;
pub mod environment;
pub mod imports;
pub mod inventory;
pub mod keeper;
pub mod launch;
pub mod lifeline;
pub mod marks;
pub mod policy;
pub mod pool;
pub mod processors;
pub mod satellite;
pub mod supervisor;
pub mod zygote;

use launchpad_fault::{Fault, Outcome, Report};
use serde::{Serialize, de::DeserializeOwned};

/// Changes with every incompatible change of any message.
pub const VERSION: u32 = 14;

/// The largest packet either side accepts, in bytes.
pub const MAX_PACKET: usize = 16 * 1024;

/// The largest payload of a frame on the control channel, in bytes. Longer content (a script,
/// variables, a traceback) is split over frames or cut.
pub const MAX_FRAME: usize = 1024 * 1024;

/// What a script's own side puts into a frame at most: the less the backend has to have memory for at once.
pub const MAX_FRAME_BACK: usize = 64 * 1024;

/// A message that could not be read or written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WireError {
    #[error("a message is malformed")]
    Malformed,
    #[error("a message of {length} bytes is longer than the limit of {limit} bytes")]
    TooLong { length: usize, limit: usize },
    /// The system has not so much for a message.
    #[error("no memory for {bytes} bytes of a message")]
    NoMemory { bytes: usize },
}

impl Fault for WireError {
    fn report(&self) -> Report {
        match self {
            WireError::NoMemory { bytes } => Report::out_of_memory(Outcome::Limit, *bytes),
            WireError::Malformed | WireError::TooLong { .. } => Report::broken_protocol(self),
        }
    }
}

/// One message as the bytes of a packet.
pub fn encode_packet<M: Serialize>(message: &M) -> Result<Vec<u8>, WireError> {
    bounded(message, MAX_PACKET, |_, _| {})
}

/// The message in `bytes`, which must be exactly one packet: bytes after the message are an error.
pub fn decode_packet<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, WireError> {
    if bytes.len() > MAX_PACKET {
        return Err(WireError::TooLong {
            length: bytes.len(),
            limit: MAX_PACKET,
        });
    }
    exactly(bytes)
}

/// `before` and the message behind it, in memory that is reserved once and may be refused.
fn bounded<M: Serialize>(
    message: &M,
    limit: usize,
    before: impl FnOnce(usize, &mut Vec<u8>),
) -> Result<Vec<u8>, WireError> {
    let length =
        postcard::experimental::serialized_size(message).map_err(|_| WireError::Malformed)?;
    if length > limit {
        return Err(WireError::TooLong { length, limit });
    }
    let mut bytes = Vec::new();
    reserve(&mut bytes, control::HEADER + length)?;
    before(length, &mut bytes);
    postcard::to_extend(message, bytes).map_err(|_| WireError::Malformed)
}

fn reserve(bytes: &mut Vec<u8>, more: usize) -> Result<(), WireError> {
    let refused = |_| WireError::NoMemory { bytes: more };
    bytes.try_reserve(more).map_err(refused)
}

fn exactly<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, WireError> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        _ => Err(WireError::Malformed),
    }
}

/// `text` cut to at most `limit` bytes at a character boundary.
pub fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `text` in at most about `limit` bytes. A third of its beginning is kept and two of its end,
/// where a traceback has what it is about.
pub fn middle_cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let head = cut(text, limit / 3);
    let mut start = text.len() - (limit - limit / 3 - 5);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    // On lines of its own where the text has lines.
    match head.contains('\n') {
        true => format!("{head}\n…\n{}", &text[start..]),
        false => format!("{head} … {}", &text[start..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::satellite::FromSatellite;

    #[test]
    fn bytes_after_a_packet_are_refused() {
        let ready = FromSatellite::Ready(Box::default());
        let mut bytes = encode_packet(&ready).unwrap();
        assert_eq!(decode_packet(&bytes), Ok(ready));
        bytes.push(0);
        assert_eq!(
            decode_packet::<FromSatellite>(&bytes),
            Err(WireError::Malformed)
        );
    }

    #[test]
    fn cut_keeps_characters_whole() {
        assert_eq!(cut("häß", 10), "häß");
        assert_eq!(cut("häß", 2), "h");
        assert_eq!(cut("häß", 3), "hä");
    }

    #[test]
    fn long_texts_lose_their_middle_and_keep_characters_whole() {
        assert_eq!(middle_cut("short", 9), "short");
        for length in 100..110 {
            let cut = middle_cut(&"ä".repeat(length), 100);
            assert!(cut.len() <= 100, "{}", cut.len());
            assert!(cut.contains(" … "));
        }
    }
}
