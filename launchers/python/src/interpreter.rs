//! What CPython wants to be told around a fork.
#![allow(unsafe_code)]

use launchpad_sandbox::os::Unowned;
use pyo3::{Python, ffi};

// SAFETY: no value of Rust's owns a descriptor when the jail closes what is open, nor ever one of the fixed
// numbers, which were inherited or put there by number.
pub(crate) const UNOWNED: Unowned = unsafe { Unowned::assume() };

/// Takes the interpreter's locks and runs the `before` handlers of `os.register_at_fork`.
pub(crate) fn before_fork(_attached: Python<'_>) {
    // SAFETY: this thread is attached to the interpreter, as the token shows.
    unsafe { ffi::PyOS_BeforeFork() }
}

/// In the forking process; must follow [`before_fork`].
pub(crate) fn after_fork_parent(_attached: Python<'_>) {
    // SAFETY: attached, and before_fork has run.
    unsafe { ffi::PyOS_AfterFork_Parent() }
}

/// In the forked process; must follow [`before_fork`].
pub(crate) fn after_fork_child(_attached: Python<'_>) {
    // SAFETY: attached (the forking thread lives on as the child's only one), and before_fork has
    // run in its parent.
    unsafe { ffi::PyOS_AfterFork_Child() }
}
