//! A cgroup2 mount that keeps the kernel's rules, for tests.

use super::files::Files;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

#[derive(Default)]
pub struct Group {
    pub owner: u32,
    pub marked: bool,
    pub locked: bool,
    pub processes: BTreeSet<u32>,
    pub available: Vec<&'static str>,
    pub enabled: BTreeSet<String>,
    /// What else was written, or stands there.
    pub files: BTreeMap<String, String>,
    /// A process that is born with each that is moved away.
    pub fertile: bool,
}

#[derive(Default)]
pub struct Fake {
    pub groups: RefCell<BTreeMap<PathBuf, Group>>,
    /// Killed processes stay so many attempts to remove their folder.
    pub slow: RefCell<u32>,
    /// Ends of the paths of files that cannot be written.
    pub read_only: RefCell<BTreeSet<&'static str>>,
}

fn errno(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

fn split(path: &Path) -> (&Path, &str) {
    (
        path.parent().unwrap(),
        path.file_name().unwrap().to_str().unwrap(),
    )
}

impl Fake {
    pub fn group(self, path: &str, change: impl FnOnce(&mut Group)) -> Self {
        let mut group = Group::default();
        change(&mut group);
        self.groups.borrow_mut().insert(PathBuf::from(path), group);
        self
    }

    pub fn processes(&self, path: &str) -> Vec<u32> {
        let groups = self.groups.borrow();
        groups[Path::new(path)].processes.iter().copied().collect()
    }

    pub fn names(&self) -> Vec<String> {
        let groups = self.groups.borrow();
        groups
            .keys()
            .map(|path| path.display().to_string())
            .collect()
    }

    fn has_children(groups: &BTreeMap<PathBuf, Group>, folder: &Path) -> bool {
        groups.keys().any(|path| path.parent() == Some(folder))
    }
}

impl Files for &Fake {
    fn read(&self, path: &Path) -> io::Result<String> {
        let (folder, name) = split(path);
        let groups = self.groups.borrow();
        let group = groups.get(folder).ok_or_else(|| errno(libc::ENOENT))?;
        match name {
            "cgroup.procs" => Ok(group.processes.iter().map(|p| format!("{p}\n")).collect()),
            "cgroup.controllers" => Ok(group.available.join(" ") + "\n"),
            _ => group
                .files
                .get(name)
                .cloned()
                .ok_or_else(|| errno(libc::ENOENT)),
        }
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let (folder, name) = split(path);
        let read_only = self.read_only.borrow();
        if read_only.iter().any(|end| path.ends_with(end)) {
            return Err(errno(libc::EACCES));
        }
        let mut groups = self.groups.borrow_mut();
        if !groups.contains_key(folder) {
            return Err(errno(libc::ENOENT));
        }
        match name {
            "cgroup.procs" => {
                let pid: u32 = text.parse().unwrap();
                let from = groups
                    .values_mut()
                    .find(|group| group.processes.contains(&pid))
                    .ok_or_else(|| errno(libc::ESRCH))?;
                from.processes.remove(&pid);
                if from.fertile {
                    from.processes.insert(pid + 1);
                }
                let to = groups.get_mut(folder).unwrap();
                if !to.enabled.is_empty() {
                    return Err(errno(libc::EBUSY));
                }
                to.processes.insert(pid);
            }
            "cgroup.subtree_control" => {
                let group = groups.get_mut(folder).unwrap();
                if !group.processes.is_empty() {
                    return Err(errno(libc::EBUSY));
                }
                for word in text.split(' ') {
                    let name = word.strip_prefix('+').unwrap();
                    if !group.available.contains(&name) {
                        return Err(errno(libc::ENOENT));
                    }
                    group.enabled.insert(name.to_owned());
                }
                let enabled = group.enabled.clone();
                for (path, child) in groups.iter_mut() {
                    if path.parent() == Some(folder) {
                        child.give(&enabled);
                    }
                }
            }
            "cgroup.kill" => groups.get_mut(folder).unwrap().processes.clear(),
            _ => {
                let files = &mut groups.get_mut(folder).unwrap().files;
                let file = files.get_mut(name).ok_or_else(|| errno(libc::ENOENT))?;
                text.clone_into(file);
            }
        }
        Ok(())
    }

    fn make(&self, folder: &Path) -> io::Result<()> {
        let mut groups = self.groups.borrow_mut();
        if groups.contains_key(folder) {
            return Err(errno(libc::EEXIST));
        }
        let above = groups
            .get(folder.parent().unwrap())
            .ok_or_else(|| errno(libc::ENOENT))?;
        let mut group = Group {
            owner: above.owner,
            ..Group::default()
        };
        // The kernel counts the time of every group.
        let times = "usage_usec 30\nuser_usec 20\nsystem_usec 10\n";
        group.files.insert("cpu.stat".to_owned(), times.to_owned());
        group.give(&above.enabled);
        groups.insert(folder.to_owned(), group);
        Ok(())
    }

    fn remove(&self, folder: &Path) -> io::Result<()> {
        let mut groups = self.groups.borrow_mut();
        let group = groups.get(folder).ok_or_else(|| errno(libc::ENOENT))?;
        let mut slow = self.slow.borrow_mut();
        if !group.processes.is_empty() || *slow > 0 || Fake::has_children(&groups, folder) {
            *slow = slow.saturating_sub(1);
            return Err(errno(libc::EBUSY));
        }
        groups.remove(folder);
        Ok(())
    }

    fn folders(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let groups = self.groups.borrow();
        let inside = groups.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.cloned().collect())
    }

    fn owner(&self, folder: &Path) -> io::Result<u32> {
        let groups = self.groups.borrow();
        groups
            .get(folder)
            .map(|group| group.owner)
            .ok_or_else(|| errno(libc::ENOENT))
    }

    fn is_marked(&self, folder: &Path) -> bool {
        self.groups.borrow().get(folder).is_some_and(|g| g.marked)
    }

    fn lock(&self, folder: &Path) -> io::Result<Option<OwnedFd>> {
        let locked = self.groups.borrow()[folder].locked;
        let any = std::fs::File::open("/dev/null")?;
        Ok((!locked).then(|| any.into()))
    }
}

impl Group {
    /// The folder above gives these controllers: their files appear.
    fn give(&mut self, controllers: &BTreeSet<String>) {
        for name in controllers {
            let (name, files): (_, &[_]) = match name.as_str() {
                "memory" => (
                    "memory",
                    &[
                        ("memory.max", "max"),
                        ("memory.swap.max", "max"),
                        ("memory.oom.group", "0"),
                        ("memory.events", "low 0\noom 0\noom_kill 0\n"),
                        ("memory.events.local", "low 0\noom 0\noom_kill 0\n"),
                        ("memory.current", "4096\n"),
                    ],
                ),
                "cpu" => ("cpu", &[("cpu.max", "max 100000"), ("cpu.weight", "100")]),
                "cpuset" => (
                    "cpuset",
                    &[("cpuset.cpus", "\n"), ("cpuset.cpus.effective", "0-7\n")],
                ),
                _ => ("pids", &[("pids.max", "max"), ("pids.current", "1\n")]),
            };
            if !self.available.contains(&name) {
                self.available.push(name);
            }
            for (file, text) in files {
                self.files.insert((*file).to_owned(), (*text).to_owned());
            }
        }
    }
}
