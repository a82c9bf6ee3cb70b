//! The subordinate ids of the server's user: /etc/subuid and /etc/subgid, and the two programs that
//! may map them into a user namespace.

use crate::files;
use crate::os;
use launchpad_protocol::policy::Worker;
use nix::sys::stat::stat;
use nix::unistd::{User, getegid, geteuid};
use std::path::Path;

/// Where the sandbox looks for the programs.
const FOLDER: &str = "/usr/bin";
const TOOLS: [&str; 2] = ["newuidmap", "newgidmap"];

const S_ISUID: u32 = 0o4000;

/// Why there are no ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    #[error("{0} is not installed")]
    Tool(&'static str),
    #[error("{0} has neither the set-user-ID bit nor capabilities")]
    Powerless(String),
    #[error("the server runs with no_new_privs, under which {} cannot gain privileges", TOOLS[0])]
    NoNewPrivileges,
    #[error("{file} does not have a range for {user}")]
    Range { file: &'static str, user: String },
}

impl Lack {
    pub fn advice(&self) -> String {
        match self {
            Lack::Tool(_) | Lack::Powerless(_) => "install the package uidmap".into(),
            Lack::NoNewPrivileges => {
                "take NoNewPrivileges= and what implies it out of the server's systemd unit".into()
            }
            Lack::Range { user, .. } => format!(
                "add a line such as {user}:1000000:65536, of ids that nobody else has, to /etc/subuid \
                 and /etc/subgid, then reload the configuration"
            ),
        }
    }
}

/// `count` ids from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u32,
    count: u32,
}

impl Range {
    fn overlaps(&self, other: Range) -> bool {
        self.holds(other.first) || other.holds(self.first)
    }

    fn holds(&self, id: u32) -> bool {
        id.checked_sub(self.first)
            .is_some_and(|offset| offset < self.count)
    }
}

/// The ids that satellites may have of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    users: Vec<Range>,
    groups: Vec<Range>,
}

impl Ranges {
    /// How many pairs of a user and a group there are.
    pub fn len(&self) -> u64 {
        size(&self.users).min(size(&self.groups))
    }

    /// Those that a user namespace of the server's user `own` has: its own, and all of these. As (first, count).
    pub fn users(&self, own: u32) -> Vec<(u32, u32)> {
        all(&self.users, own)
    }

    /// Likewise the groups.
    pub fn groups(&self, own: u32) -> Vec<(u32, u32)> {
        all(&self.groups, own)
    }

    /// The pair number `index`, counted from 0.
    pub fn nth(&self, index: u64) -> Option<Worker> {
        Some(Worker {
            user: nth(&self.users, index)?,
            group: nth(&self.groups, index)?,
        })
    }
}

fn all(ranges: &[Range], own: u32) -> Vec<(u32, u32)> {
    let ranges = ranges.iter().map(|range| (range.first, range.count));
    std::iter::once((own, 1)).chain(ranges).collect()
}

fn size(ranges: &[Range]) -> u64 {
    ranges.iter().map(|range| u64::from(range.count)).sum()
}

fn nth(ranges: &[Range], mut index: u64) -> Option<u32> {
    for range in ranges {
        match u32::try_from(index) {
            Ok(offset) if offset < range.count => return Some(range.first + offset),
            _ => index = index.checked_sub(range.count.into())?,
        }
    }
    None
}

/// `status`: our own /proc/PID/status.
pub fn look(status: &str) -> Result<Ranges, Lack> {
    for tool in TOOLS {
        find(tool)?;
    }
    if crate::files::field(status, "NoNewPrivs") == Some("1") {
        return Err(Lack::NoNewPrivileges);
    }
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let name = User::from_uid(geteuid())
        .ok()
        .flatten()
        .map(|user| user.name);
    let ranges = |file, own| {
        let text = files::read(file).unwrap_or_default();
        let ranges = parse(&text, name.as_deref(), user, own);
        let user = || name.clone().unwrap_or_else(|| user.to_string());
        (!ranges.is_empty())
            .then_some(ranges)
            .ok_or_else(|| Lack::Range { file, user: user() })
    };
    Ok(Ranges {
        users: ranges("/etc/subuid", user)?,
        // These lines name the user as well, not the group.
        groups: ranges("/etc/subgid", group)?,
    })
}

fn find(tool: &'static str) -> Result<(), Lack> {
    let path = Path::new(FOLDER).join(tool);
    let status = stat(&path).map_err(|_| Lack::Tool(tool))?;
    let is_setuid = status.st_uid == 0 && status.st_mode & S_ISUID != 0;
    let has_capabilities = || os::getxattr(&path, c"security.capability", &mut [0; 64]).is_ok();
    if is_setuid || has_capabilities() {
        Ok(())
    } else {
        Err(Lack::Powerless(path.display().to_string()))
    }
}

/// The most ranges that a user namespace can have, but for its own.
const MOST_RANGES: usize = 339;

/// The ranges of the user with this name and id, by lines of `owner:first:count`. A range with the
/// superuser's id or `own`, the server's, in it would be no separation: nobody uses it. Of those that overlap the kernel
/// maps the first.
fn parse(text: &str, name: Option<&str>, id: u32, own: u32) -> Vec<Range> {
    let number = id.to_string();
    text.lines()
        .filter_map(|line| {
            let mut words = line.trim().split(':');
            let owner = words.next()?;
            let first: u32 = words.next()?.parse().ok()?;
            let count: u32 = words.next()?.parse().ok()?;
            // The last id of all stands for none.
            let fits = words.next().is_none() && first.checked_add(count).is_some();
            let ours = owner == number || Some(owner) == name;
            (fits && ours && count > 0).then_some(Range { first, count })
        })
        .filter(|range| !range.holds(0) && !range.holds(own))
        .fold(Vec::new(), |mut apart: Vec<Range>, range| {
            if apart.len() < MOST_RANGES && !apart.iter().any(|other| other.overlaps(range)) {
                apart.push(range);
            }
            apart
        })
}

#[cfg(test)]
impl Ranges {
    /// `count` users and groups from `first` on.
    pub fn of(first: u32, count: u32) -> Self {
        let range = Range { first, count };
        Ranges {
            users: vec![range],
            groups: vec![range],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(text: &str) -> Vec<(u32, u32)> {
        parse(text, Some("postgres"), 101, 104)
            .iter()
            .map(|range| (range.first, range.count))
            .collect()
    }

    #[test]
    fn by_name_and_by_number() {
        let text = "root:1:2\npostgres:100000:65536\n101:500000:10\npostgresql:7:7\n\n# postgres";
        assert_eq!(ranges(text), [(100_000, 65_536), (500_000, 10)]);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        for line in [
            "postgres",
            "postgres:1",
            "postgres:x:1",
            "postgres:1:0",
            "postgres:-1:5",
            "postgres:4294967295:1",
            "postgres:1:4294967295",
            "postgres:1:1:1",
            // Root's id, and the server's own.
            "postgres:0:10",
            "postgres:100:10",
        ] {
            assert!(ranges(line).is_empty(), "{line}");
        }
        // The last id that may be in a range.
        assert_eq!(ranges("postgres:4294967294:1"), [(4_294_967_294, 1)]);
    }

    #[test]
    fn pairs_go_on_over_several_ranges() {
        let range = |first, count| Range { first, count };
        let ranges = Ranges {
            users: vec![range(10, 2), range(20, 5)],
            groups: vec![range(30, 4)],
        };
        assert_eq!(ranges.len(), 4);
        let pairs: Vec<_> = (0..5)
            .map(|index| ranges.nth(index).map(|w| (w.user, w.group)))
            .collect();
        assert_eq!(
            pairs,
            [
                Some((10, 30)),
                Some((11, 31)),
                Some((20, 32)),
                Some((21, 33)),
                None
            ]
        );
    }
}
