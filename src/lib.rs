//! pg_launchpad: Python and R next to the rows.
//!
//! The modules stand in the order in which a call passes through them; below them what all of them
//! stand on. Those that `use` names are crates of their own in `pure/`, which know no PostgreSQL. `launchers/`
//! holds the other processes and the protocol between them.

mod call;
use launchpad_request as request;

mod launch;

mod encode;
mod feed;

use launchpad_conversation as conversation;
use launchpad_descriptors as descriptors;

mod decode;

mod finish;

mod monitor;

mod launchpad;

use launchpad_streams as streams;
use launchpad_types as types;

mod error;
use launchpad_memory as memory;
mod settings;

mod os;
mod pg;

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
    pg::shortage::prepare();
    if pg::server::preloading() && !pg::server::upgrading() {
        pg::shared::register();
        pg::worker::register();
    }
}
