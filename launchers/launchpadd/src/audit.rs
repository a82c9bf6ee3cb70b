//! A satellite's own report against what it was to be made like.

use launchpad_protocol::inventory::Inventory;
use launchpad_protocol::policy::Policy;

/// What the satellite lacks of its policy, or has beyond it; empty if all is as it must be.
pub fn inspect(_policy: &Policy, _inventory: &Inventory) -> Vec<String> {
    Vec::new()
}
