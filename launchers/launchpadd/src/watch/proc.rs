//! What /proc tells of processes, and signals to them.

use crate::files;
use crate::files::field;
use crate::os;
use nix::sys::signal::Signal;
use std::fs;

/// Microseconds of a clock tick: to user space the kernel has always had a hundred in a second.
const TICK: u64 = 10_000;

/// Generations that are followed up to an init: more than a satellite can have processes.
const GENERATIONS: usize = 2048;

/// Of a process that is there, if only to be reaped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stat {
    pub parent: u32,
    pub is_stopped: bool,
    pub threads: u32,
    /// Processor time, that of its children that it has reaped included, microseconds.
    pub user: u64,
    pub system: u64,
}

/// Bytes of a living process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// Anonymous and shared, in memory or in swap, and the tables of its pages.
    pub now: u64,
    /// The most that it had resident.
    pub peak: u64,
}

pub trait Processes {
    /// The children of a process; None if it cannot be seen.
    fn children(&self, process: u32) -> Option<Vec<u32>>;
    /// None if it cannot be seen.
    fn stat(&self, process: u32) -> Option<Stat>;
    /// None if it cannot be seen, or has ended and waits to be reaped.
    fn memory(&self, process: u32) -> Option<Memory>;
    /// How many it has open, or, before Linux 6.2, has room for; None if it cannot be seen.
    fn descriptors(&self, process: u32) -> Option<u64>;
    /// How many there are in the network namespace of a process, those included that only a queue
    /// holds; None if it cannot be seen.
    fn sockets(&self, process: u32) -> Option<u64>;
    /// Stops a descendant of the init, or lets it go on.
    fn hold(&self, init: u32, process: u32, stop: bool);
}

pub struct Kernel;

impl Processes for Kernel {
    fn children(&self, process: u32) -> Option<Vec<u32>> {
        // Each thread has its own: any of them may have forked.
        let tasks = fs::read_dir(format!("/proc/{process}/task")).ok()?;
        let mut all = Vec::new();
        for task in tasks.filter_map(Result::ok) {
            let text = files::read(task.path().join("children"));
            all.extend(children(&text.unwrap_or_default()));
        }
        Some(all)
    }

    fn stat(&self, process: u32) -> Option<Stat> {
        stat(&files::read(format!("/proc/{process}/stat")).ok()?)
    }

    fn memory(&self, process: u32) -> Option<Memory> {
        memory(&files::read(format!("/proc/{process}/status")).ok()?)
    }

    fn descriptors(&self, process: u32) -> Option<u64> {
        // The size of this folder, which itself is closed to all but root.
        let open = fs::metadata(format!("/proc/{process}/fd")).ok()?.len();
        if open > 0 {
            return Some(open);
        }
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        field(&status, "FDSize")?.trim().parse().ok()
    }

    fn sockets(&self, process: u32) -> Option<u64> {
        sockets(&fs::read_to_string(format!("/proc/{process}/net/sockstat")).ok()?)
    }

    fn hold(&self, init: u32, process: u32, stop: bool) {
        let Ok(pidfd) = os::pidfd_open(process) else {
            return;
        };
        // Its number may be somebody else's since it was looked at. From here on the descriptor tells
        // them apart: whoever descends from the init now either is the one it stands for, or that one
        // has ended, which no signal reaches.
        if descends(self, process, init) {
            let signal = if stop {
                Signal::SIGSTOP
            } else {
                Signal::SIGCONT
            };
            let _ = os::pidfd_send_signal(pidfd, signal);
        }
    }
}

fn descends(processes: &impl Processes, process: u32, init: u32) -> bool {
    let mut next = process;
    for _ in 0..GENERATIONS {
        match processes.stat(next) {
            Some(stat) if stat.parent == init => return true,
            Some(stat) if stat.parent > 1 => next = stat.parent,
            _ => return false,
        }
    }
    false
}

fn children(text: &str) -> impl Iterator<Item = u32> {
    text.split_whitespace().filter_map(|pid| pid.parse().ok())
}

/// By proc(5): the name in parentheses may hold anything.
fn stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(") ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let number = |at: usize| words.get(at)?.parse::<u64>().ok();
    let time = |own: usize, reaped: usize| Some((number(own)? + number(reaped)?) * TICK);
    Some(Stat {
        is_stopped: matches!(words.first(), Some(&("T" | "t"))),
        parent: u32::try_from(number(1)?).ok()?,
        user: time(11, 13)?,
        system: time(12, 14)?,
        threads: u32::try_from(number(17)?).ok()?,
    })
}

fn memory(status: &str) -> Option<Memory> {
    let bytes = |name| {
        let kib: u64 = field(status, name)?
            .strip_suffix(" kB")?
            .trim()
            .parse()
            .ok()?;
        Some(kib.saturating_mul(1024))
    };
    let more = ["RssShmem", "VmSwap", "VmPTE"].map(|name| bytes(name).unwrap_or(0));
    Some(Memory {
        now: more
            .into_iter()
            .fold(bytes("RssAnon")?, u64::saturating_add),
        peak: bytes("VmHWM").unwrap_or(0),
    })
}

fn sockets(sockstat: &str) -> Option<u64> {
    let number = field(sockstat, "sockets")?.trim().strip_prefix("used ")?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn numbers_as_the_kernel_writes_them() {
        assert_eq!(children("12 345 \n").collect::<Vec<_>>(), [12, 345]);
        assert_eq!(children("").count(), 0);
        let status = "VmHWM:\t   40000 kB\nRssAnon:\t   10240 kB\nRssFile:\t 9 kB\nRssShmem:\t 2 kB\nVmPTE:\t 3 kB\nVmSwap:\t 4 kB\n";
        let seen = Memory {
            now: 10_249 << 10,
            peak: 40_000 << 10,
        };
        assert_eq!(memory(status), Some(seen));
        assert_eq!(memory("Name:\tx\nState:\tZ (zombie)\n"), None);
        assert_eq!(sockets("sockets: used 40\nTCP: inuse 0\n"), Some(40));
        assert_eq!(sockets("TCP: inuse 0\n"), None);
        let line = "17 (a) T 9 (b) T 16 1 1 0 -1 4194560 9 9 9 9 5 6 70 80 20 0 3 0 123 1 1\n";
        let seen = Stat {
            parent: 16,
            is_stopped: true,
            threads: 3,
            user: 750_000,
            system: 860_000,
        };
        assert_eq!(stat(line), Some(seen));
        assert_eq!(stat("17 (a) S"), None);
    }

    #[test]
    fn of_living_processes() {
        let me = std::process::id();
        let mut child = Command::new("/bin/sleep").arg("100").spawn().unwrap();
        assert!(Kernel.children(me).unwrap().contains(&child.id()));
        assert!(Kernel.memory(me).unwrap().now > 0);
        assert!(Kernel.stat(me).unwrap().threads > 0);
        assert!(Kernel.descriptors(me).unwrap() >= 3);
        assert!(Kernel.sockets(me).is_some());
        assert_eq!(Kernel.stat(child.id()).unwrap().parent, me);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(Kernel.children(child.id()), None);
        assert_eq!(Kernel.stat(child.id()), None);
        assert_eq!(Kernel.memory(child.id()), None);
        assert_eq!(Kernel.descriptors(child.id()), None);
    }

    #[test]
    fn only_descendants_are_stopped() {
        let me = std::process::id();
        let mut child = Command::new("/bin/sleep").arg("100").spawn().unwrap();
        let is_stopped = || Kernel.stat(child.id()).unwrap().is_stopped;
        let becomes = |stopped| {
            let mut looks = 0..500;
            looks.any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                is_stopped() == stopped
            })
        };
        // Some other process is not its ancestor.
        Kernel.hold(child.id(), child.id(), true);
        Kernel.hold(u32::MAX, child.id(), true);
        assert!(!is_stopped());
        Kernel.hold(me, child.id(), true);
        assert!(becomes(true));
        Kernel.hold(me, child.id(), false);
        assert!(becomes(false));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
