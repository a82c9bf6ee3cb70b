//! What the satellite's init may do once the script's process runs: wait, report, end. Another call
//! kills it, and with it everything.
//!
//! It handles no signal, waits without a limit of time and ends by `exit_group`, so that neither
//! `rt_sigreturn` nor `restart_syscall` nor `exit` is here. An init without a pid namespace, whose
//! end ends nobody else, will have to end the script's process itself: it needs `kill`, or better
//! `pidfd_send_signal` on a descriptor that it opened before this filter, and its filter will have to
//! bind either to that one process.

use super::Rules;
use super::table::{Table, always, calls};
use seccompiler::TargetArch;

pub(super) const CALLS: Table = calls! {
    both: close exit_group ppoll read wait4 write;
};

pub(super) fn rules(architecture: TargetArch) -> Rules {
    always(CALLS, architecture)
}
