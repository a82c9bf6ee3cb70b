//! What the processes on the way note about themselves while they still can: behind the last step /proc
//! may be missing and the filter refuses the questions. [`crate::inventory`] completes it.

use crate::Error;
use crate::os::capabilities;
use crate::steps::Jail;
use launchpad_protocol::inventory::{Capabilities, NAMESPACES};
use nix::errno::Errno;
use nix::sys::prctl::get_no_new_privs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::sync::Mutex;

#[derive(Clone, Default)]
pub(crate) struct Evidence {
    pub namespaces: [u64; NAMESPACES.len()],
    pub capabilities: Capabilities,
    pub securebits: u32,
    pub no_new_privileges: bool,
    /// The version that was enforced.
    pub landlock: u32,
}

/// Of this process: what the forks on the way noted comes along.
static NOTED: Mutex<Evidence> = Mutex::new(Evidence {
    namespaces: [0; NAMESPACES.len()],
    capabilities: Capabilities {
        effective: 0,
        permitted: 0,
        inheritable: 0,
        bounding: 0,
        ambient: 0,
    },
    securebits: 0,
    no_new_privileges: false,
    landlock: 0,
});

pub(crate) fn noted() -> Evidence {
    NOTED.lock().map(|noted| noted.clone()).unwrap_or_default()
}

fn note(change: impl FnOnce(&mut Evidence)) {
    if let Ok(mut noted) = NOTED.lock() {
        change(&mut noted);
    }
}

/// The identities of this process's namespaces; 0 where /proc does not tell.
pub(crate) fn namespaces() -> [u64; NAMESPACES.len()] {
    of("self")
}

/// Likewise of another's, by its number.
pub(crate) fn of(process: &str) -> [u64; NAMESPACES.len()] {
    NAMESPACES.map(|kind| namespace(process, kind).unwrap_or(0))
}

fn namespace(process: &str, kind: &str) -> std::io::Result<u64> {
    let found = std::fs::metadata(format!("/proc/{process}/ns/{kind}"))?;
    Ok(found.ino())
}

pub(crate) fn note_namespaces(_: &Jail<'_>) -> Result<(), Error> {
    note_own_namespaces()
}

/// Of a process whose satellites stay in them, they are theirs.
pub(crate) fn note_own_namespaces() -> Result<(), Error> {
    let mut found = [0; NAMESPACES.len()];
    for (place, kind) in found.iter_mut().zip(NAMESPACES) {
        *place = match namespace("self", kind) {
            // Of a kind that this kernel does not have, or without a /proc of the zygote's: then nobody in here can tell.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::PermissionDenied
                ) =>
            {
                0
            }
            told => told.map_err(Error::Evidence)?,
        };
    }
    note(|noted| noted.namespaces = found);
    Ok(())
}

pub(crate) fn note_landlock(version: u32) {
    note(|noted| noted.landlock = version);
}

pub(crate) fn note_rights(_: &Jail<'_>) -> Result<(), Error> {
    let failed = |errno: Errno| Error::Evidence(errno.into());
    let capabilities = capabilities::of_this_thread().map_err(failed)?;
    let securebits = capabilities::secure_bits().map_err(failed)?;
    let forbidden = get_no_new_privs().map_err(failed)?;
    note(|noted| {
        noted.capabilities = capabilities;
        noted.securebits = securebits;
        noted.no_new_privileges = forbidden;
    });
    Ok(())
}
