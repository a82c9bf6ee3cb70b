//! New namespaces of every kind that bounds what a script can reach.

use super::Jail;
use crate::{Error, os};
use launchpad_protocol::policy::Network;

/// In one call: creating the user namespace gives the right to create the others.
/// The pid namespace begins with the next fork.
const ALL: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

pub(super) fn enter(jail: &Jail<'_>) -> Result<(), Error> {
    let kinds = match jail.policy.allowance.network {
        Network::None => ALL,
        Network::Host => ALL & !libc::CLONE_NEWNET,
    };
    os::unshare(kinds).map_err(Error::Namespaces)
}
