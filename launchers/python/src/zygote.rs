//! The zygote's channel and its fork.

use crate::{arenas, interpreter, python_error};
use launchpad_launcher::zygote;
use launchpad_sandbox::Blueprint;
use launchpad_sandbox::os::{self, Alone};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::path::PathBuf;

/// Has the interpreter keep together what it allocates from now on, until the zygote is ready.
#[pyfunction]
pub(crate) fn gather() {
    arenas::open();
}

/// The number of threads of this process.
#[pyfunction]
pub(crate) fn tasks() -> PyResult<usize> {
    Ok(os::tasks()?)
}

/// Keeps other processes of the same user out of this one's memory.
#[pyfunction]
pub(crate) fn hide() -> PyResult<()> {
    zygote::hide().map_err(python_error)
}

/// Takes from this process what neither it nor scripts may, before any package is loaded.
#[pyfunction]
pub(crate) fn confine() -> PyResult<()> {
    zygote::confine(interpreter::UNOWNED).map_err(python_error)
}

/// Ends the process that has rehearsed.
#[pyfunction]
pub(crate) fn rehearsed() {
    zygote::rehearsed()
}

#[pyclass(unsendable)]
pub(crate) struct Zygote {
    blueprint: Blueprint,
    alone: Alone,
}

/// A `Fork` that waits to be carried out; None once it has been.
#[pyclass]
pub(crate) struct ForkOrder(Option<zygote::ForkOrder>);

#[pymethods]
impl Zygote {
    /// `trees`: the folders that scripts see; `links`: symbolic links (path, target) to them.
    #[new]
    fn new(trees: Vec<PathBuf>, links: Vec<(PathBuf, PathBuf)>) -> PyResult<Self> {
        let blueprint = Blueprint::new(trees, links)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let alone = Alone::check()?
            .ok_or_else(|| PyRuntimeError::new_err("a zygote must have one thread"))?;
        Ok(Zygote { blueprint, alone })
    }

    /// The folders that scripts see, those that do not exist or lie in others left out.
    fn trees(&self) -> Vec<PathBuf> {
        self.blueprint.trees().to_vec()
    }

    /// Forks a process that rehearses what satellites do; true in that one, false here, afterwards.
    fn rehearse(&self) -> PyResult<bool> {
        zygote::rehearse(&self.alone).map_err(python_error)
    }

    /// Tells launchpadd that this zygote is ready.
    fn hello(&self, environment: String) -> PyResult<()> {
        arenas::close();
        zygote::hello(interpreter::UNOWNED, environment).map_err(python_error)
    }

    /// Tells launchpadd what scripts can load: (name, version), in the order of `sys.path`.
    fn packages(&self, all: Vec<(String, String)>) -> PyResult<()> {
        zygote::tell_packages(interpreter::UNOWNED, all).map_err(python_error)
    }

    /// Waits for the next order; None when launchpadd has closed the channel.
    fn next_order(&self) -> PyResult<Option<ForkOrder>> {
        let order = zygote::next_order(interpreter::UNOWNED).map_err(python_error)?;
        Ok(order.map(|order| ForkOrder(Some(order))))
    }

    /// Forks a satellite; true in the satellite, sandboxed, false here, with launchpadd answered.
    fn fork(&self, python: Python<'_>, order: &mut ForkOrder) -> PyResult<bool> {
        let order = order
            .0
            .take()
            .ok_or_else(|| PyRuntimeError::new_err("an order is carried out once"))?;
        interpreter::before_fork(python);
        zygote::fork(
            &self.alone,
            interpreter::UNOWNED,
            &self.blueprint,
            order,
            || interpreter::after_fork_child(python),
            || interpreter::after_fork_parent(python),
        )
        .map_err(python_error)
    }
}
