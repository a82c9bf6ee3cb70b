//! The control channel: the run in, how it ended out.

use crate::assignment::CONTROL;
use crate::{broken, os_error};
use launchpad_protocol::control::{
    Failure, FrameReader, FromScript, MAX_TEXT, Run, ToScript, encode_frame,
};
use launchpad_protocol::{MAX_FRAME, cut};
use launchpad_sandbox::os;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// What `read_run` returns: input name, output name, has parameters, has input, wanted schema, script,
/// kind of frame types, variables to read back.
type RunParts<'py> = (
    String,
    String,
    bool,
    bool,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    &'static str,
    Vec<String>,
);

/// Reads the request's `Run` and its script.
#[pyfunction]
pub(crate) fn read_run(python: Python<'_>) -> PyResult<RunParts<'_>> {
    let mut reader = FrameReader::default();
    let ToScript::Run(run) = next(&mut reader)? else {
        return Err(broken("the control channel began without a run"));
    };
    let Run {
        input_name,
        output_name,
        has_params,
        has_input,
        script_bytes,
        wanted,
        frame_types,
        read_back,
    } = run;
    let mut script = Vec::new();
    while (script.len() as u64) < script_bytes {
        match next(&mut reader)? {
            ToScript::Script(piece) => script.extend(piece),
            ToScript::Run(_) => return Err(broken("a second run on the control channel")),
        }
    }
    Ok((
        input_name,
        output_name,
        has_params,
        has_input,
        PyBytes::new(python, &wanted),
        PyBytes::new(python, &script),
        frame_types.name(),
        read_back,
    ))
}

/// The script ended and all its rows were sent; None: it returned no data set.
#[pyfunction]
#[pyo3(signature = (rows))]
pub(crate) fn send_done(rows: Option<u64>) -> PyResult<()> {
    tell(&FromScript::Done { rows })
}

/// The variables read back, as a JSON object's text; to be followed by `send_done`.
#[pyfunction]
pub(crate) fn send_params(json: &str) -> PyResult<()> {
    json.as_bytes()
        .chunks(MAX_FRAME / 2)
        .try_for_each(|piece| tell(&FromScript::Params(piece.to_vec())))
}

/// The script raised an exception.
#[pyfunction]
pub(crate) fn send_raised(kind: &str, message: &str, trace: &str) -> PyResult<()> {
    fail(Failure::Raised {
        kind: cut(kind, MAX_TEXT).to_owned(),
        message: cut(message, MAX_TEXT).to_owned(),
        trace: cut(trace, MAX_TEXT).to_owned(),
    })
}

/// The script asked to exit.
#[pyfunction]
pub(crate) fn send_exited(status: i32) -> PyResult<()> {
    fail(Failure::Exited { status })
}

/// What the script returned has no place in a table.
#[pyfunction]
pub(crate) fn send_result(message: &str) -> PyResult<()> {
    fail(Failure::Result {
        message: cut(message, MAX_TEXT).to_owned(),
    })
}

/// Writes out what C libraries have buffered for standard output and error.
#[pyfunction]
pub(crate) fn flush_c_streams() {
    os::flush_c_streams();
}

fn fail(failure: Failure) -> PyResult<()> {
    tell(&FromScript::Failed(failure))
}

fn next(reader: &mut FrameReader) -> PyResult<ToScript> {
    let mut piece = vec![0; PIECE];
    loop {
        if let Some(message) = reader.take().map_err(broken)? {
            return Ok(message);
        }
        let length =
            rustix::io::retry_on_intr(|| rustix::io::read(os::fixed(CONTROL), &mut *piece))
                .map_err(os_error)?;
        if length == 0 {
            return Err(broken("the control channel was closed"));
        }
        reader.push(&piece[..length]);
    }
}

fn tell(message: &FromScript) -> PyResult<()> {
    let frame = encode_frame(message).map_err(broken)?;
    let mut rest = &frame[..];
    while !rest.is_empty() {
        let written = rustix::io::retry_on_intr(|| rustix::io::write(os::fixed(CONTROL), rest))
            .map_err(os_error)?;
        rest = &rest[written..];
    }
    Ok(())
}
