//! Kernels that refuse: system calls that fail while the jail is built.

use crate::satellite::{alone, satellite, tell};
use launchpad_sandbox::os::{self, Side};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};
use std::fs;

/// Runs `test` in a process where system calls fail as `rules` say.
fn with_failing(rules: Vec<(i64, Vec<SeccompRule>)>, errno: i32, test: fn()) -> i32 {
    match os::fork(&alone()).unwrap() {
        Side::Child => {
            nix::sys::prctl::set_child_subreaper(true).unwrap();
            nix::sys::prctl::set_no_new_privs().unwrap();
            let filter: BpfProgram = SeccompFilter::new(
                rules.into_iter().collect(),
                SeccompAction::Allow,
                SeccompAction::Errno(errno as u32),
                std::env::consts::ARCH.try_into().unwrap(),
            )
            .unwrap()
            .try_into()
            .unwrap();
            apply_filter(&filter).unwrap();
            test();
            os::exit(0)
        }
        Side::Parent { child } => os::wait(child, true).unwrap().unwrap().wait_status,
    }
}

fn argument(index: u8, value: u64) -> Vec<SeccompRule> {
    let condition =
        SeccompCondition::new(index, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value).unwrap();
    vec![SeccompRule::new(vec![condition]).unwrap()]
}

/// Where the kernel refuses a /proc, as in containers, the satellite runs without.
pub fn without_proc() {
    let flags = libc::MS_RDONLY | libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
    let rules = vec![(libc::SYS_mount, argument(3, flags))];
    let status = with_failing(rules, libc::EPERM, || {
        let satellite = satellite(|| {
            let entries = fs::read_dir("/proc").into_iter().flatten().count();
            tell(format!("{entries} entries"));
        })
        .unwrap();
        assert_eq!(satellite.lines(), ["0 entries"]);
        assert_eq!(satellite.report().unwrap().wait_status, 0);
        satellite.end();
    });
    assert_eq!(status, 0);
}
