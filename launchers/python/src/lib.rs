//! `launchpad_shim`: what the Python launcher cannot do in Python. Thin functions over the sandbox
//! and the protocol; what they mean is told by the modules of `launcher/`, which call them.
//!
//! A zygote's life: `confine`, `preloaded` and `next_preload` in turn (`begin_trial`, `end_trial` in between), `Zygote(trees, links)`, `packages`, `hello`, then `next_order` and `fork` in turn,
//! until `fork` returns in a satellite. A satellite's: `ready` or `refused`, `next_assignment`,
//! `read_run`, and one of `send_done` (after `send_params`, if asked for), `send_raised`, `send_exited`,
//! `send_result`. `Memory` is for the rows in between.

mod arenas;
mod interpreter;
mod memory;
mod satellite;
mod zygote;

use launchpad_launcher::Error;
use launchpad_protocol::control::MAX_TEXT;
use launchpad_protocol::marks;
use launchpad_sandbox::descriptors::{INPUT, OUTPUT};
use pyo3::exceptions::{PyMemoryError, PyOSError, PyRuntimeError};
use pyo3::prelude::*;

#[pymodule]
fn launchpad_shim(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<zygote::Zygote>()?;
    module.add_class::<zygote::ForkOrder>()?;
    module.add_class::<memory::Memory>()?;
    module.add_function(wrap_pyfunction!(zygote::gather, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::tasks, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::hide, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::confine, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::next_preload, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::preloaded, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::begin_trial, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::end_trial, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::rehearsed, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::ready, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::refused, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::next_assignment, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::read_run, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::send_done, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::send_params, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::send_imports, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::send_raised, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::send_exited, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::send_result, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::flush_c_streams, module)?)?;
    module.add_function(wrap_pyfunction!(satellite::leave, module)?)?;
    module.add("INPUT", INPUT.number())?;
    module.add("OUTPUT", OUTPUT.number())?;
    module.add("MAX_TEXT", MAX_TEXT)?;
    module.add("JSON", marks::JSON)?;
    module.add("DIGITS", marks::DIGITS)?;
    module.add("ARRAY", (marks::VALUES, marks::DIMENSIONS))?;
    Ok(())
}

/// A failed system call as Python's OSError of the right kind, anything else as RuntimeError.
fn python_error(error: Error) -> PyErr {
    match error {
        Error::Os(errno) => {
            let error = std::io::Error::from(errno);
            PyOSError::new_err((error.raw_os_error(), error.to_string()))
        }
        Error::Broken(what) => PyRuntimeError::new_err(what),
        Error::NoMemory => PyMemoryError::new_err(error.to_string()),
    }
}
