//! Where a script shares its pid namespace with others, among them the server's processes, and sees
//! their files: nothing that names a process may name another one, and no file is changed that Landlock
//! would let be changed.

use super::arguments::{all, equal, masked, numbered, unequal};
use super::table::{Table, always, call, calls};
use super::{Rules, Scope, arguments};
use seccompiler::{BackendError, SeccompRule, TargetArch};

/// Refused: every new process is out of the filter's sight (its number is not known), and without
/// a namespace nothing ends it with the script. Threads can be made, see [`restrict`].
pub(super) const NEW_PROCESSES: Table = calls! {
    x86_64: fork vfork;
};

/// Refused unless there is a network: the only sockets are pairs.
pub(super) const ADDRESSED: Table = calls! {
    both: accept accept4 bind connect listen;
};

/// Landlock, which then stands alone before the server's files, does not look at these: whoever owns a
/// file could close it to others. They change what they are told by path, or what was opened to read.
pub(super) const OF_ANY_FILE: Table = calls! {
    both: fchmod fchmodat truncate utimensat;
    x86_64: chmod utime utimes;
};

/// Refused with EOPNOTSUPP, as by a file system that cannot, so that libraries write instead. A reservation takes no
/// time, however large: where files are only measured, five times a second, it would fill the disk between two looks.
/// Elsewhere the file system is bounded, and a plain reservation allowed; see [`unsupported`].
pub(super) const RESERVING: Table = calls! {
    both: fallocate;
};

/// Refused: what has a name in the work folder keeps it, as what has none is not seen when the folder is
/// measured, and stays on the disk for as long as it is open or mapped. The Python launcher empties
/// what a script removes.
pub(super) const REMOVING: Table = calls! {
    both: renameat unlinkat;
    x86_64: rename rmdir unlink;
};

/// The kernel's own bit of O_TMPFILE: a file that never had a name.
const NAMELESS: u64 = 0o20_000_000;

/// Its owner's rights to a folder, which no script takes from a new one: what cannot be looked into cannot
/// be measured, nor removed.
const OWNERS: u64 = 0o700;

/// What gets EOPNOTSUPP. Every mode of `fallocate` but 0 is kernel code that differs from file system to file system and
/// that libraries do without: space beyond a file's end, which its size does not show, holes, ranges that move.
pub(super) fn unsupported(scope: &Scope, architecture: TargetArch) -> Result<Rules, BackendError> {
    if scope.shared_processes {
        return Ok(always(RESERVING, architecture));
    }
    let with_mode = all(vec![unequal(1, 0)?])?;
    Ok(numbered(
        [(call!(fallocate), vec![with_mode])],
        architecture,
    ))
}

/// Their first argument is a process or thread, 0 the caller. Questions are among them: their
/// answers tell what other processes there are. sched_getaffinity is not, as the C library asks
/// it about the own threads, whose numbers no filter knows; clocks of other processes are not, as
/// their numbers are much like those of threads.
pub(super) const OF_A_PROCESS: Table = calls! {
    both: get_robust_list getpgid getsid kill prlimit64 rt_sigqueueinfo sched_getattr
        sched_getparam sched_getscheduler tgkill;
};

/// Takes from what is allowed what neither a zygote nor its satellites may, where they see the server's files.
pub(super) fn restrict_zygote(
    rules: &mut Rules,
    scope: &Scope,
    architecture: TargetArch,
) -> Result<(), BackendError> {
    // Landlock looks after signals, and not after these. By its number no process names itself in them.
    let own = || Ok(vec![all(vec![equal(0, 0)?])?]);
    let ordinary = all(vec![equal(0, 0)?, equal(1, arguments::ORDINARY)?])?;
    rules.extend(numbered(
        [
            (call!(prlimit64), own()?),
            (call!(sched_getattr), own()?),
            (call!(sched_getparam), own()?),
            (call!(sched_getscheduler), own()?),
            (call!(sched_setscheduler), vec![ordinary]),
        ],
        architecture,
    ));
    forbid(rules, OF_ANY_FILE, architecture);
    forbid(rules, REMOVING, architecture);
    if !scope.network {
        forbid(rules, ADDRESSED, architecture);
    }
    Ok(())
}

fn forbid(rules: &mut Rules, table: Table, architecture: TargetArch) {
    for call in table.iter().copied().flatten() {
        if let Some(number) = call.number(architecture) {
            rules.remove(&number);
        }
    }
}

/// Takes from what is allowed. `kill` with 0 reaches the process group, which therefore must hold
/// no one but the script.
pub(super) fn restrict(
    rules: &mut Rules,
    scope: &Scope,
    architecture: TargetArch,
) -> Result<(), BackendError> {
    forbid(rules, NEW_PROCESSES, architecture);
    restrict_zygote(rules, scope, architecture)?;
    let selves = selves(scope);
    for call in OF_A_PROCESS.iter().copied().flatten() {
        rules.extend(numbered([(*call, own(&selves)?)], architecture));
    }
    let mut groups = Vec::new();
    for process in &selves {
        for group in &selves {
            groups.push(all(vec![equal(0, *process)?, equal(1, *group)?])?);
        }
    }
    let mut priorities = Vec::new();
    for process in &selves {
        let of_processes = equal(0, libc::PRIO_PROCESS as u64)?;
        priorities.push(all(vec![of_processes, equal(1, *process)?])?);
    }
    let mut policies = Vec::new();
    for process in &selves {
        policies.push(all(vec![
            equal(0, *process)?,
            equal(1, arguments::ORDINARY)?,
        ])?);
    }
    let thread = libc::CLONE_THREAD as u64;
    let threads = all(vec![masked(0, arguments::NEW_NAMESPACES | thread, thread)?])?;
    rules.extend(numbered(
        [
            (call!(clone), vec![threads]),
            (call!(getpriority), priorities),
            (call!(mkdirat), vec![all(vec![masked(2, OWNERS, OWNERS)?])?]),
            (call!(openat), vec![all(vec![masked(2, NAMELESS, 0)?])?]),
            // Neither name is lost.
            (
                call!(renameat2),
                vec![
                    all(vec![equal(4, libc::RENAME_NOREPLACE.into())?])?,
                    all(vec![equal(4, libc::RENAME_EXCHANGE.into())?])?,
                ],
            ),
            (call!(sched_setscheduler), policies),
            (call!(setpgid), groups),
            (call!(umask), vec![all(vec![masked(0, OWNERS, 0)?])?]),
            (
                call!(x86_64 mkdir),
                vec![all(vec![masked(1, OWNERS, OWNERS)?])?],
            ),
            (
                call!(x86_64 open),
                vec![all(vec![masked(1, NAMELESS, 0)?])?],
            ),
        ],
        architecture,
    ));
    Ok(())
}

/// The numbers of the own process.
fn selves(scope: &Scope) -> Vec<u64> {
    let own = scope.own_process.and_then(|own| u64::try_from(own).ok());
    let mut selves = vec![0];
    selves.extend(own.filter(|own| *own > 0));
    selves
}

fn own(selves: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    selves
        .iter()
        .map(|number| all(vec![equal(0, *number)?]))
        .collect()
}
