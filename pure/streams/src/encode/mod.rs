//! Columns of values as Arrow IPC messages.

pub mod column;
pub mod losses;
pub mod message;
pub mod schema;
