//! What the kernel tells of a zygote that says it is loaded: packages have run in it, and its own word counts for nothing.
//!
//! A second thread would be lost in every satellite, maybe with a lock; what it has open, and memory that it shares, its
//! satellites would share with each other.

use crate::files::{self, field};
use crate::os;
use launchpad_protocol::policy::Sandbox;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::{SFlag, fstat};
use std::os::fd::{OwnedFd, RawFd};

/// The highest descriptor of a zygote: the standard three, and its channel.
const LAST_DESCRIPTOR: u32 = launchpad_protocol::zygote::CHANNEL_FD as u32;

/// A zygote's table is of 64.
const MOST_DESCRIPTORS: u32 = 256;

/// Its keeper is the first in their pid namespace.
const DEPTH: usize = 2;

#[derive(Debug, Default)]
pub struct Inspection {
    /// /proc/PID/status
    status: String,
    /// Numbers of what is open, files for reading left out; None where others may not know.
    descriptors: Option<Vec<u32>>,
    /// /proc/PID/maps; None where others may not know.
    maps: Option<String>,
    /// Processes of its own, and of its keeper's besides it.
    children: usize,
}

impl Inspection {
    /// `pidfd`: its own, in the strict sandbox, where launchpadd owns the user namespace that it is in. In the container
    /// sandbox nobody but the super-user may look into what is not dumpable.
    pub fn of(number: u32, pidfd: Option<&OwnedFd>) -> Self {
        let status = files::read(format!("/proc/{number}/status")).unwrap_or_default();
        let Some(pidfd) = pidfd else {
            return Inspection {
                status,
                children: children(number),
                ..Inspection::default()
            };
        };
        let size = field(&status, "FDSize").and_then(|size| size.parse().ok());
        let descriptors = size.and_then(|size| open(pidfd, size));
        let maps = files::read(format!("/proc/{number}/maps")).ok();
        let keeper = field(&status, "PPid").and_then(|keeper| keeper.parse().ok());
        let others = keeper.map_or(0, |keeper| children(keeper).saturating_sub(1));
        Inspection {
            status,
            descriptors,
            maps,
            children: children(number) + others,
        }
    }

    fn must_be(&self, found: &mut Vec<String>, name: &str, wanted: &str, words: &str) {
        let value = field(&self.status, name);
        if value != Some(wanted) {
            found.push(format!("{words}: {}", value.unwrap_or("not known")));
        }
    }

    /// A size in its status.
    pub fn bytes(&self, name: &str) -> u64 {
        let value = field(&self.status, name).and_then(|value| value.split_whitespace().next());
        let kib: Option<u64> = value.and_then(|value| value.parse().ok());
        kib.map_or(0, |kib| kib.saturating_mul(1024))
    }

    pub fn differences(&self, sandbox: Sandbox) -> Vec<String> {
        let mut found = Vec::new();
        self.must_be(
            &mut found,
            "Threads",
            "1",
            "threads, of which there must be one",
        );
        self.must_be(&mut found, "NoNewPrivs", "1", "no_new_privs");
        self.must_be(&mut found, "Seccomp", "2", "system call filter");
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            self.must_be(&mut found, set, "0000000000000000", "capabilities");
        }
        if self.children > 0 {
            found.push(format!("started processes: {}", self.children));
        }
        if sandbox == Sandbox::Container {
            return found;
        }
        self.must_be(&mut found, "CapBnd", "0000000000000000", "capabilities");
        let depth = field(&self.status, "NSpid").map_or(0, |all| all.split_whitespace().count());
        if depth != DEPTH {
            found.push(format!("pid namespaces: {depth}"));
        }
        // Where nobody may look (kernel.yama.ptrace_scope = 3) the launcher's own check has to do.
        let open = self.descriptors.iter().flatten();
        let extra = open.filter(|number| **number > LAST_DESCRIPTOR);
        found.extend(extra.map(|number| format!("descriptor {number} is open")));
        match &self.maps {
            Some(maps) => found.extend(shared(maps).map(|line| format!("shared memory: {line}"))),
            None => found.push("memory: not known".to_owned()),
        }
        found
    }
}

fn is_read_only_file(descriptor: &OwnedFd) -> bool {
    let is_file = fstat(descriptor).is_ok_and(|status| os::is_a(SFlag::S_IFREG, status.st_mode));
    let access = fcntl(descriptor, FcntlArg::F_GETFL);
    let access = access.map(|flags| OFlag::from_bits_retain(flags) & OFlag::O_ACCMODE);
    is_file && access == Ok(OFlag::O_RDONLY)
}

/// The numbers of what is open, and no file for reading, in a table of that size; None if that is not told. A table that is too large counts as a
/// number that is.
fn open(pidfd: &OwnedFd, size: u32) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for number in 0..size.min(MOST_DESCRIPTORS) {
        match os::pidfd_getfd(pidfd, RawFd::try_from(number).ok()?) {
            // R has the launcher's own file open.
            Ok(found) if is_read_only_file(&found) => {}
            Ok(_) => all.push(number),
            Err(Errno::EBADF) => {}
            Err(_) => return None,
        }
    }
    all.extend((size > MOST_DESCRIPTORS).then_some(size));
    Some(all)
}

/// How many the process has.
fn children(process: u32) -> usize {
    let told = files::read(format!("/proc/{process}/task/{process}/children"));
    told.map_or(0, |told| told.split_whitespace().count())
}

/// What is mapped to be shared and can be written to, by its file.
fn shared(maps: &str) -> impl Iterator<Item = &str> {
    maps.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let rights = words.nth(1)?;
        let file = words.nth(3).unwrap_or("memory");
        (rights.contains('w') && rights.ends_with('s')).then_some(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tpython\nNSpid:\t70\t2\nThreads:\t1\nCapInh:\t0000000000000000\n\
                          CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n\
                          CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n\
                          Seccomp:\t2\n";
    const MAPS: &str = "7f00-7f10 r--p 00000000 fe:01 12  /usr/lib/libc.so.6\n\
                        7f10-7f20 rw-p 00000000 00:00 0 \n\
                        7f20-7f30 r--s 00000000 fe:01 13  /usr/lib/gconv/gconv-modules.cache\n";

    fn good() -> Inspection {
        Inspection {
            status: STATUS.to_owned(),
            descriptors: Some(vec![0, 1, 2, 3]),
            maps: Some(MAPS.to_owned()),
            children: 0,
        }
    }

    fn of_status(from: &str, to: &str) -> Inspection {
        Inspection {
            status: STATUS.replace(from, to),
            ..good()
        }
    }

    #[test]
    fn each_difference_is_seen() {
        assert!(good().differences(Sandbox::Strict).is_empty());
        for (changed, expected) in [
            (
                of_status("Threads:\t1", "Threads:\t2"),
                "threads, of which there must be one: 2",
            ),
            (
                of_status("NoNewPrivs:\t1", "NoNewPrivs:\t0"),
                "no_new_privs: 0",
            ),
            (
                of_status("Seccomp:\t2", "Seccomp:\t0"),
                "system call filter: 0",
            ),
            (
                of_status("CapEff:\t0000000000000000", "CapEff:\t00000000a80425fb"),
                "capabilities: 00000000a80425fb",
            ),
            (of_status("70\t2", "70"), "pid namespaces: 1"),
            (
                Inspection {
                    descriptors: Some(vec![0, 1, 2, 3, 7]),
                    ..good()
                },
                "descriptor 7 is open",
            ),
            (
                Inspection {
                    maps: Some(format!(
                        "{MAPS}7f30-7f40 rw-s 00000000 00:01 9 /dev/zero (deleted)\n"
                    )),
                    ..good()
                },
                "shared memory: /dev/zero",
            ),
            (
                Inspection {
                    children: 2,
                    ..good()
                },
                "started processes: 2",
            ),
        ] {
            assert_eq!(changed.differences(Sandbox::Strict), [expected]);
        }
        // Nothing is known of one that is gone.
        assert!(Inspection::default().differences(Sandbox::Strict).len() > 8);
        assert!(Inspection::default().differences(Sandbox::Container).len() > 6);
    }
}
