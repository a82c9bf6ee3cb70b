//! All rights over the new namespaces are given up, for good.

use super::Jail;
use crate::Error;
use crate::os::capabilities::{drop_bounding_set, set_secure_bits};
use caps::CapSet;

/// User 0 means nothing, no right survives a change of user, no ambient right can be raised.
pub(crate) const SECURE_BITS: u32 = (libc::SECBIT_NOROOT
    | libc::SECBIT_NOROOT_LOCKED
    | libc::SECBIT_NO_SETUID_FIXUP
    | libc::SECBIT_NO_SETUID_FIXUP_LOCKED
    | libc::SECBIT_KEEP_CAPS_LOCKED
    | libc::SECBIT_NO_CAP_AMBIENT_RAISE
    | libc::SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) as u32;

/// In this order: locking the bits and dropping the bounding set need CAP_SETPCAP.
pub(super) fn drop_all(_: &Jail<'_>) -> Result<(), Error> {
    drop_rights()
}

pub(crate) fn drop_rights() -> Result<(), Error> {
    set_secure_bits(SECURE_BITS).map_err(Error::SecureBits)?;
    drop_bounding_set().map_err(Error::BoundingSet)?;
    drop_unlocked()
}

/// What a process without rights can do about rights: no new ones come later either, since it forbids
/// itself new privileges.
pub(super) fn drop_without_rights(_: &Jail<'_>) -> Result<(), Error> {
    drop_unlocked()
}

fn drop_unlocked() -> Result<(), Error> {
    caps::clear(None, CapSet::Ambient).map_err(Error::Ambient)?;
    caps::clear(None, CapSet::Inheritable).map_err(Error::Capabilities)?;
    // What is not permitted is not effective either.
    caps::clear(None, CapSet::Permitted).map_err(Error::Capabilities)
}
