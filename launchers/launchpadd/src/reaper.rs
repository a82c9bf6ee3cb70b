//! Waits for children: the zygotes or their keepers' monitors, and tools, which launchpadd starts. In the container
//! sandbox, and when a zygote ends early, satellites' inits become its children as well, because it is a subreaper: they
//! are reaped, and known by their pidfds.

use crate::os;
use std::collections::HashMap;
use std::process::ExitStatus;
use tokio::sync::oneshot;

#[derive(Default)]
pub struct Reaper {
    awaited: HashMap<u32, oneshot::Sender<ExitStatus>>,
}

impl Reaper {
    /// What will yield the end of `pid`, which has just been started.
    pub fn end_of(&mut self, pid: u32) -> oneshot::Receiver<ExitStatus> {
        let (sender, receiver) = oneshot::channel();
        self.awaited.insert(pid, sender);
        receiver
    }

    /// Reaps all that have ended; to be called at start and on every SIGCHLD, which may stand for
    /// several.
    pub fn reap(&mut self) {
        while let Some((pid, status)) = os::reap() {
            if let Some(sender) = self.awaited.remove(&pid) {
                let _ = sender.send(status);
            }
        }
    }
}
