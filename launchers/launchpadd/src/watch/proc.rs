//! What /proc tells of processes.

use crate::host::field;
use std::fs;

pub trait Processes {
    /// The children of a process with one thread; None if it cannot be seen.
    fn children(&self, process: u32) -> Option<Vec<u32>>;
    /// Its anonymous and shared memory in bytes; None if it cannot be seen.
    fn memory(&self, process: u32) -> Option<u64>;
}

pub struct Kernel;

impl Processes for Kernel {
    fn children(&self, process: u32) -> Option<Vec<u32>> {
        // Each thread has its own: any of them may have forked.
        let tasks = fs::read_dir(format!("/proc/{process}/task")).ok()?;
        let mut all = Vec::new();
        for task in tasks.filter_map(Result::ok) {
            let text = fs::read_to_string(task.path().join("children"));
            all.extend(children(&text.unwrap_or_default()));
        }
        Some(all)
    }

    fn memory(&self, process: u32) -> Option<u64> {
        memory(&fs::read_to_string(format!("/proc/{process}/status")).ok()?)
    }
}

fn children(text: &str) -> impl Iterator<Item = u32> {
    text.split_whitespace().filter_map(|pid| pid.parse().ok())
}

/// None for a process that has ended and waits to be reaped.
fn memory(status: &str) -> Option<u64> {
    let kib = |name| {
        field(status, name)?
            .strip_suffix(" kB")?
            .trim()
            .parse()
            .ok()
    };
    let (anonymous, shared): (u64, u64) = (kib("RssAnon")?, kib("RssShmem")?);
    Some(anonymous.saturating_add(shared).saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_the_kernel_writes_them() {
        assert_eq!(children("12 345 \n").collect::<Vec<_>>(), [12, 345]);
        assert_eq!(children("").count(), 0);
        let status =
            "VmRSS:\t   30000 kB\nRssAnon:\t   10240 kB\nRssFile:\t 9 kB\nRssShmem:\t 2 kB\n";
        assert_eq!(memory(status), Some(10_242 << 10));
        assert_eq!(memory("Name:\tx\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn of_living_processes() {
        let me = std::process::id();
        let mut child = std::process::Command::new("/bin/sleep")
            .arg("100")
            .spawn()
            .unwrap();
        assert!(Kernel.children(me).unwrap().contains(&child.id()));
        assert!(Kernel.memory(me).unwrap() > 0);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(Kernel.children(child.id()), None);
        assert_eq!(Kernel.memory(child.id()), None);
    }
}
