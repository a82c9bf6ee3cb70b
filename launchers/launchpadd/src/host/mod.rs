//! What the host offers beyond what every satellite needs: looked at when launchpadd starts and at
//! every reload of the settings. One subject a file, what is parsed apart from what is read.

pub mod cgroup;
pub mod landlock;
pub mod memory;
pub mod namespaces;
pub mod processors;
pub mod seccomp;
pub mod subordinate;

use crate::files;
use subordinate::{Lack, Ranges};

pub struct Host {
    /// The version of Landlock that the kernel has; 0: none.
    pub landlock: u32,
    /// What forbids user namespaces.
    pub namespaces: Vec<namespaces::Obstacle>,
    /// Whether the kernel has system call filters.
    pub seccomp: bool,
    /// The ids that satellites may have of their own.
    pub subordinate: Result<Ranges, Lack>,
}

impl Host {
    pub fn look() -> Self {
        Host {
            landlock: landlock::version(),
            namespaces: namespaces::obstacles(),
            seccomp: seccomp::is_there(&status()),
            subordinate: subordinate::look(&status()),
        }
    }
}

/// Our own /proc/PID/status; empty where it cannot be read.
fn status() -> String {
    files::read("/proc/self/status").unwrap_or_default()
}

/// The value of a line of /proc/PID/status.
pub fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let of_name = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':');
    status.lines().find_map(of_name).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let status = "Name:\tlaunchpadd\nSeccomp_filters:\t4\nSeccomp:\t2\n";
        assert_eq!(field(status, "Seccomp"), Some("2"));
        assert_eq!(field(status, "Sec"), None);
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
