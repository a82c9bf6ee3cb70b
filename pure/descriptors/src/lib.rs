//! Descriptors as the backend uses them, all non-blocking: the [`channels`] of a call, sockets of
//! [`packets`], [`streams`], and the [`poller`] that tells which of them are ready.

pub mod channels;
pub mod packets;
pub mod poller;
mod read;
pub mod streams;

pub use read::read_up_to;
