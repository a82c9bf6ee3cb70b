//! Station 5: rows to Arrow IPC. `column` and `message` are pure; `batch` and `value` read
//! PostgreSQL's rows.

pub mod batch;
mod column;
pub mod message;
pub mod params;
pub mod schema;
mod value;

#[cfg(test)]
mod tests;
