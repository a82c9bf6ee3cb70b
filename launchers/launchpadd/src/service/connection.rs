//! Backends' connections, and how many there may be.

use crate::packets::PacketSocket;
use launchpad_protocol::launch::Account;
use nix::sys::resource::{Resource, getrlimit};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::AbortHandle;

/// Descriptors that a backend's connection may hold here, and some to spare for its satellite.
const DESCRIPTORS: u64 = 8;

/// Descriptors for everything else.
const OWN_DESCRIPTORS: u64 = 256;

/// Connections beyond those that are served, so that who comes is told that there are too many.
pub(super) const SPARE: usize = 32;

/// A backend's.
pub(super) struct Connection {
    pub socket: Arc<PacketSocket>,
    /// The backend's pid.
    pub backend: u32,
    /// The satellite's ends of a launch, until a satellite has them.
    pub fds: Vec<OwnedFd>,
    /// In whose statistics the launch is counted.
    pub account: Option<Account>,
    /// When a satellite was given to it.
    pub served_since: Option<Instant>,
    /// The backend says nothing more; it may still be told how its call ended.
    pub is_gone: bool,
    pub task: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// As many as there are descriptors for.
pub(super) fn most() -> usize {
    let open = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(open, _)| open);
    let most = open.saturating_sub(OWN_DESCRIPTORS) / DESCRIPTORS;
    usize::try_from(most)
        .unwrap_or(usize::MAX)
        .clamp(16, 1 << 20)
}
