//! Where in the tree of cgroups we are, and which folder was given to us. Pure.

use super::LAUNCHPAD;
use super::files::Files;
use std::path::{Path, PathBuf};

/// Where systemd runs a delegated unit's own commands, such as its ExecReload=.
const CONTROL: &str = ".control";

/// Our own folder and the mount that it lies in.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    pub mount: PathBuf,
    pub own: PathBuf,
}

impl Place {
    /// From /proc/self/cgroup and /proc/self/mountinfo. None where no mounted cgroup2 shows us.
    pub fn find(cgroup: &str, mountinfo: &str) -> Option<Self> {
        let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
        // Above the root of our cgroup namespace, which no mount in it shows.
        if Path::new(path)
            .components()
            .any(|part| part.as_os_str() == "..")
        {
            return None;
        }
        mountinfo.lines().find_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            if after.split(' ').next() != Some("cgroup2") {
                return None;
            }
            let mut words = before.split(' ').skip(3);
            let root = unescaped(words.next()?);
            let mount = PathBuf::from(unescaped(words.next()?));
            let below = Path::new(path).strip_prefix(&root).ok()?;
            let own = mount.components().chain(below.components()).collect();
            Some(Place { mount, own })
        })
    }

    /// The folder that was delegated to the user `me`: our own, or the one above it, when the server
    /// was put (by systemd 254 or newer, or by a predecessor) into a leaf of it.
    pub fn delegated(&self, files: &impl Files, me: u32) -> Option<PathBuf> {
        if self.is_delegated(files, &self.own, me) {
            return Some(self.own.clone());
        }
        let above = self.own.parent()?;
        let is_given = above.starts_with(&self.mount)
            && self.is_delegated(files, above, me)
            && self.is_alone(files, above);
        is_given.then(|| above.to_owned())
    }

    /// Whether nobody else has folders in it: a manager of services would.
    fn is_alone(&self, files: &impl Files, above: &Path) -> bool {
        files.folders(above).is_ok_and(|folders| {
            let known = [above.join(LAUNCHPAD), above.join(CONTROL)];
            folders
                .iter()
                .all(|folder| *folder == self.own || known.contains(folder))
        })
    }

    /// It is ours, and either bears systemd's mark or lies in a folder that is not. Below a folder of
    /// ours lies what somebody else manages: the sessions of a user, for example. The superuser owns
    /// everything, which says nothing.
    fn is_delegated(&self, files: &impl Files, folder: &Path, me: u32) -> bool {
        let is_ours = |folder: &Path| files.owner(folder).is_ok_and(|owner| owner == me);
        let above = folder.parent().filter(|_| folder != self.mount);
        let is_outermost = || me != 0 && !above.is_some_and(is_ours);
        is_ours(folder) && (files.is_marked(folder) || is_outermost())
    }
}

/// A path as mountinfo writes it: blanks and backslashes as three octal digits.
fn unescaped(word: &str) -> String {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let octal = after.get(..3).and_then(|digits| {
            let digits = str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 8).ok()
        });
        match octal {
            Some(byte) if first == b'\\' => {
                bytes.push(byte);
                rest = &after[3..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
";

    fn own(cgroup: &str, mounts: &str) -> Option<String> {
        let place = Place::find(cgroup, mounts)?;
        Some(place.own.to_str().unwrap().to_owned())
    }

    #[test]
    fn below_the_mount() {
        let cgroup = "0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n";
        assert_eq!(
            own(cgroup, MOUNTS).as_deref(),
            Some("/sys/fs/cgroup/system.slice/system-postgresql.slice/postgresql@15-main.service")
        );
        assert_eq!(own("0::/\n", MOUNTS).as_deref(), Some("/sys/fs/cgroup"));
    }

    #[test]
    fn beside_the_first_version_of_cgroups() {
        let cgroup = "9:name=systemd:/\n4:memory:/x\n0::/y\n";
        let mounts = "\
30 22 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
31 22 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
";
        assert_eq!(
            own(cgroup, mounts).as_deref(),
            Some("/sys/fs/cgroup/unified/y")
        );
        assert_eq!(own("4:memory:/x\n", mounts), None);
    }

    #[test]
    fn a_mount_of_a_part_of_the_tree() {
        let mounts = "30 22 0:26 /a/b /cg\\040x rw - cgroup2 cgroup2 rw\n";
        assert_eq!(own("0::/a/b/c\n", mounts).as_deref(), Some("/cg x/c"));
        assert_eq!(own("0::/a/bc\n", mounts), None);
        assert_eq!(own("0::/../x\n", MOUNTS), None);
    }

    #[test]
    fn no_mount_no_place() {
        assert_eq!(own("0::/a\n", ""), None);
        assert_eq!(own("", MOUNTS), None);
    }
}
