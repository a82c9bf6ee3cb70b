//! Kernels that refuse: system calls that fail while the jail is built.

use crate::satellite::{satellite, tell};
use launchpad_protocol::decode_packet;
use launchpad_protocol::satellite::FromSatellite;
use launchpad_sandbox::os::{self, Side};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};
use std::fs;

/// Runs `test` in a process where system calls fail as `rules` say.
fn with_failing(rules: Vec<(i64, Vec<SeccompRule>)>, errno: i32, test: fn()) -> i32 {
    match os::fork().unwrap() {
        Side::Child => {
            rustix::process::set_child_subreaper(Some(rustix::process::getpid())).unwrap();
            rustix::thread::set_no_new_privs(true).unwrap();
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

/// Every call that builds the jail, failing in turn: no script runs, and launchpadd is told.
pub fn failing_calls() {
    let prctl = |option: i32| (libc::SYS_prctl, argument(0, option as u64));
    // Setting one, not asking for it: the new limit's address is not null.
    let new = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0).unwrap();
    let limit = |resource: u32| {
        let this = SeccompCondition::new(
            1,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Eq,
            resource.into(),
        );
        let rule = SeccompRule::new(vec![this.unwrap(), new.clone()]).unwrap();
        (libc::SYS_prlimit64, vec![rule])
    };
    let mut calls: Vec<(i64, Vec<SeccompRule>)> = [
        libc::SYS_dup3,
        libc::SYS_close_range,
        libc::SYS_setsid,
        libc::SYS_chdir,
        libc::SYS_unshare,
        libc::SYS_mount,
        libc::SYS_mount_setattr,
        libc::SYS_symlinkat,
        libc::SYS_pivot_root,
        libc::SYS_umount2,
        libc::SYS_sethostname,
        libc::SYS_capset,
        libc::SYS_seccomp,
        libc::SYS_signalfd4,
    ]
    .map(|number| (number, Vec::new()))
    .into();
    // This architecture's own name for the same.
    #[cfg(target_arch = "x86_64")]
    for (number, rules) in &mut calls {
        if *number == libc::SYS_symlinkat {
            (*number, *rules) = (libc::SYS_symlink, Vec::new());
        }
    }
    calls.extend([
        prctl(libc::PR_SET_PDEATHSIG),
        prctl(libc::PR_SET_DUMPABLE),
        prctl(libc::PR_SET_SECUREBITS),
        prctl(libc::PR_CAPBSET_DROP),
        prctl(libc::PR_CAP_AMBIENT),
        prctl(libc::PR_SET_NO_NEW_PRIVS),
        limit(libc::RLIMIT_NPROC),
        limit(libc::RLIMIT_CORE),
    ]);
    for (number, rules) in calls {
        let called = format!("call {number} with {rules:?}");
        let mut both = vec![(number, rules.clone())];
        // The C library asks seccomp through either.
        if number == libc::SYS_seccomp {
            both.push(prctl(libc::PR_SET_SECCOMP));
        }
        let status = with_failing(both, libc::EIO, || {
            let Ok(satellite) = satellite(|| tell("the script runs".to_owned())) else {
                return;
            };
            let told = satellite.told();
            let refused = told.iter().any(|packet| {
                matches!(
                    decode_packet(packet),
                    Ok(FromSatellite::Refused { reason, .. }) if reason.contains("os error 5")
                )
            });
            let ran = told.iter().any(|packet| packet == b"the script runs");
            satellite.end();
            if ran || !refused {
                os::exit(2);
            }
        });
        assert_eq!(status, 0, "{called}");
    }
}
