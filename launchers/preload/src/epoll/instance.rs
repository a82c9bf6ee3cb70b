//! What one instance watches, and who waits for it.

use super::sys;
use super::watch::Watch;
use libc::c_int;
use std::collections::BTreeMap;

pub struct Instance {
    pub writing: c_int,
    pub watches: BTreeMap<c_int, Watch>,
    /// Grows with each change of the watches.
    generation: u64,
    /// Threads that wait, and those of them that wait for what was watched before the last change:
    /// until each has seen it, the pipe stays readable.
    waiting: usize,
    behind: usize,
    /// The descriptor after which events are told first, so that each has its turn.
    pub turn: c_int,
}

impl Instance {
    pub fn new(writing: c_int) -> Self {
        Instance {
            writing,
            watches: BTreeMap::new(),
            generation: 0,
            waiting: 0,
            behind: 0,
            turn: -1,
        }
    }

    /// The generation of what is changed next.
    pub fn next(&self) -> u64 {
        self.generation + 1
    }

    /// The watches have changed.
    pub fn changed(&mut self) {
        self.generation = self.next();
        self.behind = self.waiting;
        if self.behind > 0 {
            sys::wake(self.writing);
        }
    }

    /// Somebody is going to wait, for the watches as they are.
    pub fn begin(&mut self) -> u64 {
        self.waiting += 1;
        self.generation
    }

    /// And has done so.
    pub fn end(&mut self, epoll: c_int, generation: u64) {
        self.waiting = self.waiting.saturating_sub(1);
        if generation != self.generation {
            self.behind = self.behind.saturating_sub(1);
            if self.behind == 0 {
                sys::drain(epoll);
            }
        }
    }
}
