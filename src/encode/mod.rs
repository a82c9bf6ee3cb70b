//! Station 5: rows to Arrow IPC. `column`, `losses` and `message` are pure; `batch` and `value` read
//! PostgreSQL's rows.

pub mod batch;
mod column;
pub mod losses;
pub mod message;
pub mod params;
pub mod schema;
mod value;

#[cfg(test)]
mod tests;
