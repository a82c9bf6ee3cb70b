//! The control channel: the run in, how it ended out.

use crate::{Error, broken};
use launchpad_protocol::control::{
    Failure, FrameReader, FromScript, MAX_TEXT, Run, ToScript, encode_frame,
};
use launchpad_protocol::imports::{self, Import, MAX_MODULE, MOST_IMPORTS};
use launchpad_protocol::{MAX_FRAME_BACK, cut};
use launchpad_sandbox::descriptors::{CONTROL, Unowned};
use launchpad_sandbox::os::retry_on_intr;
use nix::unistd::{read, write};

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// Reads the request's `Run` and its script, which is UTF-8.
pub fn read_run(unowned: Unowned) -> Result<(Run, Vec<u8>), Error> {
    let mut reader = FrameReader::default();
    let ToScript::Run(run) = next(unowned, &mut reader)? else {
        return Err(broken("the control channel began without a run"));
    };
    let mut script = Vec::new();
    while (script.len() as u64) < run.script_bytes {
        match next(unowned, &mut reader)? {
            ToScript::Script(piece) => {
                script
                    .try_reserve(piece.len())
                    .map_err(|_| Error::NoMemory)?;
                script.extend(piece);
            }
            ToScript::Run(_) | ToScript::Row(_) => {
                return Err(broken("neither script nor its end on the control channel"));
            }
        }
    }
    Ok((run, script))
}

/// The script ended and all its rows were sent; None: it returned no data set.
pub fn send_done(unowned: Unowned, rows: Option<u64>) -> Result<(), Error> {
    tell(unowned, &FromScript::Done { rows })
}

/// The variables read back, as a JSON object's text; to be followed by [`send_done`].
pub fn send_params(unowned: Unowned, json: &str) -> Result<(), Error> {
    json.as_bytes()
        .chunks(MAX_FRAME_BACK / 2)
        .try_for_each(|piece| tell(unowned, &FromScript::Params(piece.to_vec())))
}

/// What the script has imported, as (name, microseconds), in that order; to be followed by one of the others. Of too many those that took
/// longest are told, names that are too long are left out.
pub fn send_imports(unowned: Unowned, all: Vec<(String, u64)>) -> Result<(), Error> {
    let mut imports: Vec<_> = all
        .into_iter()
        .filter(|(module, _)| module.len() <= MAX_MODULE)
        .map(|(module, microseconds)| Import {
            module,
            microseconds,
        })
        .enumerate()
        .collect();
    // What was there in advance is what the next zygote should have as well.
    imports.sort_by_key(|(_, import)| match import.microseconds {
        0 => 0,
        took => u64::MAX - took,
    });
    imports.truncate(MOST_IMPORTS);
    imports.sort_by_key(|(place, _)| *place);
    let report: Vec<_> = imports.into_iter().map(|(_, import)| import).collect();
    let report = imports::encode(&report).map_err(broken)?;
    tell(unowned, &FromScript::Imported(report))
}

/// The script failed; texts longer than a frame allows are cut.
pub fn send_failure(unowned: Unowned, failure: Failure) -> Result<(), Error> {
    tell(
        unowned,
        &FromScript::Failed(match failure {
            Failure::Raised {
                kind,
                message,
                trace,
            } => Failure::Raised {
                kind: cut(&kind, MAX_TEXT).to_owned(),
                message: cut(&message, MAX_TEXT).to_owned(),
                trace: cut(&trace, MAX_TEXT).to_owned(),
            },
            Failure::Result { message } => Failure::Result {
                message: cut(&message, MAX_TEXT).to_owned(),
            },
            Failure::Exited { status } => Failure::Exited { status },
        }),
    )
}

fn next(unowned: Unowned, reader: &mut FrameReader) -> Result<ToScript, Error> {
    let mut piece = vec![0; PIECE];
    loop {
        if let Some(message) = reader.take().map_err(broken)? {
            return Ok(message);
        }
        let length = retry_on_intr(|| read(CONTROL.borrow(unowned), &mut piece))?;
        if length == 0 {
            return Err(broken("the control channel was closed"));
        }
        reader.push(&piece[..length]).map_err(|_| Error::NoMemory)?;
    }
}

fn tell(unowned: Unowned, message: &FromScript) -> Result<(), Error> {
    let frame = encode_frame(message).map_err(broken)?;
    let mut rest = &frame[..];
    while !rest.is_empty() {
        let written = retry_on_intr(|| write(CONTROL.borrow(unowned), rest))?;
        rest = &rest[written..];
    }
    Ok(())
}
