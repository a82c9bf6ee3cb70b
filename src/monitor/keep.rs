//! The statistics between two runs of the server: written when it is shut down in order, read and
//! removed when it starts, so that a crash begins anew rather than with old numbers.

use super::statistics::{Counters, Key, Table};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, ErrorKind};

/// Below the data directory, in PostgreSQL's own folder for what it keeps so.
const FILE: &str = "pg_stat/pg_launchpad.stat";
const NEW: &str = "pg_stat/pg_launchpad.stat.new";

/// Changes with [`Counters`]: what another version wrote is not read.
const LAYOUT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Kept {
    layout: u32,
    since: i64,
    entries: Vec<(Key, Counters)>,
}

pub fn write(table: &Table) -> io::Result<()> {
    let kept = Kept {
        layout: LAYOUT,
        since: table.since(),
        entries: table.entries().to_vec(),
    };
    let bytes = postcard::to_stdvec(&kept).map_err(io::Error::other)?;
    fs::write(NEW, bytes)?;
    fs::rename(NEW, FILE)
}

/// False if there is nothing, or nothing that this version can read.
pub fn read(table: &mut Table) -> io::Result<bool> {
    let bytes = match fs::read(FILE) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        bytes => bytes?,
    };
    fs::remove_file(FILE)?;
    match postcard::from_bytes::<Kept>(&bytes) {
        Ok(kept) if kept.layout == LAYOUT => {
            table.fill(kept.since, &kept.entries);
            Ok(true)
        }
        _ => Ok(false),
    }
}
