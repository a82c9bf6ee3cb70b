//! The unsafe room: R's C API behind safe functions. R runs one thread; all of this is for it alone.
//!
//! * Errors of R are jumps (longjmp), which skip destructors. Whatever may raise one runs in
//!   [`jump::caught`], and the jump goes on only at [`entry`], when nothing is left to drop.
//! * What R's collector may take away is held by [`Owned`]; [`Value`]s borrow from an owner or from
//!   the arguments of the call, which R itself keeps.
#![allow(unsafe_code)]

mod call;
mod deferred;
pub mod jump;
mod lent;
mod owned;
mod room;
#[cfg(debug_assertions)]
#[path = "../../tests/inside/r.rs"]
pub(crate) mod self_test;
mod surroundings;
mod text;
mod value;

pub use call::{entry, sexp};
pub use deferred::{GrowingTexts, Texts};
pub use jump::Jump;
pub use owned::Owned;
pub use room::{NoMemory, Room};
pub use surroundings::{ignore_broken_pipes, line_by_line, random};
pub use text::{NoText, Strings};
pub use value::{Kind, Value};

/// R's NA among its integers and logicals.
pub const NA_INTEGER: i32 = i32::MIN;

/// R's NA among its doubles: a NaN whose low word is 1954.
pub const NA_REAL: f64 = f64::from_bits(0x7FF0_0000_0000_07A2);
