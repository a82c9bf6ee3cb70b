//! Calls that answer ENOSYS, as an older kernel would: libraries then fall back to older ones that
//! the filter understands or allows.

use super::table::{Table, always, call, calls};
use super::{Rules, Scope};
use seccompiler::TargetArch;

pub(super) const CALLS: Table = calls! {
    // Its flags are in memory, which a filter cannot read; the C library falls back to clone.
    both: clone3;

    // Watches are a quota of the OS user, and a script could take those of the server, which then
    // accepts nobody. Not for satellites with a user of their own either: scripts find the same
    // everywhere.
    both: epoll_create1 epoll_ctl epoll_pwait epoll_pwait2;
    x86_64: epoll_create epoll_wait;

    // Pages that a pipe or a socket refers to stay after they are cut off their file, and no buffer
    // counts them.
    both: sendfile splice;

    // Do every other call's work without passing a filter.
    both: io_uring_enter io_uring_register io_uring_setup;

    // Its flags are in memory too.
    both: openat2;

    // Libraries ask for them first and use kill without.
    both: pidfd_open pidfd_send_signal;

    // All that came with Linux 6.5 and later, to 6.18: nothing depends on it yet.
    both: cachestat fchmodat2 file_getattr file_setattr futex_requeue futex_wait futex_wake
        getxattrat listmount listxattrat lsm_get_self_attr lsm_list_modules lsm_set_self_attr
        map_shadow_stack mseal open_tree_attr removexattrat setxattrat statmount;
};

/// The first number that no one has reviewed for these tables, and from it on all that later
/// kernels will bring (numbers of new calls are the same on every architecture).
pub(super) const FIRST_UNREVIEWED: i64 = 470;
/// 512 and up are x32's on x86_64; the kernel is decades away from it.
pub(super) const LAST_UNREVIEWED: i64 = 511;

pub(super) fn rules(architecture: TargetArch) -> Rules {
    let mut rules = always(CALLS, architecture);
    rules.extend((FIRST_UNREVIEWED..=LAST_UNREVIEWED).map(|number| (number, Vec::new())));
    rules
}

/// What answers so. A zygote watches what it forks by one of them.
pub(super) fn answered(scope: &Scope, architecture: TargetArch) -> Rules {
    let mut rules = rules(architecture);
    let needed = call!(pidfd_open).number(architecture);
    rules.retain(|number, _| !scope.zygote || Some(*number) != needed);
    rules
}
