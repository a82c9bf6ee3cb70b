//! Blocks of work folders that no name leads to: of files that were removed while they are open or mapped.
//!
//! The filter lets no script make such files. Should it have a hole, this is what can be seen from outside, where nobody
//! may look into the descriptors of a satellite: what the file system has given away, less what is named in it. That says
//! something only where the file system holds nothing but our folder, and it says of nobody whose the blocks are.

use super::files;
use crate::files::read;
use nix::sys::stat::stat;
use nix::sys::statvfs::statvfs;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::read_dir;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

/// Those whose numbers add up: others share blocks between files, or with another file system.
const KINDS: [&str; 3] = ["ext4", "tmpfs", "xfs"];

/// What a file system takes for itself at the top.
const OWN: &str = "lost+found";

/// Bytes that a file system's own books may grow by.
const SLACK: u64 = 8 << 20;

/// The folder of all work folders.
#[derive(Debug)]
pub struct Nameless {
    top: PathBuf,
    look: Option<JoinHandle<Option<u64>>>,
    /// What there was without a name at the first look, which begins before the first script, or later and less.
    base: Option<u64>,
    /// At the last look.
    total: u64,
}

/// What a look has shown, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub total: u64,
    /// Since the look before.
    pub grown: u64,
}

impl Nameless {
    /// Begins to look.
    pub fn new(top: &Path) -> Self {
        let mut nameless = Nameless {
            top: top.to_owned(),
            look: None,
            base: None,
            total: 0,
        };
        nameless.begin();
        nameless
    }

    pub fn is_of(&self, top: &Path) -> bool {
        self.top == top
    }

    /// What the last look has shown that ended since, if it could tell. Has it looked at again.
    pub fn shown(&mut self) -> Option<Shown> {
        let ended = self.look.take_if(|look| look.is_finished());
        if self.look.is_none() {
            self.begin();
        }
        let found = ended?.join().ok().flatten();
        Some(self.account(found))
    }

    fn begin(&mut self) {
        let top = self.top.clone();
        let look = thread::Builder::new().stack_size(files::STACK);
        // Without a thread the next look may have one.
        self.look = look.spawn(move || unnamed(&top)).ok();
    }

    fn account(&mut self, found: Option<u64>) -> Shown {
        // Where it cannot be told it counts as none, and all that comes after as new.
        let base = self.base.into_iter().chain(found).min();
        self.base = base;
        let base = base.unwrap_or(0).saturating_add(SLACK);
        let beyond = found.unwrap_or(0).saturating_sub(base);
        let before = std::mem::replace(&mut self.total, beyond);
        Shown {
            total: beyond,
            grown: beyond.saturating_sub(before),
        }
    }
}

/// Bytes that the file system has given away and that are not named below `top`, the base included; None where that
/// cannot be told.
fn unnamed(top: &Path) -> Option<u64> {
    let used = || {
        let found = statvfs(top).ok()?;
        let blocks = found.blocks().saturating_sub(found.blocks_free());
        Some(blocks.saturating_mul(found.fragment_size()))
    };
    let before = used()?;
    let named = files::used(top, u64::MAX);
    // What changes meanwhile must not look like more than there is.
    let used = before.min(used()?);
    // Asked last: a stranger's file that was there counts in none of them.
    if !is_alone(top, &read("/proc/thread-self/mountinfo").ok()?) {
        return None;
    }
    Some(used.saturating_sub(named))
}

/// Whether `top` lies in a file system that is mounted as a whole and holds nothing else.
fn is_alone(top: &Path, mounts: &str) -> bool {
    let device = |path: &Path| stat(path).ok().map(|status| status.st_dev);
    let of_top = device(top);
    let inside = |path: &&Path| device(path) == of_top;
    let way: Vec<&Path> = top.ancestors().take_while(inside).collect();
    let Some(mounted) = way.last() else {
        return false;
    };
    // Of a file system that is the root no parent is another's.
    if of_top.is_none() || !is_whole(mounted, mounts) {
        return false;
    }
    way.windows(2).all(|pair| {
        let only = pair[0].file_name().map(OsString::from);
        let mut expected: BTreeSet<_> = only.into_iter().collect();
        expected.insert(OWN.into());
        let found = read_dir(pair[1]).into_iter().flatten();
        found
            .map(|entry| entry.map(|entry| entry.file_name()))
            .all(|name| name.is_ok_and(|name| expected.contains(&name)))
    })
}

/// By /proc/…/mountinfo: whether the mount there, the last of several, shows its file system from the root on.
fn is_whole(mounted: &Path, mounts: &str) -> bool {
    let here = |line: &&str| {
        let at = line.split(' ').nth(4).map(unescaped);
        at.is_some_and(|at| at == mounted)
    };
    let Some(line) = mounts.lines().rfind(here) else {
        return false;
    };
    let kind = line
        .split_once(" - ")
        .and_then(|(_, rest)| rest.split(' ').next());
    line.split(' ').nth(3) == Some("/") && kind.is_some_and(|kind| KINDS.contains(&kind))
}

/// A path as mountinfo writes it: blanks and the like as a backslash and three octal digits.
fn unescaped(text: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'\\')
            .then(|| after.get(..3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 8).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = after.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_that_show_a_whole_file_system() {
        let mounts = "\
            22 1 254:0 / / rw - ext4 /dev/vda rw\n\
            30 22 0:27 / /dev/shm rw,nosuid - tmpfs tmpfs rw\n\
            31 22 254:0 /srv/part /mnt/part rw - ext4 /dev/vda rw\n\
            32 22 0:40 / /mnt/two\\040words\\134x rw shared:3 - xfs /dev/vdb rw\n\
            33 22 0:41 /sub /mnt/b rw - btrfs /dev/vdc rw\n\
            34 22 0:42 / /mnt/over rw - overlay overlay rw\n\
            35 22 0:43 / /mnt/twice rw - tmpfs one rw\n\
            36 35 254:0 /x /mnt/twice rw - ext4 /dev/vda rw\n";
        for (path, whole) in [
            ("/dev/shm", true),
            ("/mnt/two words\\x", true),
            ("/mnt/part", false),
            ("/mnt/b", false),
            ("/mnt/over", false),
            ("/mnt/twice", false),
            ("/nowhere", false),
        ] {
            assert_eq!(is_whole(Path::new(path), mounts), whole, "{path}");
        }
    }

    #[test]
    fn what_grows_is_told_once() {
        let mut nameless = Nameless {
            top: "/nowhere".into(),
            look: None,
            base: None,
            total: 0,
        };
        nameless.account(Some(3 << 20));
        let shown = |total, grown| Shown { total, grown };
        let all = SLACK + (3 << 20);
        assert_eq!(nameless.account(Some(all)), shown(0, 0));
        assert_eq!(nameless.account(Some(all + 5)), shown(5, 5));
        assert_eq!(nameless.account(Some(all + 7)), shown(7, 2));
        assert_eq!(nameless.account(Some(all + 1)), shown(1, 0));
        assert_eq!(nameless.account(None), shown(0, 0));
        // What the file system had at first may have been given back.
        assert_eq!(nameless.account(Some(1 << 20)), shown(0, 0));
        let all = SLACK + (1 << 20);
        assert_eq!(nameless.account(Some(all + 9)), shown(9, 9));
    }
}
