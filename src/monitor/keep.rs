//! The statistics between two runs of the server: written when it is shut down in order, read and
//! removed when it starts, so that a crash begins anew rather than with old numbers.

use super::counters::Counters;
use super::statistics::{ByRole, ByScript, Table};
use crate::memory;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Below the data directory: PostgreSQL's own folder for what it keeps so.
const FOLDER: &str = "pg_stat";
const FILE: &str = "pg_stat/pg_launchpad.stat";
/// In the same folder, until it is complete.
const NEW: &str = "pg_launchpad.stat.new";

/// Changes with [`Counters`] and the keys: what another version wrote is not read.
const LAYOUT: u32 = 2;

/// Bytes of the file at most; full tables take a half.
const MOST: u64 = 1 << 20;

#[derive(Serialize, Deserialize)]
struct Kept {
    layout: u32,
    since: i64,
    by_role: Vec<(ByRole, Counters)>,
    by_script: Vec<(ByScript, Counters)>,
}

pub fn write(table: &Table) -> io::Result<()> {
    let kept = Kept {
        layout: LAYOUT,
        since: table.since(),
        by_role: memory::collect(table.by_role.iter()).map_err(io::Error::other)?,
        by_script: memory::collect(table.by_script.iter()).map_err(io::Error::other)?,
    };
    let length = postcard::experimental::serialized_size(&kept).map_err(io::Error::other)?;
    let bytes = memory::with_capacity(length).map_err(io::Error::other)?;
    let bytes = postcard::to_extend(&kept, bytes).map_err(io::Error::other)?;
    // A process that was killed here has left one, which is not written to, whatever it is by now.
    match fs::remove_file(Path::new(FOLDER).join(NEW)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = tempfile::Builder::new()
        .prefix(NEW)
        .rand_bytes(0)
        // As the server's umask has it: its group may be allowed to read the data directory.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(FOLDER)?;
    new.write_all(&bytes)?;
    new.persist(FILE).map(drop).map_err(|failed| failed.error)
}

/// False if there is nothing, or nothing that this version can read.
pub fn read(table: &mut Table) -> io::Result<bool> {
    let file = match File::open(FILE) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let mut bytes = Vec::new();
    let read = file.take(MOST).read_to_end(&mut bytes);
    fs::remove_file(FILE)?;
    read?;
    match postcard::from_bytes::<Kept>(&bytes) {
        Ok(kept) if kept.layout == LAYOUT => {
            table.fill(kept.since, &kept.by_role, &kept.by_script);
            Ok(true)
        }
        _ => Ok(false),
    }
}
