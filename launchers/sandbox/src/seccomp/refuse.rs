//! Calls that are refused with another error than EPERM, and the calls that must never be allowed.

use super::Rules;
use super::arguments::not_equal;
use seccompiler::BackendError;

/// Error and calls.
pub(super) fn rules() -> Result<[(i32, Rules); 2], BackendError> {
    // No program runs inside; the error that a shell or `subprocess` explains best.
    let programs = [libc::SYS_execve, libc::SYS_execveat]
        .map(|number| (number, Vec::new()))
        .into();
    // Everything but local sockets: no network, no virtual machine sockets, no kernel crypto or
    // netlink, whose code has been an entrance.
    let families = [libc::SYS_socket, libc::SYS_socketpair]
        .map(|number| Ok((number, vec![not_equal(0, libc::AF_UNIX as u64)?])))
        .into_iter()
        .collect::<Result<_, BackendError>>()?;
    Ok([(libc::EACCES, programs), (libc::EAFNOSUPPORT, families)])
}

/// Not in the list of what is allowed, and never to be added; a test holds it.
#[cfg(test)]
pub(super) const NEVER: &[i64] = &[
    // Other processes of the same user.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // Aids of kernel exploits.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    // Key rings belong to the user, not to a namespace.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // The file system's shape, and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    // Channels between satellites over the files they share, and per-user kernel quotas.
    libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch,
    libc::SYS_fanotify_init,
    libc::SYS_flock,
    // Memory that no limit of a process counts.
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    // Files by handle go around the root.
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    // The machine's administration.
    libc::SYS_quotactl,
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    // Placement of memory and pages of others.
    libc::SYS_mbind,
    libc::SYS_set_mempolicy,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    // Identity, rights, devices, and filters with listeners.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setresuid,
    libc::SYS_setgroups,
    libc::SYS_capset,
    libc::SYS_mknodat,
    libc::SYS_personality,
    libc::SYS_seccomp,
];
