//! Calls that are allowed with some arguments only. A filter sees registers, never memory; the
//! kernel looks at the low 32 bits of these arguments, and so do the rules.

use super::table::{Call, call};
#[cfg(test)]
use super::table::{Table, calls};
use super::{Rules, Scope};
use seccompiler::{
    BackendError,
    SeccompCmpArgLen::{Dword, Qword},
    SeccompCmpOp, SeccompCondition, SeccompRule, TargetArch,
};

/// The calls of these rules in every scope; others' are in network.rs and processes.rs.
#[cfg(test)]
pub(super) const CALLS: Table = calls! {
    both: clone fadvise64 fcntl ioctl madvise mmap prctl preadv2 pwritev2 sched_setscheduler;
};

/// Memory files, where a limit counts them.
#[cfg(test)]
pub(super) const MEMORY_FILES: Table = calls! {
    both: memfd_create;
};

/// Every kind of namespace that clone can create.
pub(super) const NEW_NAMESPACES: u64 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u64;

/// Questions about terminals and pipes; not TIOCSTI, which types into a terminal.
const IOCTLS: &[u64] = &[
    libc::TCGETS,
    libc::TIOCGWINSZ,
    libc::FIONREAD,
    libc::FIONBIO,
    libc::FIOCLEX,
    libc::FIONCLEX,
];

/// Not PR_SET_PDEATHSIG, PR_SET_MEMORY_MERGE (pages shared with others can be timed), PR_SET_SECCOMP.
const PRCTLS: &[i32] = &[
    libc::PR_SET_NAME,
    libc::PR_GET_NAME,
    libc::PR_GET_DUMPABLE,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_GET_SECCOMP,
    libc::PR_CAPBSET_READ,
    libc::PR_SET_VMA,
];

/// Not locks and leases (channels between satellites over files they share), not F_SETPIPE_SZ (pages
/// counted together with the server's), not F_SETOWN and F_SETSIG.
const FCNTLS: &[i32] = &[
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_GETPIPE_SZ,
    libc::F_GET_SEALS,
];

/// Answers whether a page is in the page cache, which satellites share.
const RWF_NOWAIT: u64 = 0x8;

/// posix_fadvise's advice that throws a file's pages out of the page cache, which satellites share.
const FADV_DONTNEED: u64 = libc::POSIX_FADV_DONTNEED as u64;

/// The policy that every process has: some libraries set it anew for each thread.
pub(super) const ORDINARY: u64 = libc::SCHED_OTHER as u64;

/// The bits of mmap's flags that say whose the pages are.
const MAP_TYPE: u64 = 0xf;

/// Each call's rules, one of which must match.
pub(super) fn rules(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    let dumpable_off = all(vec![equal(0, libc::PR_SET_DUMPABLE as u64)?, equal(1, 0)?])?;
    let flags_without_signals = all(vec![
        equal(1, libc::F_SETFL as u64)?,
        masked(2, libc::O_ASYNC as u64, 0)?,
    ])?;
    // Merging pages with others' can be timed; poisoning is for testing kernels; pages of files that are
    // reclaimed are others' too.
    let advice = all(vec![
        unequal(2, libc::MADV_MERGEABLE as u64)?,
        unequal(2, libc::MADV_HWPOISON as u64)?,
        unequal(2, libc::MADV_SOFT_OFFLINE as u64)?,
        unequal(2, libc::MADV_COLD as u64)?,
        unequal(2, libc::MADV_PAGEOUT as u64)?,
    ])?;
    let options = PRCTLS.iter().map(|option| *option as u64);
    let commands = FCNTLS.iter().map(|command| *command as u64);
    let mut rules = numbered(
        [
            (call!(clone), vec![new_process()?]),
            (call!(ioctl), one_of(1, IOCTLS.iter().copied())?),
            (call!(prctl), with(one_of(0, options)?, dumpable_off)),
            (
                call!(fcntl),
                with(one_of(1, commands)?, flags_without_signals),
            ),
            (call!(madvise), vec![advice]),
            (
                call!(fadvise64),
                vec![all(vec![unequal(3, FADV_DONTNEED)?])?],
            ),
            (call!(mmap), mappings(scope)?),
            (call!(preadv2), vec![all(vec![masked(5, RWF_NOWAIT, 0)?])?]),
            (call!(pwritev2), vec![all(vec![masked(5, RWF_NOWAIT, 0)?])?]),
            (
                call!(sched_setscheduler),
                vec![all(vec![equal(1, ORDINARY)?])?],
            ),
        ],
        architecture,
    );
    if scope.bounded_memory {
        // Huge pages are the host's pool, which the limit does not count.
        let small_pages = all(vec![masked(1, libc::MFD_HUGETLB.into(), 0)?])?;
        rules.extend(numbered(
            [(call!(memfd_create), vec![small_pages])],
            architecture,
        ));
    }
    Ok(rules)
}

/// In no new namespace.
pub(super) fn new_process() -> Result<SeccompRule, BackendError> {
    all(vec![masked(0, NEW_NAMESPACES, 0)?])
}

/// Huge pages are the host's pool, of which the server has its own. Shared anonymous pages belong to no
/// process once the one that touched them has ended: only a cgroup counts them.
fn mappings(scope: &Scope) -> Result<Vec<SeccompRule>, BackendError> {
    let huge = libc::MAP_HUGETLB as u64;
    if scope.bounded_memory {
        return Ok(vec![all(vec![masked(3, huge, 0)?])?]);
    }
    let anonymous = libc::MAP_ANONYMOUS as u64;
    let private = libc::MAP_PRIVATE as u64;
    Ok(vec![
        all(vec![masked(3, huge | anonymous, 0)?])?,
        all(vec![masked(
            3,
            huge | anonymous | MAP_TYPE,
            anonymous | private,
        )?])?,
    ])
}

/// Rules by this architecture's numbers.
pub(super) fn numbered<const COUNT: usize>(
    rules: [(Call, Vec<SeccompRule>); COUNT],
    architecture: TargetArch,
) -> Rules {
    rules
        .into_iter()
        .filter_map(|(call, rules)| Some((call.number(architecture)?, rules)))
        .collect()
}

/// A rule for each value that argument `index` may have.
fn one_of(index: u8, values: impl Iterator<Item = u64>) -> Result<Vec<SeccompRule>, BackendError> {
    values
        .map(|value| all(vec![equal(index, value)?]))
        .collect()
}

fn with(mut rules: Vec<SeccompRule>, rule: SeccompRule) -> Vec<SeccompRule> {
    rules.push(rule);
    rules
}

pub(super) fn all(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions)
}

pub(super) fn equal(index: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, Dword, SeccompCmpOp::Eq, value)
}

pub(super) fn unequal(index: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, Dword, SeccompCmpOp::Ne, value)
}

pub(super) fn masked(index: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, Dword, SeccompCmpOp::MaskedEq(mask), value)
}

/// The argument is an address, all 64 bits of it.
pub(super) fn address(index: u8) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(index, Qword, SeccompCmpOp::Ne, 0)
}
