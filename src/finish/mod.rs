//! Station 8: what a call leaves besides rows: its output as messages, its end as success or error.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod speech;
