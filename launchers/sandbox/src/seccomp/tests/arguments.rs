//! Calls whose answer depends on their arguments, tried one by one.

use super::bpf::{Answer, Answer::Allow, audit};
use super::{ARCHITECTURES, OWN, filters, number, refused, scopes};
use crate::seccomp::{Filters, Scope};

pub(super) const LOCAL: u64 = libc::AF_UNIX as u64;
pub(super) const INTERNET: u64 = libc::AF_INET as u64;
pub(super) const STREAM: u64 = libc::SOCK_STREAM as u64;
pub(super) const DATAGRAM: u64 = libc::SOCK_DGRAM as u64;
pub(super) const PACKETS: u64 = libc::SOCK_SEQPACKET as u64;
pub(super) const FLAGS: u64 = (libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) as u64;
const MY: u64 = OWN as u64;
/// Another process.
const OTHER: u64 = 77;
/// Upper halves of registers are not the kernel's business, and must not be the filters'.
pub(super) const HIGH: u64 = 1 << 32;

pub(super) const NO_FAMILY: Answer = Answer::Errno(libc::EAFNOSUPPORT);

/// In all scopes that `of` picks, the call gets the answer; None: it is refused by the last filter.
pub(super) fn assert_answer(
    of: fn(&Scope) -> bool,
    name: &str,
    arguments: &[u64],
    expected: Option<Answer>,
) {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    for architecture in ARCHITECTURES {
        let Some(number) = number(name, architecture) else {
            continue;
        };
        for scope in scopes().into_iter().filter(of) {
            let answer = filters(&scope, architecture).answer(audit(architecture), number, all);
            let expected = expected.unwrap_or(refused(&scope));
            assert_eq!(answer, expected, "{name} {arguments:?} {scope:?}");
        }
    }
}

pub(super) fn always(_: &Scope) -> bool {
    true
}

#[test]
fn in_every_scope() {
    let clone_new_user = libc::CLONE_NEWUSER as u64;
    let asynchronous = libc::O_ASYNC as u64;
    for (name, arguments, expected) in [
        ("clone", [clone_new_user, 0, 0], None),
        (
            "clone",
            [clone_new_user | libc::CLONE_THREAD as u64, 0, 0],
            None,
        ),
        ("clone", [0x3d_0f00, 0, 0], Some(Allow)), // a thread, as the C library makes it
        ("ioctl", [0, libc::TCGETS, 0], Some(Allow)),
        ("ioctl", [0, libc::TIOCSTI, 0], None),
        ("ioctl", [0, libc::TIOCSTI | HIGH, 0], None),
        ("prctl", [libc::PR_SET_NAME as u64, 0, 0], Some(Allow)),
        ("prctl", [libc::PR_SET_DUMPABLE as u64, 0, 0], Some(Allow)),
        ("prctl", [libc::PR_SET_DUMPABLE as u64, 1, 0], None),
        ("prctl", [libc::PR_SET_PDEATHSIG as u64, 0, 0], None),
        ("prctl", [libc::PR_SET_MEMORY_MERGE as u64, 1, 0], None),
        ("prctl", [libc::PR_SET_SECCOMP as u64, 2, 0], None),
        ("fcntl", [0, libc::F_GETFD as u64, 0], Some(Allow)),
        ("fcntl", [0, libc::F_SETFL as u64, 0x800], Some(Allow)),
        ("fcntl", [0, libc::F_SETFL as u64, asynchronous], None),
        ("fcntl", [0, libc::F_SETLK as u64, 1], None),
        ("fcntl", [0, libc::F_OFD_SETLK as u64, 1], None),
        ("fcntl", [0, libc::F_SETLEASE as u64, 1], None),
        ("fcntl", [0, libc::F_NOTIFY as u64, 1], None),
        ("fcntl", [0, libc::F_SETOWN as u64, 1], None),
        ("fcntl", [0, libc::F_SETPIPE_SZ as u64, 1 << 20], None),
        ("madvise", [0, 0, libc::MADV_DONTNEED as u64], Some(Allow)),
        ("madvise", [0, 0, libc::MADV_MERGEABLE as u64], None),
        ("madvise", [0, 0, libc::MADV_HWPOISON as u64 | HIGH], None),
        ("madvise", [0, 0, libc::MADV_PAGEOUT as u64], None),
        ("madvise", [0, 0, libc::MADV_COLD as u64], None),
        ("socketpair", [LOCAL, STREAM | FLAGS, 0], Some(Allow)),
        ("socketpair", [LOCAL, PACKETS, 0], Some(Allow)),
        ("socketpair", [INTERNET, STREAM, 0], Some(NO_FAMILY)),
        ("socket", [libc::AF_NETLINK as u64, 3, 0], Some(NO_FAMILY)),
        (
            "socket",
            [libc::AF_VSOCK as u64, STREAM, 0],
            Some(NO_FAMILY),
        ),
        ("socket", [libc::AF_ALG as u64, PACKETS, 0], Some(NO_FAMILY)),
        ("socket", [libc::AF_PACKET as u64, 3, 0], Some(NO_FAMILY)),
        (
            "socket",
            [libc::AF_UNSPEC as u64, STREAM, 0],
            Some(NO_FAMILY),
        ),
    ] {
        assert_answer(always, name, &arguments, expected);
    }
}

#[test]
fn the_page_cache() {
    for (advice, expected) in [
        (libc::POSIX_FADV_NORMAL, Some(Allow)),
        (libc::POSIX_FADV_SEQUENTIAL, Some(Allow)),
        (libc::POSIX_FADV_WILLNEED, Some(Allow)),
        (libc::POSIX_FADV_DONTNEED, None),
    ] {
        assert_answer(always, "fadvise64", &[0, 0, 0, advice as u64], expected);
    }
}

/// Space can be reserved where the file system is bounded, and nothing but reserved. What is refused says so, or
/// libraries would not write instead.
#[test]
fn space() {
    const MODES: [i32; 7] = [
        libc::FALLOC_FL_KEEP_SIZE,
        libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE,
        libc::FALLOC_FL_COLLAPSE_RANGE,
        libc::FALLOC_FL_ZERO_RANGE,
        libc::FALLOC_FL_INSERT_RANGE,
        libc::FALLOC_FL_UNSHARE_RANGE,
        i32::MIN,
    ];
    let unsupported = Some(Answer::Errno(libc::EOPNOTSUPP));
    let own = |scope: &Scope| !scope.shared_processes;
    let shared = |scope: &Scope| scope.shared_processes;
    for plain in [0, HIGH] {
        assert_answer(own, "fallocate", &[3, plain, 0, 4096], Some(Allow));
        assert_answer(shared, "fallocate", &[3, plain, 0, 4096], unsupported);
    }
    let bits = (0..32).map(|bit| 1 << bit);
    for mode in MODES
        .into_iter()
        .map(|mode| u64::from(mode.cast_unsigned()))
        .chain(bits)
    {
        assert_answer(always, "fallocate", &[3, mode, 0, 4096], unsupported);
    }
}

#[test]
fn processes() {
    let thread = libc::CLONE_THREAD as u64;
    let child = libc::SIGCHLD as u64;
    let vfork = (libc::CLONE_VM | libc::CLONE_VFORK) as u64 | child;
    let own = |scope: &Scope| !scope.shared_processes;
    let shared = |scope: &Scope| scope.shared_processes;
    assert_answer(own, "clone", &[child], Some(Allow));
    assert_answer(own, "clone", &[vfork], Some(Allow));
    assert_answer(shared, "clone", &[child], None);
    assert_answer(shared, "clone", &[vfork], None);
    assert_answer(shared, "clone", &[thread << 32], None);
    for name in [
        "get_robust_list",
        "getpgid",
        "getsid",
        "kill",
        "prlimit64",
        "rt_sigqueueinfo",
        "sched_getattr",
        "sched_getparam",
        "sched_getscheduler",
        "tgkill",
    ] {
        for (process, answer) in [
            (0, Some(Allow)),
            (MY, Some(Allow)),
            (MY | HIGH, Some(Allow)),
            (OTHER, None),
            (1, None),
            (u64::MAX, None),
            (MY.wrapping_neg(), None),
        ] {
            assert_answer(shared, name, &[process, 9], answer);
            assert_answer(own, name, &[process, 9], Some(Allow));
        }
    }
    for (process, group, answer) in [
        (0, 0, Some(Allow)),
        (MY, MY, Some(Allow)),
        (0, OTHER, None),
        (OTHER, 0, None),
    ] {
        assert_answer(shared, "setpgid", &[process, group], answer);
    }
    for (kind, who, answer) in [
        (0, 0, Some(Allow)),
        (0, OTHER, None),
        (1, 0, None),
        (2, 0, None),
    ] {
        assert_answer(shared, "getpriority", &[kind, who], answer);
    }
    for (process, policy, anywhere, here) in [
        (0, 0, Some(Allow), Some(Allow)),
        (MY, 0, Some(Allow), Some(Allow)),
        (OTHER, 0, Some(Allow), None),
        (MY, 1, None, None),
        (MY, 3, None, None),
        (MY, 1 << 30, None, None),
    ] {
        assert_answer(own, "sched_setscheduler", &[process, policy], anywhere);
        assert_answer(shared, "sched_setscheduler", &[process, policy], here);
    }
    // Asked about the own threads by the C library.
    assert_answer(shared, "sched_getaffinity", &[OTHER], Some(Allow));
}

/// Without a pid, or with one that would be more than a process, only 0 is left.
#[test]
fn processes_without_a_number() {
    for own_process in [None, Some(0), Some(-1), Some(-OWN)] {
        let scope = Scope {
            shared_processes: true,
            own_process,
            ..Scope::default()
        };
        for architecture in ARCHITECTURES {
            let filters = Filters::compile_for(&scope, architecture).unwrap();
            let kill = number("kill", architecture).unwrap();
            for (process, answer) in [
                (0, Allow),
                (1, refused(&scope)),
                (u64::MAX, refused(&scope)),
                (MY, refused(&scope)),
                (MY.wrapping_neg(), refused(&scope)),
            ] {
                let got = filters.answer(audit(architecture), kill, [process, 9, 0, 0, 0, 0]);
                assert_eq!(got, answer, "{process} {own_process:?}");
            }
        }
    }
}

#[test]
fn memory_files() {
    let bounded = |scope: &Scope| scope.bounded_memory;
    let flags = u64::from(libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING);
    assert_answer(bounded, "memfd_create", &[1, flags], Some(Allow));
    let huge = flags | u64::from(libc::MFD_HUGETLB);
    assert_answer(bounded, "memfd_create", &[1, huge], None);
    assert_answer(
        |scope| !scope.bounded_memory,
        "memfd_create",
        &[1, flags],
        None,
    );
}

#[test]
fn mappings() {
    let bounded = |scope: &Scope| scope.bounded_memory;
    let anonymous = libc::MAP_ANONYMOUS as u64;
    let [private, shared, validate, huge] = [
        libc::MAP_PRIVATE,
        libc::MAP_SHARED,
        libc::MAP_SHARED_VALIDATE,
        libc::MAP_HUGETLB,
    ]
    .map(|flag| flag as u64);
    // MAP_DROPPABLE of Linux 6.11.
    let droppable = 8;
    let more = (libc::MAP_NORESERVE | libc::MAP_POPULATE | libc::MAP_STACK) as u64;
    let map = |of: fn(&Scope) -> bool, flags, answer| {
        assert_answer(of, "mmap", &[0, 4096, 3, flags, 3], answer);
        assert_answer(of, "mmap", &[0, 4096, 3, flags | HIGH, 3], answer);
    };
    for flags in [
        private,
        shared,
        private | anonymous,
        private | anonymous | more,
    ] {
        map(always, flags, Some(Allow));
        map(always, flags | huge, None);
    }
    for flags in [shared, validate, droppable, 0] {
        map(|scope| !scope.bounded_memory, flags | anonymous, None);
        map(
            |scope| !scope.bounded_memory,
            flags | anonymous | more,
            None,
        );
        map(bounded, flags | anonymous, Some(Allow));
    }
}

#[test]
fn the_page_cache_is_not_asked() {
    for name in ["preadv2", "pwritev2"] {
        assert_answer(always, name, &[3, 1, 1, 0, 0, 0], Some(Allow));
        assert_answer(always, name, &[3, 1, 1, 0, 0, 8], None);
        assert_answer(always, name, &[3, 1, 1, 0, 0, 9 | HIGH], None);
    }
}

/// What is in the work folder of a satellite without a file system of its own keeps its name.
#[test]
fn names_stay() {
    let own = |scope: &Scope| !scope.shared_processes;
    let shared = |scope: &Scope| scope.shared_processes;
    let nameless = 0o20_000_000 | libc::O_RDWR as u64;
    let there = libc::AT_FDCWD as u64;
    for (name, arguments, answer) in [
        ("open", [1, libc::O_CREAT as u64, 0, 0, 0], Some(Allow)),
        ("open", [1, nameless, 0, 0, 0], None),
        (
            "openat",
            [there, 1, libc::O_CREAT as u64, 0, 0],
            Some(Allow),
        ),
        ("openat", [there, 1, nameless, 0, 0], None),
        ("mkdir", [1, 0o777, 0, 0, 0], Some(Allow)),
        ("mkdir", [1, 0o300, 0, 0, 0], None),
        ("mkdirat", [there, 1, 0o700, 0, 0], Some(Allow)),
        ("mkdirat", [there, 1, 0o077, 0, 0], None),
        ("umask", [0o077, 0, 0, 0, 0], Some(Allow)),
        ("umask", [0o477, 0, 0, 0, 0], None),
        ("renameat2", [there, 1, there, 2, 0], None),
        (
            "renameat2",
            [there, 1, there, 2, libc::RENAME_NOREPLACE.into()],
            Some(Allow),
        ),
        (
            "renameat2",
            [there, 1, there, 2, libc::RENAME_EXCHANGE.into()],
            Some(Allow),
        ),
        (
            "renameat2",
            [there, 1, there, 2, libc::RENAME_WHITEOUT.into()],
            None,
        ),
    ] {
        assert_answer(shared, name, &arguments, answer);
        assert_answer(own, name, &arguments, Some(Allow));
    }
}

/// Its handler could be taken away otherwise, and the next refused call would end the process.
#[test]
fn the_reporter_stays() {
    let sys = libc::SIGSYS as u64;
    let low_zero = 7 * HIGH;
    let denied = Some(Answer::Errno(libc::EACCES));
    assert_answer(Scope::tells, "rt_sigaction", &[sys, 0, 1], Some(Allow));
    assert_answer(Scope::tells, "rt_sigaction", &[sys, low_zero, 0], denied);
    assert_answer(Scope::tells, "rt_sigaction", &[2, 1, 0], Some(Allow));
    assert_answer(
        |scope| !scope.tells(),
        "rt_sigaction",
        &[sys, 1, 0],
        Some(Allow),
    );
}
