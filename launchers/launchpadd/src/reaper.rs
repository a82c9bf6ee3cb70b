//! Waits for children: the zygotes, which launchpadd starts, and the satellites' inits, which
//! become its children because it is a subreaper.
//!
//! An init can end before the zygote's answer with its pid has been read; such a pid is kept as a
//! *stranger* until no answer is outstanding, so that nobody waits for a process that is gone, or
//! kills another one that got its number.

use rustix::process::{WaitOptions, WaitStatus, wait};
use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;

/// More strangers than a fork order can bring forth; the oldest are forgotten first.
const MAX_STRANGERS: usize = 1024;

#[derive(Default)]
pub struct Reaper {
    awaited: HashMap<u32, oneshot::Sender<WaitStatus>>,
    strangers: VecDeque<(u32, WaitStatus)>,
}

impl Reaper {
    /// What will yield the end of `pid`, at once if it has been reaped already.
    pub fn end_of(&mut self, pid: u32) -> oneshot::Receiver<WaitStatus> {
        let (sender, receiver) = oneshot::channel();
        let known = self.strangers.iter().position(|(dead, _)| *dead == pid);
        match known.and_then(|at| self.strangers.remove(at)) {
            Some((_, status)) => {
                let _ = sender.send(status);
            }
            None => {
                self.awaited.insert(pid, sender);
            }
        }
        receiver
    }

    /// Whether `pid` was reaped before anybody asked for its end.
    pub fn is_stranger(&self, pid: u32) -> bool {
        self.strangers.iter().any(|(dead, _)| *dead == pid)
    }

    /// No pid is to come any more of a child that may have been reaped.
    pub fn forget_strangers(&mut self) {
        self.strangers.clear();
    }

    /// Reaps all that have ended; to be called at start and on every SIGCHLD, which may stand for
    /// several.
    pub fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            let pid = pid.as_raw_nonzero().get().cast_unsigned();
            match self.awaited.remove(&pid) {
                Some(sender) => {
                    let _ = sender.send(status);
                }
                None => {
                    if self.strangers.len() == MAX_STRANGERS {
                        self.strangers.pop_front();
                    }
                    self.strangers.push_back((pid, status));
                }
            }
        }
    }
}
