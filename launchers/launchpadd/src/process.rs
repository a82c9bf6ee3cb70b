//! Processes known by pidfds, which others than launchpadd may be the parents of.

use crate::files::{self, field};
use std::os::fd::{AsFd, AsRawFd};

/// A process as the kernel tells of it, whoever sent its pidfd.
#[derive(Debug, PartialEq, Eq)]
pub struct Identified {
    /// Its number here.
    pub number: u32,
    /// Its numbers in the pid namespaces that it is in, this one's first.
    pub numbers: Vec<u32>,
}

/// None: it has ended and been reaped, or is in no namespace that can be seen from here; or it is no pidfd.
pub fn identify(pidfd: impl AsFd) -> Option<Identified> {
    let number = pidfd.as_fd().as_raw_fd();
    parse(&files::read(format!("/proc/self/fdinfo/{number}")).ok()?)
}

fn parse(text: &str) -> Option<Identified> {
    let number = field(text, "Pid")?.parse().ok()?;
    let numbers = field(text, "NSpid")?.split_whitespace();
    let numbers: Vec<u32> = numbers
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|numbers: &Vec<u32>| numbers.first() == Some(&number))?;
    (number > 0).then_some(Identified { number, numbers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os;

    #[test]
    fn what_has_ended_or_is_no_process_is_not_identified() {
        let text = "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nPid:\t70\nNSpid:\t70\t9\t1\n";
        let found = Identified {
            number: 70,
            numbers: vec![70, 9, 1],
        };
        assert_eq!(parse(text), Some(found));
        for text in [
            "",
            "pos:\t0\n",
            "Pid:\t-1\nNSpid:\t-1\n",
            "Pid:\t0\nNSpid:\t0\n",
            "Pid:\t7\nNSpid:\t8\n",
            "Pid:\t7\n",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn this_process_is() {
        let own = os::pidfd_open(std::process::id()).unwrap();
        let found = identify(&own).unwrap();
        assert_eq!(found.number, std::process::id());
        assert_eq!(identify(std::io::stdin()), None);
    }
}
