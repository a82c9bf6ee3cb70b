//! The settings that have a few named values.

use pgrx::prelude::*;

/// `launchpad.client_output`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum ClientOutput {
    #[name = c"notice"]
    Notice,
    #[name = c"log"]
    Log,
    #[name = c"off"]
    Off,
}

/// `launchpad.numeric`: [`launchpad_types::Numeric`] by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Numerics {
    #[name = c"float8"]
    Float8,
    #[name = c"decimal"]
    Decimal,
    #[name = c"text"]
    Text,
}

/// `launchpad.python_types`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum PythonTypes {
    #[name = c"numpy"]
    Numpy,
    #[name = c"nullable"]
    Nullable,
    #[name = c"pyarrow"]
    Pyarrow,
}

/// `launchpad.sandbox`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Sandbox {
    #[name = c"strict"]
    Strict,
    #[name = c"container"]
    Container,
}

/// `launchpad.network`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum Network {
    #[name = c"none"]
    None,
    #[name = c"host"]
    Host,
}

/// `launchpad.worker_uids`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PostgresGucEnum)]
pub enum WorkerUids {
    #[name = c"off"]
    Off,
    #[name = c"auto"]
    Auto,
    #[name = c"on"]
    On,
}
