//! All rights over the new namespaces are given up, for good.

use super::Jail;
use crate::{Error, os};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    set_capabilities, set_capabilities_secure_bits,
};

/// In this order: locking the bits and dropping the bounding set need CAP_SETPCAP.
pub(super) fn drop(_: &Jail<'_>) -> Result<(), Error> {
    // User 0 means nothing, no right survives a change of user, no ambient right can be raised.
    let bits = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_SETUID_FIXUP
        | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
        | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    set_capabilities_secure_bits(bits).map_err(Error::SecureBits)?;
    os::drop_bounding_set().map_err(Error::BoundingSet)?;
    clear_ambient_capability_set().map_err(Error::Ambient)?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).map_err(Error::Capabilities)
}
