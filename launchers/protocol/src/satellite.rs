//! launchpadd ⇄ satellite: the launch channel, from the fork to the request. Packets.
//!
//! `Begun`, then `Ready`, or `Refused` instead of either; then `Assign` with the request's five descriptors
//! ([`crate::launch::LAUNCH_FDS`]), after which both sides close the channel.

use crate::inventory::Inventory;
use crate::launch::Limits;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromSatellite {
    /// Sandboxed and exercised; what it has, for launchpadd to compare with what it must have.
    Ready(Box<Inventory>),
    /// A step of the sandbox, or the exercise (`step` = "exercise"), failed: the satellite ends.
    Refused { step: String, reason: String },
    /// The init has nothing open but what is its own, and waits for launchpadd's go over the lifeline.
    Begun,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToSatellite {
    Assign { request: u64, limits: Limits },
}
