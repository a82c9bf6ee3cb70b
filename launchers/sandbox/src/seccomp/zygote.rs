//! What a zygote may beyond its satellites, whose filters come on top of its own: the calls that make them what they are.
//! Without rights, which it has not, most of them are of no use to it.

use super::arguments::{self, all, equal, numbered};
use super::table::{Table, always, call, calls};
use super::{Rules, Scope};
use crate::steps::namespaces;
use launchpad_protocol::policy::Network;
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

/// How satellites are cloned, but for their namespaces.
const CLONED: i32 = libc::CLONE_PARENT | libc::CLONE_PIDFD | libc::SIGCHLD;

pub(super) fn rules(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let mut rules = always(STEPS, architecture);
    // Its options are its own process's alone.
    rules.extend(numbered([(call!(prctl), vec![])], architecture));
    if !scope.shared_processes {
        rules.extend(always(STRICT, architecture));
        // A satellite's, and none else.
        let mut clones = vec![arguments::new_process()?];
        for network in [Network::None, Network::Host] {
            let flags = namespaces::kinds(network) | CLONED;
            clones.push(all(vec![equal(0, flags as u32 as u64)?])?);
        }
        let cgroup = all(vec![equal(0, libc::CLONE_NEWCGROUP as u64)?])?;
        rules.extend(numbered(
            [(call!(clone), clones), (call!(unshare), vec![cgroup])],
            architecture,
        ));
    }
    Ok(rules)
}
