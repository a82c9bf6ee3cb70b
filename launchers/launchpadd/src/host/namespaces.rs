//! Whether the host lets ordinary users make user namespaces, as far as settings of the kernel tell.
//! A container's seccomp profile may forbid it as well: that shows only when a satellite is made.

use crate::files;
use std::fmt;

/// A setting of the kernel (sysctl), what it is, and what it would have to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    pub name: &'static str,
    value: u64,
    wanted: u64,
}

impl Obstacle {
    pub fn advice(&self) -> String {
        format!("sysctl -w {}={}", self.name, self.wanted)
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

/// The settings, which value forbids, and which allows. Debian's kernels have the second one,
/// Ubuntu's the third: it forbids what no AppArmor profile allows.
const SETTINGS: [(&str, u64, u64); 3] = [
    ("user.max_user_namespaces", 0, 10_000),
    ("kernel.unprivileged_userns_clone", 0, 1),
    ("kernel.apparmor_restrict_unprivileged_userns", 1, 0),
];

pub fn obstacles() -> Vec<Obstacle> {
    among(|name| files::read(format!("/proc/sys/{}", name.replace('.', "/"))).ok())
}

/// `read` gives a setting's value, None where the kernel does not have it.
fn among(read: impl Fn(&str) -> Option<String>) -> Vec<Obstacle> {
    SETTINGS
        .iter()
        .filter_map(|&(name, forbids, wanted)| {
            let value = read(name)?.trim().parse().ok()?;
            (value == forbids).then_some(Obstacle {
                name,
                value,
                wanted,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(settings: &[(&str, &str)]) -> Vec<String> {
        let read = |name: &str| {
            let of_name = settings.iter().find(|(of, _)| *of == name);
            of_name.map(|(_, value)| (*value).to_owned())
        };
        among(read).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_what_forbids_is_an_obstacle() {
        assert!(found(&[]).is_empty());
        assert!(found(&[("user.max_user_namespaces", "96365\n")]).is_empty());
        assert_eq!(
            found(&[
                ("user.max_user_namespaces", "0\n"),
                ("kernel.unprivileged_userns_clone", "1\n"),
                ("kernel.apparmor_restrict_unprivileged_userns", "1\n"),
            ]),
            [
                "user.max_user_namespaces = 0",
                "kernel.apparmor_restrict_unprivileged_userns = 1"
            ]
        );
    }

    #[test]
    fn nonsense_is_no_obstacle() {
        assert!(found(&[("user.max_user_namespaces", "")]).is_empty());
    }
}
