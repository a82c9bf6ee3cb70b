//! What is mounted from here on stays in the satellite's mount namespace.

use super::Jail;
use crate::Error;
use rustix::mount::{MountPropagationFlags, mount_change};

pub(super) fn stop(_: &Jail<'_>) -> Result<(), Error> {
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .map_err(Error::Propagation)
}
