//! What is refused: programs with an error of their own, everything else with EPERM.
//!
//! The tables of the latter are not compiled: a call gets EPERM by being in no other table. They are
//! here so that every call of a known kernel is in exactly one table, which tests hold.

use super::arguments::{address, all, equal, numbered};
use super::table::{Table, always, call, calls};
use super::{Rules, Scope};
use seccompiler::{BackendError, TargetArch};

/// Programs: EACCES, the error that a shell or `subprocess` explains best.
pub(super) const PROGRAMS: Table = calls! {
    both: execve execveat;
};

/// What gets EACCES. execveat always does: it runs programs from descriptors, and nothing needs it.
pub(super) fn denied(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let mut rules = always(PROGRAMS, architecture);
    if scope.programs {
        let allowed = call!(execve).number(architecture);
        rules.retain(|number, _| Some(*number) != allowed);
    }
    if scope.tells() {
        // The handler that tells must stay; to ask for it is no harm. Not left to that very
        // handler: between fork and exec the C library tries this with all signals blocked.
        let change = all(vec![equal(0, libc::SIGSYS as u64)?, address(1)?])?;
        rules.extend(numbered(
            [(call!(rt_sigaction), vec![change])],
            architecture,
        ));
    }
    Ok(rules)
}

/// Never to be allowed, in any scope.
#[cfg(test)]
pub(super) const NEVER: Table = calls! {
    // Other processes of the same user: their memory, descriptors, secrets.
    both: kcmp pidfd_getfd process_madvise process_mrelease process_vm_readv process_vm_writev
        ptrace;

    // Aids of kernel exploits.
    both: bpf perf_event_open userfaultfd;

    // Key rings belong to the user, not to a namespace.
    both: add_key keyctl request_key;

    // The file system's shape, and namespaces.
    both: chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree
        pivot_root setns umount2 unshare;

    // Channels between satellites over the files they share, and per-user kernel quotas.
    both: fanotify_init fanotify_mark flock inotify_add_watch inotify_init1 inotify_rm_watch;
    x86_64: inotify_init;

    // Memory that no limit of a process counts, and queues that outlive it.
    both: memfd_secret mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink
        msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget;

    // Files by handle go around the root.
    both: name_to_handle_at open_by_handle_at;

    // The machine's administration: quotas, swap, modules, clocks, names, logs, disks' caches.
    both: acct adjtimex clock_adjtime clock_settime delete_module finit_module init_module
        kexec_file_load kexec_load nfsservctl quotactl quotactl_fd reboot setdomainname sethostname
        settimeofday swapoff swapon sync syncfs syslog vhangup;
    x86_64: _sysctl create_module get_kernel_syms query_module sysfs uselib ustat;

    // The processor's own machinery: ports, segments.
    x86_64: ioperm iopl modify_ldt;

    // Placement of memory and pages of others (mimalloc calls mbind and does without).
    both: get_mempolicy mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node;

    // Identity and rights.
    both: capset personality setfsgid setfsuid setgid setgroups setregid setresgid setresuid
        setreuid setuid;

    // Devices.
    both: mknodat;
    x86_64: mknod;

    // The processors to run on, which launchpadd sets from outside: a script could widen the set.
    both: sched_setaffinity;

    // Filters with listeners, which would answer other processes' calls.
    both: seccomp;
};

/// Not needed by anything seen so far. A call from here can be allowed after a review.
#[cfg(test)]
pub(super) const UNUSED: Table = calls! {
    // Owners and extended attributes: the user namespace has one owner, the scratch no attributes.
    both: fchown fchownat fremovexattr fsetxattr lremovexattr lsetxattr removexattr setxattr;
    x86_64: chown lchown;

    // The older asynchronous files; what they do fails or waits where the filter cannot see it.
    both: io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit;

    // Precedence over other processes.
    both: ioprio_get ioprio_set sched_rr_get_interval sched_setattr sched_setparam setpriority;

    // Signals to one thread of any process, of which tgkill is the careful form; signals read as data.
    both: rt_tgsigqueueinfo signalfd4 tkill;
    x86_64: signalfd;

    // Harmless: a script could put itself under more rules. But it is kernel code that none needs.
    both: landlock_add_rule landlock_create_ruleset landlock_restrict_self;

    // Memory that stays in place, protection keys, and pages moved between pipes and processes.
    both: mlock2 mlockall munlockall pkey_alloc pkey_free pkey_mprotect remap_file_pages tee
        vmsplice;

    // Advice to and orders for the page cache, which satellites share.
    both: lookup_dcookie readahead sync_file_range;

    // Clocks and times in older forms; the C library has newer ones.
    both: timer_getoverrun;
    x86_64: futimesat time;

    // Segments of 32-bit programs, and calls of the kernel to itself.
    x86_64: get_thread_area set_thread_area uprobe uretprobe;

    // Numbers that no kernel ever served, or none does any more.
    x86_64: afs_syscall epoll_ctl_old epoll_wait_old getpmsg putpmsg security tuxcall vserver;

    // Numbers of 32-bit architectures, which a 64-bit kernel does not serve.
    aarch64: clock_adjtime64 clock_getres_time64 clock_gettime64 clock_nanosleep_time64
        clock_settime64 futex_time64 io_pgetevents_time64 mq_timedreceive_time64
        mq_timedsend_time64 ppoll_time64 pselect6_time64 recvmmsg_time64 rt_sigtimedwait_time64
        sched_rr_get_interval_time64 semtimedop_time64 timer_gettime64 timer_settime64
        timerfd_gettime64 timerfd_settime64 utimensat_time64;
};
