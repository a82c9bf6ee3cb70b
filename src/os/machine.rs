//! What this machine has, or the container that the server runs in: memory, processors.

use launchpad_protocol::processors::Processors;
use std::fs::read_to_string;
use std::path::Path;

/// Bytes of memory that this process and its children can have: the machine's, or less where a
/// cgroup says so. None where the kernel does not tell.
pub fn memory() -> Option<u64> {
    let whole = meminfo(&read_to_string("/proc/meminfo").ok()?)?;
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = files(&groups).into_iter().filter_map(|file| limit(&file));
    Some(limits.fold(whole, u64::min))
}

/// The processors that run; None where the kernel does not tell.
pub fn processors() -> Option<Processors> {
    let online = read_to_string("/sys/devices/system/cpu/online").ok()?;
    Processors::parse(online.trim()).ok()
}

fn meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib: u64 = line?.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// "max" is none; so is version 1's greatest number, which is more than any machine has.
fn limit(file: &str) -> Option<u64> {
    read_to_string(file).ok()?.trim().parse().ok()
}

/// Where the limits of the cgroups in /proc/self/cgroup and of those above them stand. A container
/// sees its own as the topmost, perhaps below a path that only its host has.
fn files(groups: &str) -> Vec<String> {
    let mut files = Vec::new();
    for group in groups.lines() {
        let mut fields = group.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        let (root, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            list if list.split(',').any(|one| one == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        for folder in Path::new(path).ancestors() {
            let folder = folder.to_string_lossy();
            files.push(format!("{root}{}/{name}", folder.trim_end_matches('/')));
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words() {
        let text = "MemTotal:       24684276 kB\nMemFree:         1 kB\n";
        assert_eq!(meminfo(text), Some(24_684_276 << 10));
        assert_eq!(meminfo("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn a_cgroup_and_those_above() {
        assert_eq!(
            files("0::/system.slice/a:b.service\n"),
            [
                "/sys/fs/cgroup/system.slice/a:b.service/memory.max",
                "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ]
        );
        assert_eq!(
            files("3:cpu,cpuacct:/x\n2:memory:/x\n1:name=systemd:/x\n0::/\n"),
            [
                "/sys/fs/cgroup/memory/x/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory.max",
            ]
        );
    }

    #[test]
    fn this_machine_has_both() {
        assert!(memory().unwrap() > 64 << 20);
        assert!(!processors().unwrap().is_empty());
    }
}
