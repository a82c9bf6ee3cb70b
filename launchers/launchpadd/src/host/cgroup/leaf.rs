//! The control group of one satellite.

use super::files::{Files, Kernel};
use super::{PAUSE, Subtree};
use std::io;
use std::path::{Path, PathBuf};

/// Processes and threads of a satellite together: the limit inside (RLIMIT_NPROC, 64) counts for
/// each user, this one also if that one can be evaded, with room for what it does not count.
const MOST_PROCESSES: u32 = 96;

/// How often it is tried to remove a leaf whose satellite has just ended.
const ATTEMPTS: u32 = 200;

#[derive(Debug)]
pub struct Leaf {
    folder: PathBuf,
}

impl<F: Files> Subtree<F> {
    /// Makes the leaf of the satellite number `order`, which has no limit of memory yet.
    pub fn leaf(&self, order: u64) -> io::Result<Leaf> {
        let leaf = Leaf {
            folder: self.folder.join(format!("satellite-{order}")),
        };
        self.files.make(&leaf.folder)?;
        leaf.prepare(self).inspect_err(|_| {
            let _ = self.files.remove(&leaf.folder);
        })?;
        Ok(leaf)
    }

    /// Bounds what all processes in the leaf have together, files in memory included.
    pub fn limit(&self, leaf: &Leaf, bytes: u64) -> io::Result<()> {
        self.files
            .write(&leaf.file("memory.max"), &bytes.to_string())
    }

    /// How many bytes the leaf had when the kernel ended its processes for want of memory; None if
    /// that has not happened.
    pub fn ran_out(&self, leaf: &Leaf) -> Option<u64> {
        let events = self.files.read(&leaf.file("memory.events")).ok()?;
        let kills = events.lines().find_map(|line| {
            let count = line.strip_prefix("oom_kill ")?;
            count.trim().parse::<u64>().ok()
        })?;
        let bytes = |name| {
            let text = self.files.read(&leaf.file(name)).ok()?;
            text.trim().parse().ok()
        };
        // Kernels before 5.19 do not remember the most that there was.
        (kills > 0).then(|| {
            bytes("memory.peak")
                .or_else(|| bytes("memory.max"))
                .unwrap_or(0)
        })
    }
}

impl Leaf {
    /// What the satellite's policy names.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes the leaf, whose satellite is gone or will be: the last of its processes may still
    /// be on their way out.
    pub async fn remove(self) {
        for _ in 0..ATTEMPTS {
            match end(&Kernel, &self.folder) {
                Ok(()) => return,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        // It costs the kernel a little memory, and the next launchpadd removes it.
        let line = format!("cannot remove {}", self.folder.display());
        crate::log::write("warning", &line);
    }

    fn prepare<F: Files>(&self, subtree: &Subtree<F>) -> io::Result<()> {
        let write = |name, text: &str| subtree.files.write(&self.file(name), text);
        write("pids.max", &MOST_PROCESSES.to_string())?;
        // Without its other processes a script could only go wrong.
        write("memory.oom.group", "1")?;
        // Kernels without swap do not have it.
        match write("memory.swap.max", "0") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            written => written,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Kills all in the leaf and removes it, unless somebody is still on the way out.
pub(super) fn end(files: &impl Files, folder: &Path) -> io::Result<()> {
    match files.remove(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            // Linux 5.14; before, the end of the init does it.
            let _ = files.write(&folder.join("cgroup.kill"), "1");
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}
