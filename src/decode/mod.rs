//! Station 7: a satellite's rows, as `streams` has checked them, made into rows of the declared columns.
//!
//! `rows` converts, each column in the `way` chosen for it, or `direct`ly where there is nothing to convert,
//! within what a row may cost.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod direct;
mod result;
pub mod rows;
mod way;
