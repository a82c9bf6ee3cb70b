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

/// Waits for what is to be imported in advance: modules of one package. None: nothing more.
#[pyfunction]
pub(crate) fn next_preload() -> PyResult<Option<Vec<String>>> {
    zygote::next_preload(interpreter::UNOWNED).map_err(python_error)
}

/// Answers that: what is the matter with the package, and whether that is only that there is none.
#[pyfunction]
#[pyo3(signature = (problem=None, is_absent=false))]
pub(crate) fn preloaded(problem: Option<String>, is_absent: bool) -> PyResult<()> {
    let problem = problem.map(|problem| (problem, is_absent));
    zygote::preloaded(interpreter::UNOWNED, problem).map_err(python_error)
}

/// Forks a process for a trial: None there; here, when it has ended, what is the matter, or "".
#[pyfunction]
pub(crate) fn begin_trial(python: Python<'_>) -> PyResult<Option<String>> {
    let alone = Alone::check()?;
    let alone = alone.ok_or_else(|| PyRuntimeError::new_err("it has started a thread"))?;
    interpreter::before_fork(python);
    let problem = zygote::begin_trial(&alone);
    match &problem {
        Ok(None) => interpreter::after_fork_child(python),
        Ok(Some(_)) | Err(_) => interpreter::after_fork_parent(python),
    }
    problem.map_err(python_error)
}

/// Ends the process of a trial: what is the matter, or "".
#[pyfunction]
pub(crate) fn end_trial(problem: &str) {
    zygote::end_trial(problem)
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
