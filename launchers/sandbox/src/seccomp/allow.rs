//! What a script may call whatever the arguments. Derived from traces of NumPy, pandas, pyarrow,
//! SciPy and scikit-learn at work, and of R's; what is in no table but `refuse.rs`'s gets EPERM.

use super::table::{Table, always, calls};
use super::{Rules, Scope, absent, arguments, network, options, processes, refuse, zygote};
use seccompiler::{BackendError, TargetArch};

pub(super) const CALLS: Table = calls! {
    // Processor time, clocks, timers.
    both: clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer
        timer_create timer_delete timer_gettime timer_settime timerfd_create timerfd_gettime
        timerfd_settime times;
    x86_64: alarm;

    // Processes and threads; the pid namespace bounds whom signals reach (where there is none,
    // processes.rs), the limit NPROC how many there are. clone and prctl are in arguments.rs.
    both: capget exit exit_group futex futex_waitv get_robust_list getpgid getpid getppid
        getpriority getrlimit getrusage getsid gettid kill prlimit64 restart_syscall rseq
        rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
        rt_sigtimedwait set_robust_list set_tid_address setpgid setrlimit setsid sigaltstack
        tgkill umask wait4 waitid;
    x86_64: arch_prctl fork getpgrp pause vfork;

    // Scheduling: questions.
    both: getcpu membarrier sched_get_priority_max sched_get_priority_min sched_getaffinity
        sched_getattr sched_getparam sched_getscheduler sched_yield;

    // Who one is, and where.
    both: getegid geteuid getgid getgroups getresgid getresuid getuid sysinfo uname;

    // Memory. PROT_EXEC stays allowed: ctypes and numba need it. madvise and mmap are in
    // arguments.rs.
    both: brk mincore mlock mprotect mremap msync munlock munmap;

    // Files; the mount namespace bounds which. fadvise64, preadv2 and pwritev2 are in arguments.rs; fallocate, without
    // a mode, in processes.rs.
    both: chdir copy_file_range faccessat faccessat2 fallocate fchdir fchmod fchmodat
        fdatasync fgetxattr flistxattr fstat fstatfs fsync ftruncate getcwd getdents64 getxattr
        lgetxattr linkat listxattr llistxattr lseek mkdirat openat pread64 preadv pwrite64 pwritev
        read readlinkat readv renameat renameat2 statfs statx symlinkat truncate unlinkat utimensat
        write writev;
    x86_64: access chmod creat getdents link lstat mkdir newfstatat open readlink rename rmdir
        stat symlink unlink utime utimes;
    // x86_64's newfstatat.
    aarch64: fstatat;

    // Descriptors, pipes, waiting for them. fcntl and ioctl are in arguments.rs.
    both: close close_range dup dup3 eventfd2 pipe2 ppoll pselect6;
    x86_64: dup2 eventfd pipe poll select;

    // What is done with a socket; which ones there can be is in network.rs, messages and options in
    // options.rs.
    both: accept accept4 bind connect getpeername getsockname listen shutdown;

    // Randomness.
    both: getrandom;
};

/// The last filter's rules: everything allowed in `scope`, and what an earlier filter refuses with
/// an error of its own.
pub(super) fn rules(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let mut rules = always(CALLS, architecture);
    rules.extend(absent::rules(architecture));
    rules.extend(always(refuse::PROGRAMS, architecture));
    rules.extend(arguments::rules(scope, architecture)?);
    rules.extend(network::allowed(scope, architecture)?);
    rules.extend(options::rules(scope, architecture)?);
    match (scope.shared_processes, scope.zygote) {
        (true, false) => processes::restrict(&mut rules, scope, architecture)?,
        (true, true) => processes::restrict_zygote(&mut rules, scope, architecture)?,
        (false, _) => {}
    }
    if scope.zygote {
        rules.extend(zygote::rules(scope, architecture)?);
    }
    Ok(rules)
}
