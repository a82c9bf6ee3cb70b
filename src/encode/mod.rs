//! Station 5: PostgreSQL's rows as the columns of a `streams` batch.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod batch;
pub mod params;
mod value;
mod words;
