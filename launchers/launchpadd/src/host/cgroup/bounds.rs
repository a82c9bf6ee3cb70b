//! The files of a group of processes by which the kernel bounds it, and those that tell what it has.

use super::Subtree;
use super::files::Files;
use crate::enforce::{Bounds, Load};
use launchpad_protocol::processors::Processors;
use std::io;
use std::path::Path;

/// Over which the share of the processors is counted, in microseconds; the kernel's default.
const PERIOD: u64 = 100_000;

impl<F: Files> Subtree<F> {
    /// Holds a group to `bounds`, in whose memory files in memory are included.
    pub(super) fn apply(&self, folder: &Path, bounds: &Bounds) -> io::Result<()> {
        let write = |name, text: String| self.files.write(&folder.join(name), &text);
        let or_max = |number: Option<u64>| {
            number.map_or_else(|| "max".to_owned(), |number| number.to_string())
        };
        write("memory.max", or_max(bounds.memory))?;
        write("pids.max", or_max(bounds.processes.map(u64::from)))?;
        if self.processors.time {
            // A percent of one processor is that of a period.
            let quota = bounds
                .cpu
                .map(|percent| u64::from(percent) * (PERIOD / 100));
            let quota = or_max(quota);
            write("cpu.max", format!("{quota} {PERIOD}"))?;
        }
        if self.processors.choice {
            self.choose(&folder.join("cpuset.cpus"), &bounds.processors)?;
        }
        Ok(())
    }

    /// Where nothing has been written, the group has what the one above has. That cannot be had back while
    /// there are processes in it: all that there is does as well.
    fn choose(&self, file: &Path, processors: &Processors) -> io::Result<()> {
        if !processors.is_empty() {
            return self.files.write(file, &processors.to_string());
        }
        if self.files.read(file)?.trim().is_empty() {
            return Ok(());
        }
        let all = self
            .files
            .read(&self.folder.join("cpuset.cpus.effective"))?;
        self.files.write(file, all.trim())
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
