//! Unsafe room 1: PostgreSQL, behind safe functions.
//!
//! Nothing above this folder touches a `pg_sys` pointer. A PostgreSQL ERROR raised by a call made
//! here arrives above as a Rust panic (pgrx does that), so that `Drop` runs; the input query is the
//! exception, see [`guard`].
#![allow(unsafe_code)]

pub mod arguments;
pub mod array;
mod at_names;
pub mod casts;
pub mod catalog;
pub mod caught;
pub mod composite;
pub mod context;
pub mod cursor;
pub mod descriptor;
pub mod domain;
pub mod encoding;
pub mod entry;
pub mod extension;
pub mod fds;
#[cfg(any(test, debug_assertions))]
pub mod formed;
mod function;
pub mod grouping;
pub mod guard;
pub mod guc;
pub mod identity;
pub mod json;
mod laid_out;
pub mod language;
pub mod memory;
pub mod messages;
pub mod named;
pub mod output;
pub mod parameters;
pub mod pool_table;
pub mod portal;
pub mod query;
pub mod receiver;
mod references;
pub mod report;
pub mod result_set;
pub mod role_settings;
pub mod row;
pub mod server;
pub mod shared;
pub mod shortage;
mod shortest;
pub mod spill;
pub mod stored;
pub mod tuple;
pub mod wait;
pub mod watchdog;
pub mod worker;
