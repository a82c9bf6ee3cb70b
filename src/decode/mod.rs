//! Station 7: a satellite's rows, as `streams` has checked them, made into rows of the declared columns.
//!
//! `rows` converts, each column in the `way` chosen for it, or `direct`ly where there is nothing to convert,
//! within the `allowance` that is left.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod allowance;
pub mod direct;
mod result;
pub mod rows;
mod way;
