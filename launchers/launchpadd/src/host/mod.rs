//! What the host offers beyond what every satellite needs: looked at when launchpadd starts and at
//! every reload of the settings. What is parsed stands apart from what is read.

pub mod cgroup;
pub mod namespaces;
pub mod processors;
pub mod subordinate;
pub mod tasks;

use crate::files::{self, field};
use crate::os;
use subordinate::{Lack, Ranges};

pub struct Host {
    /// The version of Landlock that the kernel has; 0 where it has none or was booted without.
    pub landlock: u32,
    /// What forbids user namespaces.
    pub namespaces: Vec<namespaces::Obstacle>,
    /// Whether the kernel has system call filters: /proc/PID/status has a line about them then.
    pub seccomp: bool,
    /// The ids that satellites may have of their own.
    pub subordinate: Result<Ranges, Lack>,
}

impl Host {
    pub fn look() -> Self {
        // Empty where it cannot be read.
        let status = files::read("/proc/self/status").unwrap_or_default();
        Host {
            landlock: os::landlock_version().unwrap_or(0),
            namespaces: namespaces::obstacles(),
            seccomp: field(&status, "Seccomp").is_some(),
            subordinate: subordinate::look(&status),
        }
    }
}

/// Bytes that the host could still give, swap included; None where /proc does not tell.
pub fn available_memory() -> Option<u64> {
    available(&files::read("/proc/meminfo").ok()?)
}

fn available(meminfo: &str) -> Option<u64> {
    let bytes = |name| {
        let kib = field(meminfo, name)?.strip_suffix(" kB")?.trim();
        Some(kib.parse::<u64>().ok()?.saturating_mul(1024))
    };
    Some(bytes("MemAvailable")?.saturating_add(bytes("SwapFree").unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_swap() {
        let text = "MemTotal:  900 kB\nMemAvailable:     700 kB\nSwapTotal: 9 kB\nSwapFree: 5 kB\n";
        assert_eq!(available(text), Some(705 << 10));
        assert_eq!(available("MemAvailable: 1 kB\n"), Some(1024));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
        assert!(available_memory().is_some());
    }

    /// Whatever host this runs on: looking does not fail.
    #[test]
    fn looking_does_not_fail() {
        let host = Host::look();
        assert!(
            host.seccomp,
            "every kernel that this project supports has it"
        );
    }
}
