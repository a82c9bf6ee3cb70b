//! Descriptors as the backend uses them, all non-blocking: the [`channels`] of a call, sockets of
//! [`packets`], [`streams`], and the [`poller`] that tells which of them are ready.

pub mod channels;
mod os;
pub mod packets;
pub mod poller;
pub mod streams;

pub use os::{read_up_to, waiting};
