//! The tables against all calls that the kernel knows, and the compiled filters against the tables,
//! in every scope and on both architectures.

mod arguments;
mod bpf;
mod sockets;

use super::arguments as by_arguments;
use super::table::{Call, Table};
use super::*;
use bpf::{Answer, audit};
use std::collections::BTreeSet;
use std::sync::OnceLock;
use syscalls::{aarch64, x86_64};

const ARCHITECTURES: [TargetArch; 2] = [TargetArch::x86_64, TargetArch::aarch64];

/// The tables that a call is in one of.
const TABLES: [Table; 11] = [
    allow::CALLS,
    absent::CALLS,
    by_arguments::CALLS,
    by_arguments::MEMORY_FILES,
    network::SOCKETS,
    options::CALLS,
    options::WITH_DESCRIPTORS,
    options::MANY,
    refuse::PROGRAMS,
    refuse::NEVER,
    refuse::UNUSED,
];

/// The pid of the script's process where it is needed.
const OWN: i32 = 4321;

fn calls(table: Table) -> impl Iterator<Item = &'static Call> {
    table.iter().copied().flatten()
}

fn holds(table: Table, name: &str) -> bool {
    calls(table).any(|call| call.name == name)
}

/// The crate's own tables, which are the kernel's.
fn name(number: i64, architecture: TargetArch) -> Option<&'static str> {
    let number = usize::try_from(number).ok()?;
    match architecture {
        TargetArch::x86_64 => Some(x86_64::Sysno::new(number)?.name()),
        _ => Some(aarch64::Sysno::new(number)?.name()),
    }
}

fn number(name: &str, architecture: TargetArch) -> Option<i64> {
    match architecture {
        TargetArch::x86_64 => Some(name.parse::<x86_64::Sysno>().ok()? as i64),
        _ => Some(name.parse::<aarch64::Sysno>().ok()? as i64),
    }
}

/// All 64.
fn scopes() -> Vec<Scope> {
    let mut scopes = Vec::new();
    for bits in 0..64 {
        let bit = |index: u32| bits & (1 << index) != 0;
        scopes.push(Scope {
            programs: bit(0),
            network: bit(1),
            shared_processes: bit(2),
            own_process: bit(2).then_some(OWN),
            zygote: false,
            bounded_memory: bit(3),
            tell_refused: bit(4),
            own_user: bit(5),
        });
    }
    scopes
}

/// Compiled once for all tests.
fn filters(scope: &Scope, architecture: TargetArch) -> &'static Filters {
    static ALL: OnceLock<Vec<(Scope, TargetArch, Filters)>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let compiled = |architecture: TargetArch| {
            scopes().into_iter().map(move |scope| {
                let filters = Filters::compile_for(&scope, architecture).unwrap();
                (scope, architecture, filters)
            })
        };
        ARCHITECTURES.into_iter().flat_map(compiled).collect()
    });
    let found = all
        .iter()
        .find(|one| one.0 == *scope && one.1 == architecture);
    &found.unwrap().2
}

/// What a call gets that only the last filter refuses.
fn refused(scope: &Scope) -> Answer {
    match scope.tells() {
        true => Answer::Trap,
        false => Answer::Errno(libc::EPERM),
    }
}

#[test]
fn every_call_is_in_one_table() {
    for architecture in ARCHITECTURES {
        let mut seen = BTreeSet::new();
        for call in TABLES.into_iter().flat_map(calls) {
            if let Some(number) = call.number(architecture) {
                assert!(seen.insert(number), "{} twice", call.name);
            }
        }
        for number in 0..absent::FIRST_UNREVIEWED {
            let name = name(number, architecture);
            assert_eq!(seen.contains(&number), name.is_some(), "{number} {name:?}");
        }
    }
}

/// The crate that knows the numbers is not ahead of the reviewers.
#[test]
fn no_call_is_unreviewed() {
    for architecture in ARCHITECTURES {
        for number in absent::FIRST_UNREVIEWED..=absent::LAST_UNREVIEWED {
            assert_eq!(name(number, architecture), None, "{number} needs a table");
        }
    }
}

#[test]
fn groups_are_sorted() {
    let more = [
        init::CALLS,
        processes::ADDRESSED,
        processes::NEW_PROCESSES,
        processes::OF_ANY_FILE,
        processes::OF_A_PROCESS,
        processes::REMOVING,
        processes::RESERVING,
    ];
    for group in TABLES.into_iter().chain(more).flatten() {
        let sorted = group.is_sorted_by(|a, b| a.name < b.name);
        assert!(
            sorted,
            "{:?}",
            group.iter().map(|call| call.name).collect::<Vec<_>>()
        );
    }
}

/// A call said to be missing on an architecture is.
#[test]
fn what_both_have_is_said_of_both() {
    for call in TABLES.into_iter().flat_map(calls) {
        for architecture in ARCHITECTURES {
            let known = number(call.name, architecture);
            assert_eq!(call.number(architecture), known, "{}", call.name);
        }
    }
}

/// Calls that are restricted where processes are shared, which means: allowed elsewhere.
#[test]
fn restrictions_are_of_allowed_calls() {
    for table in [
        processes::ADDRESSED,
        processes::NEW_PROCESSES,
        processes::OF_ANY_FILE,
        processes::OF_A_PROCESS,
        processes::REMOVING,
        processes::RESERVING,
    ] {
        for call in calls(table) {
            assert!(holds(allow::CALLS, call.name), "{}", call.name);
        }
    }
}

/// In no scope and with no arguments.
#[test]
fn what_is_refused_has_no_rule() {
    for architecture in ARCHITECTURES {
        for scope in scopes() {
            let allowed = allow::rules(&scope, architecture).unwrap();
            for call in calls(refuse::NEVER).chain(calls(refuse::UNUSED)) {
                let number = call.number(architecture);
                assert!(
                    !number.is_some_and(|number| allowed.contains_key(&number)),
                    "{} {scope:?}",
                    call.name
                );
            }
        }
    }
}

/// Calls that are restricted where processes are shared, by other arguments than a process.
const BY_ARGUMENTS: [&str; 8] = [
    "getpriority",
    "mkdir",
    "mkdirat",
    "open",
    "openat",
    "renameat2",
    "setpgid",
    "umask",
];

/// The answer to a call whatever its arguments; None: they matter.
fn expected(scope: &Scope, name: Option<&str>, number: i64) -> Option<Answer> {
    let Some(name) = name else {
        let new = (absent::FIRST_UNREVIEWED..=absent::LAST_UNREVIEWED).contains(&number);
        return Some(match new {
            true => Answer::Errno(libc::ENOSYS),
            false => refused(scope),
        });
    };
    let restricted = scope.shared_processes
        && (holds(processes::OF_A_PROCESS, name) || BY_ARGUMENTS.contains(&name));
    let taken = scope.shared_processes
        && (holds(processes::NEW_PROCESSES, name)
            || holds(processes::OF_ANY_FILE, name)
            || holds(processes::REMOVING, name)
            || holds(processes::ADDRESSED, name) && !scope.network);
    if restricted
        || holds(by_arguments::CALLS, name)
        || holds(network::SOCKETS, name)
        || holds(options::CALLS, name)
        || name == "sendmsg" && scope.own_user
        || name == "recvmmsg" && scope.network
        || name == "sendmmsg" && scope.network && scope.own_user
        || name == "memfd_create" && scope.bounded_memory
        || name == "rt_sigaction" && scope.tells()
    {
        None
    } else if holds(absent::CALLS, name) {
        Some(Answer::Errno(libc::ENOSYS))
    } else if name == "execve" && scope.programs {
        Some(Answer::Allow)
    } else if holds(refuse::PROGRAMS, name) {
        Some(Answer::Errno(libc::EACCES))
    } else if holds(processes::RESERVING, name) {
        scope
            .shared_processes
            .then_some(Answer::Errno(libc::EOPNOTSUPP))
    } else if holds(allow::CALLS, name) && !taken {
        Some(Answer::Allow)
    } else {
        Some(refused(scope))
    }
}

/// An error of its own is seen as well: an earlier filter's is only if the last one lets the call
/// through.
#[test]
fn every_call_gets_its_answer() {
    let arguments = [[0; 6], [1, OWN as u64, 2, u64::MAX, 3, 4]];
    for architecture in ARCHITECTURES {
        let audit = audit(architecture);
        for scope in scopes() {
            let filters = filters(&scope, architecture);
            for number in 0..520 {
                let name = name(number, architecture);
                let Some(expected) = expected(&scope, name, number) else {
                    continue;
                };
                for arguments in arguments {
                    let answer = filters.answer(audit, number, arguments);
                    assert_eq!(answer, expected, "{number} {name:?} {scope:?}");
                }
            }
        }
    }
}

#[test]
fn foreign_numbers_are_no_way_in() {
    for scope in scopes() {
        let filters = filters(&scope, TargetArch::x86_64);
        let read = number("read", TargetArch::x86_64).unwrap();
        // 32-bit calls: AUDIT_ARCH_I386.
        assert_eq!(filters.answer(0x4000_0003, read, [0; 6]), Answer::Kill);
        assert_eq!(filters.init_answer(0x4000_0003, read), Answer::Kill);
        // x32's, of the same architecture.
        let x32 = filters.answer(audit(TargetArch::x86_64), read | 0x4000_0000, [0; 6]);
        assert_eq!(x32, refused(&scope));
    }
}

#[test]
fn the_init_can_do_little() {
    for architecture in ARCHITECTURES {
        let filters = filters(&Scope::default(), architecture);
        for number in 0..520 {
            let name = name(number, architecture);
            let expected = match name.is_some_and(|name| holds(init::CALLS, name)) {
                true => Answer::Allow,
                false => Answer::Kill,
            };
            let answer = filters.init_answer(audit(architecture), number);
            assert_eq!(answer, expected, "{name:?}");
        }
    }
}

#[test]
fn the_filters_fit() {
    for architecture in ARCHITECTURES {
        for scope in scopes() {
            let filters = filters(&scope, architecture);
            for program in filters.script.iter().chain([&filters.init]) {
                // BPF_MAXINSNS
                assert!(program.len() < 4096, "{}", program.len());
            }
        }
    }
}
