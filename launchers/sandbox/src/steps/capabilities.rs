//! All rights over the new namespaces are given up, for good.

use super::Jail;
use crate::{Error, os};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    set_capabilities, set_capabilities_secure_bits,
};

/// User 0 means nothing, no right survives a change of user, no ambient right can be raised.
pub(crate) const SECURE_BITS: CapabilitiesSecureBits = CapabilitiesSecureBits::NO_ROOT
    .union(CapabilitiesSecureBits::NO_ROOT_LOCKED)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED)
    .union(CapabilitiesSecureBits::KEEP_CAPS_LOCKED)
    .union(CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE)
    .union(CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED);

/// In this order: locking the bits and dropping the bounding set need CAP_SETPCAP.
pub(super) fn drop_all(_: &Jail<'_>) -> Result<(), Error> {
    drop_rights()
}

pub(crate) fn drop_rights() -> Result<(), Error> {
    set_capabilities_secure_bits(SECURE_BITS).map_err(Error::SecureBits)?;
    os::drop_bounding_set().map_err(Error::BoundingSet)?;
    drop_unlocked()
}

/// What a process without rights can do about rights: no new ones come later either, since it forbids
/// itself new privileges.
pub(super) fn drop_without_rights(_: &Jail<'_>) -> Result<(), Error> {
    drop_unlocked()
}

fn drop_unlocked() -> Result<(), Error> {
    clear_ambient_capability_set().map_err(Error::Ambient)?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(Error::Capabilities)
}
