//! Backend ⇄ satellite: the control channel, everything of a call that is not rows. Frames.
//!
//! Backend: `Run`, `Script`* (the script's bytes in pieces). Satellite: `Done` or `Failed`, once,
//! after the output stream's end; before that, maybe, `Imported`, and before `Done`, if asked for, `Params`*. Parameters and rows travel on the input pipe: first, if
//! `has_params`, an Arrow IPC stream of one row with one column per parameter; then, if
//! `has_input`, the input query's stream.

use crate::{MAX_FRAME, WireError, bounded, cut, exactly, reserve};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Bytes before a frame's payload.
pub const HEADER: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToScript {
    Run(Run),
    /// The next piece of the script's UTF-8 bytes; pieces may split a character.
    Script(Vec<u8>),
    /// Room for calls of one row, which cannot afford an Arrow stream: a bit for each column that is NULL,
    /// then the other values one behind the other, each as the buffer of its Arrow type has it, those of
    /// variable length behind their length. Nobody sends it yet: it breaks the protocol.
    Row(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub input_name: String,
    pub output_name: String,
    pub has_params: bool,
    pub has_input: bool,
    /// Bytes of the script that follow in `Script` frames.
    pub script_bytes: u64,
    /// The Arrow schema that the declared columns ask for, as one encapsulated IPC schema message;
    /// a launcher converts to it where that loses nothing and else sends what it has.
    pub wanted: Vec<u8>,
    /// Which of the language's types the frames are made of.
    pub frame_types: FrameTypes,
    /// Variables whose values come back as `Params` after the run.
    pub read_back: Vec<String>,
    /// The session's time zone, by PostgreSQL's name for it.
    pub time_zone: String,
}

/// `launchpad.python_types`: the flavour of pandas' columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FrameTypes {
    Numpy,
    Nullable,
    Arrow,
}

impl FrameTypes {
    /// As the setting writes it.
    pub fn name(self) -> &'static str {
        match self {
            FrameTypes::Numpy => "numpy",
            FrameTypes::Nullable => "nullable",
            FrameTypes::Arrow => "pyarrow",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromScript {
    /// The script ended and its result, if `rows` is not None, was sent whole: that many rows.
    Done {
        rows: Option<u64>,
    },
    Failed(Failure),
    /// The next piece of a JSON object (UTF-8) of the variables to read back; before `Done`.
    Params(Vec<u8>),
    /// The answer to [`ToScript::Row`], in the same form; likewise.
    Row(Vec<u8>),
    /// What the script has imported, as [`crate::imports::encode`] makes it; once, before the last message. The backend passes
    /// it on unread.
    Imported(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The script raised. `kind`: the exception's type; `trace`: the traceback's lines.
    Raised {
        kind: String,
        message: String,
        trace: String,
    },
    /// The script asked to exit, with this status, before its end.
    Exited { status: i32 },
    /// What the script returned has no place in a table.
    Result { message: String },
}

/// The longest text in a failure, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;

impl Failure {
    /// Cuts its texts where they are longer than a launcher sends them.
    pub fn shorten(&mut self) {
        let texts = match self {
            Failure::Raised {
                kind,
                message,
                trace,
            } => vec![kind, message, trace],
            Failure::Exited { .. } => Vec::new(),
            Failure::Result { message } => vec![message],
        };
        for text in texts {
            let end = cut(text, MAX_TEXT).len();
            text.truncate(end);
        }
    }
}

/// One message as a frame, header included.
pub fn encode_frame<M: Serialize>(message: &M) -> Result<Vec<u8>, WireError> {
    bounded(message, MAX_FRAME, |length, frame| {
        let length = u32::try_from(length).expect("at most MAX_FRAME");
        frame.extend(length.to_le_bytes());
    })
}

/// Frames out of a stream whose pieces arrive as they like.
///
/// The buffer grows with the bytes that arrived, never with what a header claims.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
}

impl FrameReader {
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        reserve(&mut self.buffer, bytes.len())?;
        self.buffer.extend(bytes);
        Ok(())
    }

    /// The next whole frame's message, if it has arrived.
    pub fn take<M: DeserializeOwned>(&mut self) -> Result<Option<M>, WireError> {
        let Some(header) = self.buffer.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*header) as usize;
        if length > MAX_FRAME {
            return Err(WireError::TooLong {
                length,
                limit: MAX_FRAME,
            });
        }
        let Some(payload) = self.buffer.get(HEADER..HEADER + length) else {
            return Ok(None);
        };
        // For the message's own copies of it, which are made without asking.
        reserve(&mut Vec::new(), length)?;
        let message = exactly(payload)?;
        self.buffer.drain(..HEADER + length);
        Ok(Some(message))
    }

    /// Whether nothing is left of an unfinished frame.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_arrive_byte_by_byte() {
        let done = FromScript::Done { rows: Some(300) };
        let failed = FromScript::Failed(Failure::Exited { status: 3 });
        let mut bytes = encode_frame(&done).unwrap();
        bytes.extend(encode_frame(&failed).unwrap());
        let mut reader = FrameReader::default();
        let mut seen = Vec::new();
        for byte in bytes {
            reader.push(&[byte]).unwrap();
            while let Some(message) = reader.take::<FromScript>().unwrap() {
                seen.push(message);
            }
        }
        assert_eq!(seen, [done, failed]);
        assert!(reader.is_empty());
    }

    #[test]
    fn a_huge_claim_is_refused_before_anything_is_allocated() {
        let mut reader = FrameReader::default();
        reader.push(&u32::MAX.to_le_bytes()).unwrap();
        assert!(matches!(
            reader.take::<FromScript>(),
            Err(WireError::TooLong { .. })
        ));
    }

    #[test]
    fn the_longest_texts_fit_a_frame() {
        let longest = || "x".repeat(MAX_TEXT);
        let failure = FromScript::Failed(Failure::Raised {
            kind: longest(),
            message: longest(),
            trace: longest(),
        });
        assert!(encode_frame(&failure).is_ok());
    }

    #[test]
    fn a_claim_of_many_bytes_reserves_none() {
        // A piece of variables that is to have two to the 62 bytes.
        let mut frame = vec![12, 0, 0, 0, 2];
        frame.extend([0xff; 8]);
        frame.extend([0x3f, 1, 2]);
        let mut reader = FrameReader::default();
        reader.push(&frame).unwrap();
        assert_eq!(reader.take::<FromScript>(), Err(WireError::Malformed));
    }

    #[test]
    fn garbage_is_malformed() {
        let mut reader = FrameReader::default();
        reader.push(&[3, 0, 0, 0, 255, 255, 255]).unwrap();
        assert_eq!(reader.take::<FromScript>(), Err(WireError::Malformed));
    }
}
