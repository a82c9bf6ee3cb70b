//! Rows as streams of Arrow IPC, both ways, without PostgreSQL: `encode` writes what goes to a
//! satellite, `decode` reads what one sends.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod decode;
pub mod encode;
