//! Tests of the extension's insides that need no server: what scripts/instructions counts, and fuzzing as
//! far as the tuples.

#[cfg(feature = "counted")]
mod decode;
#[cfg(feature = "counted")]
mod encode;
mod fuzz;
