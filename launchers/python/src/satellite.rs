//! The satellite's channels: the request in, how its script ended out.

use crate::interpreter::UNOWNED;
use crate::python_error;
use launchpad_launcher::{assignment, control};
use launchpad_protocol::control::{Failure, Run};
use launchpad_sandbox::os;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// What `read_run` returns: input name, output name, has parameters, has input, wanted schema, script,
/// kind of frame types, variables to read back, the session's time zone.
type RunParts<'py> = (
    String,
    String,
    bool,
    bool,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    &'static str,
    Vec<String>,
    String,
);

/// Tells launchpadd that this satellite is sandboxed and exercised.
#[pyfunction]
pub(crate) fn ready() -> PyResult<()> {
    assignment::ready(UNOWNED).map_err(python_error)
}

/// Tells launchpadd why this satellite cannot serve.
#[pyfunction]
pub(crate) fn refused(step: &str, reason: &str) -> PyResult<()> {
    assignment::refused(UNOWNED, step, reason).map_err(python_error)
}

/// Waits for the request and takes its place; None when launchpadd wants this satellite no more.
#[pyfunction]
pub(crate) fn next_assignment() -> PyResult<Option<u64>> {
    assignment::next(UNOWNED).map_err(python_error)
}

/// Reads the request's `Run` and its script.
#[pyfunction]
pub(crate) fn read_run(python: Python<'_>) -> PyResult<RunParts<'_>> {
    let (run, script) = control::read_run(UNOWNED).map_err(python_error)?;
    let Run {
        input_name,
        output_name,
        has_params,
        has_input,
        script_bytes: _,
        wanted,
        frame_types,
        read_back,
        time_zone,
    } = run;
    Ok((
        input_name,
        output_name,
        has_params,
        has_input,
        PyBytes::new(python, &wanted),
        PyBytes::new(python, &script),
        frame_types.name(),
        read_back,
        time_zone,
    ))
}

/// The script ended and all its rows were sent; None: it returned no data set.
#[pyfunction]
#[pyo3(signature = (rows))]
pub(crate) fn send_done(rows: Option<u64>) -> PyResult<()> {
    control::send_done(UNOWNED, rows).map_err(python_error)
}

/// The variables read back, as a JSON object's text; to be followed by `send_done`.
#[pyfunction]
pub(crate) fn send_params(json: &str) -> PyResult<()> {
    control::send_params(UNOWNED, json).map_err(python_error)
}

/// The script raised an exception.
#[pyfunction]
pub(crate) fn send_raised(kind: String, message: String, trace: String) -> PyResult<()> {
    fail(Failure::Raised {
        kind,
        message,
        trace,
    })
}

/// The script asked to exit.
#[pyfunction]
pub(crate) fn send_exited(status: i32) -> PyResult<()> {
    fail(Failure::Exited { status })
}

/// What the script returned has no place in a table.
#[pyfunction]
pub(crate) fn send_result(message: String) -> PyResult<()> {
    fail(Failure::Result { message })
}

/// Writes out what C libraries have buffered for standard output and error.
#[pyfunction]
pub(crate) fn flush_c_streams() {
    os::flush_c_streams();
}

/// Ends the process at once, without the handlers and destructors that belong to the zygote.
#[pyfunction]
pub(crate) fn leave(status: i32) {
    launchpad_sandbox::leave(status)
}

fn fail(failure: Failure) -> PyResult<()> {
    control::send_failure(UNOWNED, failure).map_err(python_error)
}
