//! `launchpad_r`: what the R launcher cannot do in R. Functions for `.Call`, one per line of the
//! R code in `launcher/` that needs them; their arguments and results are told where they are.

mod json;
mod launcher;
mod packages;
mod preload;
mod r;
mod reading;
#[cfg(debug_assertions)]
#[path = "../tests/inside/mod.rs"]
mod self_test;
mod writing;

use arrow_schema::ArrowError;

/// Why a call from R fails.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An error of R's own, or another jump, that goes on when this library has let go.
    #[error("a jump of R's")]
    Jump(r::Jump),
    /// Of the channels.
    #[error("{0}")]
    Launcher(#[from] launchpad_launcher::Error),
    #[error("{0}")]
    Arrow(#[from] ArrowError),
    /// The value has no place in a table or in JSON; the message tells users why.
    #[error("{0}")]
    NoPlace(String),
    /// A system call of this library's.
    #[error("{0}")]
    System(std::io::Error),
    #[error("out of memory for the rows")]
    NoMemory,
    /// An argument that this library's own R code should not have passed.
    #[error("the R launcher passed {0}")]
    Argument(&'static str),
}

impl From<r::Jump> for Failure {
    fn from(jump: r::Jump) -> Self {
        Failure::Jump(jump)
    }
}

impl From<r::NoMemory> for Failure {
    fn from(_: r::NoMemory) -> Self {
        Failure::NoMemory
    }
}
