//! What a satellite's script process has, found out in it, under its filter, before its request.

use crate::evidence::{self, noted};
use crate::os;
use crate::steps::{BOUNDS, PROCESSES};
use crate::view::DEVICES;
use launchpad_protocol::cut;
use launchpad_protocol::inventory::{Descriptor, Inventory, Limit, Mount};
use nix::errno::Errno;
use nix::sys::prctl::get_dumpable;
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::sys::utsname::uname;
use nix::unistd::{getegid, geteuid};
use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// No satellite has more; a packet has room for them.
const MAX_MOUNTS: usize = 100;
const MAX_NAMES: usize = 50;
const MAX_PATH: usize = 100;

/// Every number up to this is looked at: the limit NOFILE.
const LAST_DESCRIPTOR: u8 = 255;

pub fn take() -> Inventory {
    let noted = noted();
    // Only what is known not to be there is not.
    let proc = !matches!(Path::new("/proc/self/status").try_exists(), Ok(false));
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let inside = evidence::namespaces();
    let oom_score_adj = number("/proc/self/oom_score_adj");
    let mounts = mounts(proc);
    let root = names("/").unwrap_or_default();
    Inventory {
        user: geteuid().as_raw(),
        group: getegid().as_raw(),
        groups: os::group_count().unwrap_or(u32::MAX),
        capabilities: noted.capabilities,
        securebits: noted.securebits,
        no_new_privileges: noted.no_new_privileges,
        dumpable: get_dumpable() != Ok(false),
        seccomp: os::seccomp_mode(),
        landlock: noted.landlock,
        // The freshest that there are.
        namespaces: if inside.contains(&0) {
            noted.namespaces
        } else {
            inside
        },
        host_name: host_name(),
        proc,
        mounts,
        root,
        // After all that has opened files.
        descriptors: descriptors(),
        limits: limits(),
        oom_score_adj,
        threads: field(&status, "Threads:").unwrap_or(0),
    }
}

fn host_name() -> String {
    let Ok(name) = uname() else {
        return String::new();
    };
    cut(&name.nodename().to_string_lossy(), MAX_PATH).to_owned()
}

fn number(path: &str) -> Option<i32> {
    read_to_string(path).ok()?.trim().parse().ok()
}

fn field(status: &str, name: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

fn names(folder: &str) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in read_dir(folder)?.take(MAX_NAMES) {
        names.push(cut(&entry?.file_name().to_string_lossy(), MAX_PATH).to_owned());
    }
    names.sort();
    Ok(names)
}

/// All that are mounted, if there is a /proc to tell; else those that must be.
fn mounts(proc: bool) -> Vec<Mount> {
    let told = read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut paths: Vec<String> = told.lines().filter_map(mount_point).collect();
    if !proc {
        paths = ["/", "/job", "/tmp", "/dev/shm"].map(str::to_owned).into();
        paths.extend(DEVICES.iter().map(|name| format!("/dev/{name}")));
    }
    paths.truncate(MAX_MOUNTS);
    paths
        .iter()
        .map(|path| Mount {
            path: cut(path, MAX_PATH).to_owned(),
            flags: flags(path),
        })
        .collect()
}

/// The fifth word of a line, which may hold octal escapes.
fn mount_point(line: &str) -> Option<String> {
    let word = line.split(' ').nth(4)?;
    let unescaped = word.replace("\\040", " ").replace("\\011", "\t");
    Some(unescaped.replace("\\012", "\n").replace("\\134", "\\"))
}

/// ST_RDONLY and so on; none if it cannot be asked, which no policy allows.
fn flags(path: &str) -> u32 {
    let asked = FsFlags::ST_RDONLY | FsFlags::ST_NOSUID | FsFlags::ST_NODEV | FsFlags::ST_NOEXEC;
    statvfs(path).map_or(0, |found| (found.flags() & asked).bits() as u32)
}

fn descriptors() -> Vec<Descriptor> {
    (0..=LAST_DESCRIPTOR)
        .filter_map(|number| {
            let (kind, device) = match os::status(number) {
                Ok(status) => (status.st_mode & libc::S_IFMT, status.st_rdev),
                Err(Errno::EBADF) => return None,
                // Open for all that is known.
                Err(_) => (0, 0),
            };
            Some(Descriptor {
                number: number.into(),
                kind,
                device,
            })
        })
        .collect()
}

fn limits() -> Vec<Limit> {
    let all = BOUNDS
        .iter()
        .chain([&PROCESSES])
        .map(|bound| bound.resource);
    all.chain([Resource::RLIMIT_FSIZE])
        .map(|resource| {
            // As if there were none, which no policy allows.
            let (soft, hard) = getrlimit(resource).unwrap_or((u64::MAX, u64::MAX));
            Limit {
                resource: resource as u32,
                soft,
                hard,
            }
        })
        .collect()
}
