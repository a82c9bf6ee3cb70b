//! Station 5: rows to Arrow IPC. `column`, `losses`, `words` and `message` are pure; `batch` and `value` read
//! PostgreSQL's rows.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod batch;
mod column;
pub mod losses;
pub mod message;
pub mod params;
pub mod schema;
mod value;
mod words;

#[cfg(all(test, feature = "counted"))]
pub mod counted;
#[cfg(test)]
mod tests;
