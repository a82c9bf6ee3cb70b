//! What the processes on the way note about themselves while they still can: behind the last step /proc
//! may be missing and the filter refuses the questions. [`crate::inventory`] completes it.

use crate::Error;
use crate::steps::Jail;
use launchpad_protocol::inventory::{Capabilities, NAMESPACES};
use rustix::thread::{
    CapabilitySet, capabilities, capabilities_secure_bits, capability_is_in_ambient_set,
    capability_is_in_bounding_set, no_new_privs,
};
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
    NAMESPACES.map(|kind| {
        let path = format!("/proc/self/ns/{kind}");
        std::fs::metadata(path).map_or(0, |namespace| namespace.ino())
    })
}

pub(crate) fn note_namespaces(_: &Jail<'_>) -> Result<(), Error> {
    note(|noted| noted.namespaces = namespaces());
    Ok(())
}

pub(crate) fn note_landlock(version: u32) {
    note(|noted| noted.landlock = version);
}

pub(crate) fn note_rights(_: &Jail<'_>) -> Result<(), Error> {
    let failed = |errno: rustix::io::Errno| Error::Evidence(errno.into());
    let sets = capabilities(None).map_err(failed)?;
    let among = |has: fn(CapabilitySet) -> rustix::io::Result<bool>| {
        // Beyond the kernel's last capability the answer is an error.
        let all = (0..64).map(|number| CapabilitySet::from_bits_retain(1 << number));
        all.filter(|one| matches!(has(*one), Ok(true)))
            .fold(0, |set, one| set | one.bits())
    };
    let securebits = capabilities_secure_bits().map_err(failed)?.bits();
    let forbidden = no_new_privs().map_err(failed)?;
    note(|noted| {
        noted.capabilities = Capabilities {
            effective: sets.effective.bits(),
            permitted: sets.permitted.bits(),
            inheritable: sets.inheritable.bits(),
            bounding: among(|one| capability_is_in_bounding_set(one)),
            ambient: among(|one| capability_is_in_ambient_set(one)),
        };
        noted.securebits = securebits;
        noted.no_new_privileges = forbidden;
    });
    Ok(())
}
