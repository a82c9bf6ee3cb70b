//! New namespaces of every kind that bounds what a script can reach, and what is theirs from the start.

use super::Jail;
use crate::os::mounts;
use crate::{Error, os};
use launchpad_protocol::policy::Network;
use nix::errno::Errno;
use nix::unistd::sethostname;

/// What scripts see instead of the host's.
pub const HOST_NAME: &str = "satellite";

/// In one call: creating the user namespace gives the right to create the others.
/// The pid namespace begins with the next fork.
pub(crate) const ALL: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS;

pub(crate) const fn kinds(network: Network) -> i32 {
    match network {
        Network::None => ALL,
        Network::Host => ALL & !libc::CLONE_NEWNET,
    }
}

pub(crate) fn enter(network: Network) -> Result<(), Error> {
    os::unshare(kinds(network)).map_err(Error::Namespaces)
}

/// Its root is the cgroup that the caller is in: nothing tells where that is.
pub(super) fn enter_cgroup(_: &Jail<'_>) -> Result<(), Error> {
    os::unshare(libc::CLONE_NEWCGROUP).map_err(Error::Namespaces)
}

/// What is mounted from here on stays in the satellite's mount namespace.
pub(super) fn stop_propagation(_: &Jail<'_>) -> Result<(), Error> {
    make_private()
}

pub(crate) fn make_private() -> Result<(), Error> {
    mounts::make_private().map_err(Error::Propagation)
}

/// The host's name is nobody's business inside. Where that is refused (containers' default filters do, and
/// nothing else of all this), it stays, which [`crate::inventory`] tells.
pub(super) fn set_hostname(_: &Jail<'_>) -> Result<(), Error> {
    hide_host()
}

pub(crate) fn hide_host() -> Result<(), Error> {
    match sethostname(HOST_NAME) {
        Err(Errno::EPERM) => Ok(()),
        set => set.map_err(Error::Hostname),
    }
}
