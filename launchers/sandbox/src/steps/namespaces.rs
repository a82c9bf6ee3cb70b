//! New namespaces of every kind that bounds what a script can reach.

use super::Jail;
use crate::{Error, os};

/// In one call: creating the user namespace gives the right to create the others.
/// The pid namespace begins with the next fork.
const ALL: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

pub(super) fn enter(_: &Jail<'_>) -> Result<(), Error> {
    os::unshare(ALL).map_err(Error::Namespaces)
}
