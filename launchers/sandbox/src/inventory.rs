//! What a satellite's script process has.

use launchpad_protocol::inventory::Inventory;

pub fn take() -> Inventory {
    Inventory::default()
}
