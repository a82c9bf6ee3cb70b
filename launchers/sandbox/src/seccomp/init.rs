//! What the satellite's init may do once the script's process runs: wait, report, end.

use super::{Rules, always};

pub(super) const CALLS: &[i64] = &[
    libc::SYS_wait4,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigreturn,
];

pub(super) fn rules() -> Rules {
    always(CALLS)
}
