//! `launchpad_shim`: what the Python launcher cannot do in Python. Thin functions over the sandbox
//! and the protocol; what they mean is told by the modules of `launcher/`, which call them.
//!
//! A zygote's life: `Zygote(trees, links)`, `hello`, then `next_order` and `fork` in turn, until
//! `fork` returns in a satellite. A satellite's: `ready` or `refused`, `next_assignment`,
//! `read_run`, and one of `send_done` (after `send_params`, if asked for), `send_raised`, `send_exited`,
//! `send_result`.

mod assignment;
mod control;
mod interpreter;
mod zygote;

use launchpad_protocol::control::{JSON_KEY, MAX_TEXT};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;

#[pymodule]
fn launchpad_shim(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<zygote::Zygote>()?;
    module.add_class::<zygote::ForkOrder>()?;
    module.add_function(wrap_pyfunction!(zygote::tasks, module)?)?;
    module.add_function(wrap_pyfunction!(zygote::hide, module)?)?;
    module.add_function(wrap_pyfunction!(assignment::ready, module)?)?;
    module.add_function(wrap_pyfunction!(assignment::refused, module)?)?;
    module.add_function(wrap_pyfunction!(assignment::next_assignment, module)?)?;
    module.add_function(wrap_pyfunction!(control::read_run, module)?)?;
    module.add_function(wrap_pyfunction!(control::send_done, module)?)?;
    module.add_function(wrap_pyfunction!(control::send_params, module)?)?;
    module.add_function(wrap_pyfunction!(control::send_raised, module)?)?;
    module.add_function(wrap_pyfunction!(control::send_exited, module)?)?;
    module.add_function(wrap_pyfunction!(control::send_result, module)?)?;
    module.add_function(wrap_pyfunction!(control::flush_c_streams, module)?)?;
    module.add("INPUT", assignment::INPUT)?;
    module.add("OUTPUT", assignment::OUTPUT)?;
    module.add("MAX_TEXT", MAX_TEXT)?;
    module.add("JSON_KEY", JSON_KEY)?;
    Ok(())
}

/// A failed system call as Python's OSError of the right kind.
fn os_error(errno: rustix::io::Errno) -> PyErr {
    PyOSError::new_err((errno.raw_os_error(), errno.to_string()))
}

/// A broken promise of the other side's.
fn broken(what: impl ToString) -> PyErr {
    PyRuntimeError::new_err(what.to_string())
}
