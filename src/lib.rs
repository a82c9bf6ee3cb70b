//! pg_launchpad: Python and R next to the rows.
//!
//! The modules stand in the order in which a call passes through them; below them what all of them
//! stand on. `pure/` holds the crates that know no PostgreSQL, `launchers/` the other processes and the
//! protocol between them. docs/architecture.md says who may import whom.

mod sql;

mod call;

mod launch;

mod encode;

mod pump;

mod decode;

mod finish;

mod monitor;

mod views;

mod launchpad;

mod error;
mod settings;

mod os;
mod pg;

use launchpad_lines as lines;
use launchpad_memory as memory;
use launchpad_request as request;
use launchpad_rules as rules;
use launchpad_streams as streams;
use launchpad_types as types;

#[cfg(test)]
#[path = "../tests/inside/mod.rs"]
mod inside;

use pgrx::prelude::*;

pgrx::pg_module_magic!();

/// Runs when PostgreSQL loads the library.
#[pg_guard]
#[allow(non_snake_case, unsafe_code)]
pub extern "C-unwind" fn _PG_init() {
    pg::worker::forbid_backtraces();
    settings::register();
    monitor::prepare();
    pg::shortage::prepare();
    if pg::server::preloading() && !pg::server::upgrading() {
        monitor::shared::register();
        launchpad::register();
    }
}
