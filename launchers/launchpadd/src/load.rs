//! What processes together use, whoever has measured it.

use launchpad_protocol::launch::Usage;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Processor time so far, microseconds.
    pub user: u64,
    pub system: u64,
    /// Bytes.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u32,
    /// Largest resident set of one process, KiB; 0 where it is not known.
    pub max_rss: u64,
}

impl Load {
    /// Microseconds.
    pub fn processor(&self) -> u64 {
        self.user.saturating_add(self.system)
    }

    /// As the report of an end has it.
    pub fn usage(&self) -> Usage {
        Usage {
            user: self.user,
            system: self.system,
            max_rss: self.max_rss,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Load) -> Load {
        Load {
            user: self.user.saturating_add(other.user),
            system: self.system.saturating_add(other.system),
            memory: self.memory.saturating_add(other.memory),
            processes: self.processes.saturating_add(other.processes),
            max_rss: self.max_rss.max(other.max_rss),
        }
    }
}

/// What a pool's satellites have together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolLoad {
    pub now: Load,
    /// The most memory that was seen, bytes.
    pub peak: Option<u64>,
}
