//! The files of a group of processes by which the kernel bounds it, and those that tell what it has.

use super::Subtree;
use super::files::Files;
use crate::load::Load;
use launchpad_protocol::processors::Processors;
use std::io;
use std::path::Path;

/// Over which the share of the processors is counted, in microseconds; the kernel's default.
const PERIOD: u64 = 100_000;

/// What a group is held to; 0 and empty: to nothing.
pub(super) struct Bounds {
    /// Bytes, files in memory included.
    pub memory: u64,
    /// Percent of one processor.
    pub cpu: u32,
    /// Processes and threads.
    pub processes: u32,
    pub processors: Processors,
}

impl<F: Files> Subtree<F> {
    pub(super) fn apply(&self, folder: &Path, bounds: &Bounds) -> io::Result<()> {
        let write = |name, text: String| self.files.write(&folder.join(name), &text);
        let or_max = |number: u64| match number {
            0 => "max".to_owned(),
            number => number.to_string(),
        };
        write("memory.max", or_max(bounds.memory))?;
        write("pids.max", or_max(bounds.processes.into()))?;
        if self.processors.time {
            // A percent of one processor is that of a period.
            let quota = or_max(u64::from(bounds.cpu) * (PERIOD / 100));
            write("cpu.max", format!("{quota} {PERIOD}"))?;
        }
        if self.processors.choice {
            // An empty line is the folder's above.
            write("cpuset.cpus", format!("{}\n", bounds.processors))?;
        }
        Ok(())
    }

    pub(super) fn seen(&self, folder: &Path) -> Option<Load> {
        let times = self.files.read(&folder.join("cpu.stat")).ok()?;
        Some(Load {
            user: entry(&times, "user_usec")?,
            system: entry(&times, "system_usec")?,
            memory: self.number(folder, "memory.current")?,
            processes: u32::try_from(self.number(folder, "pids.current")?).ok()?,
            max_rss: 0,
        })
    }

    /// The most memory that the group had; kernels before 5.19 do not remember.
    pub(super) fn peak(&self, folder: &Path) -> Option<u64> {
        self.number(folder, "memory.peak")
    }

    /// None also for `max`.
    pub(super) fn number(&self, folder: &Path, name: &str) -> Option<u64> {
        let text = self.files.read(&folder.join(name)).ok()?;
        text.trim().parse().ok()
    }

    /// How often `event` has happened by a file of counts.
    pub(super) fn count(&self, folder: &Path, name: &str, event: &str) -> Option<u64> {
        entry(&self.files.read(&folder.join(name)).ok()?, event)
    }
}

fn entry(text: &str, name: &str) -> Option<u64> {
    let number = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
    text.lines().find_map(number)
}
