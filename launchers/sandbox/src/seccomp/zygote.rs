//! What a zygote may beyond its satellites, whose filters come on top of its own: the calls that make them what they are.
//! Without rights, which it has not, most of them are of no use to it.

use super::arguments::{all, equal, numbered};
use super::table::{Table, always, call, calls};
use super::{Rules, Scope};
use seccompiler::{BackendError, TargetArch};

/// By the steps of the strict sandbox.
pub(super) const STRICT: Table = calls! {
    both: mount mount_setattr pivot_root setgroups sethostname setresgid setresuid umount2;
};

/// By the steps of either.
pub(super) const STEPS: Table = calls! {
    both: capset landlock_add_rule landlock_create_ruleset landlock_restrict_self pidfd_open
        seccomp signalfd4;
};

/// The namespaces that a satellite enters, in two calls.
const NAMESPACES: [i32; 3] = [
    crate::steps::namespaces::ALL,
    crate::steps::namespaces::ALL & !libc::CLONE_NEWNET,
    libc::CLONE_NEWCGROUP,
];

pub(super) fn rules(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let mut rules = always(STEPS, architecture);
    // Its options are its own process's alone.
    rules.extend(numbered([(call!(prctl), vec![])], architecture));
    if !scope.shared_processes {
        rules.extend(always(STRICT, architecture));
        let mut kinds = Vec::new();
        for kind in NAMESPACES {
            kinds.push(all(vec![equal(0, kind as u64)?])?);
        }
        rules.extend(numbered([(call!(unshare), kinds)], architecture));
    }
    Ok(rules)
}
