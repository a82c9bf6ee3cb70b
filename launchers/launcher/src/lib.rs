//! What every launcher does, whatever its language; each one's native part wraps it for its
//! interpreter.
//!
//! A zygote's life: [`zygote::confine`], [`zygote::preloaded`] and [`zygote::next_preload`] in turn, [`zygote::rehearse`], [`zygote::tell_packages`], [`zygote::hello`], then [`zygote::next_order`] and
//! [`zygote::fork`] in turn, until `fork` returns in a satellite. A satellite's: [`assignment::ready`] or
//! [`assignment::refused`], [`assignment::next`], [`control::read_run`], and one of
//! [`control::send_done`] (after [`control::send_params`], if asked for) and [`control::send_failure`].

pub mod assignment;
pub mod control;
pub mod packages;
mod trial;
pub mod zygote;

use nix::errno::Errno;

/// The most text in a packet, in bytes: a packet has room to spare for it.
const MAX_REASON: usize = 4096;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A system call failed.
    #[error("{}", std::io::Error::from(*.0))]
    Os(#[from] Errno),
    /// The other side, or the caller, did not keep to the protocol.
    #[error("{0}")]
    Broken(String),
    /// For what the backend sends.
    #[error("no memory for the script")]
    NoMemory,
}

fn broken(what: impl ToString) -> Error {
    Error::Broken(what.to_string())
}
