//! The layers of the sandbox, as a language's latest satellite found them around itself.

use super::{Environment, Seen, Situation, demanded, finding};
use launchpad_protocol::check::{Finding, Standing};
use launchpad_protocol::inventory::{Inventory, NAMESPACES};
use launchpad_protocol::policy::{Network, Sandbox};
use launchpad_sandbox::HOST_NAME;
use launchpad_sandbox::audit::Own;
use nix::sys::statvfs::FsFlags;

pub(super) fn of(situation: &Situation<'_>, environment: &Environment<'_>) -> Vec<Finding> {
    let name = environment.language.name();
    let Some(seen) = environment.seen else {
        return vec![finding(
            &format!("{name}: sandbox"),
            Standing::Missing,
            "not seen: no satellite has been made yet",
            "run a script, then look again",
        )];
    };
    let rows = [
        ("self-check", self_check(seen)),
        ("packages", packages(seen)),
        ("namespaces", namespaces(seen, situation.own)),
        ("host name", host_name(seen)),
        ("root", root(seen)),
        ("/proc", proc(seen)),
        ("capabilities", capabilities(seen)),
        ("no_new_privs", no_new_privileges(&seen.inventory)),
        ("system call filter", filter(&seen.inventory)),
        ("Landlock", landlock(seen)),
        ("resource limits", limits(&seen.inventory)),
        ("descriptors", descriptors(&seen.inventory)),
        ("cgroup", cgroup(seen)),
        ("user", user(seen)),
    ];
    rows.into_iter()
        .map(|(layer, (state, found, advice))| {
            finding(&format!("{name}: {layer}"), state, &found, advice)
        })
        .collect()
}

type Row = (Standing, String, &'static str);

/// Ok or failed, with what was found.
fn must(there: bool, found: String) -> Row {
    let state = if there {
        Standing::Ok
    } else {
        Standing::Failed
    };
    (state, found, "")
}

fn self_check(seen: &Seen) -> Row {
    match seen.differences.is_empty() {
        true => must(true, "as ordered".into()),
        false => must(false, seen.differences.join("; ")),
    }
}

/// Where the code of packages runs that are loaded before any script.
fn packages(seen: &Seen) -> Row {
    let is_strict = seen.policy.sandbox == Sandbox::Strict;
    let found = match is_strict {
        true => "loaded in separate namespaces, under a filter",
        false => "loaded under Landlock and a filter, among the server's processes",
    };
    let state = demanded(is_strict, Sandbox::Strict, seen.policy.sandbox);
    (state, found.into(), advice_of_container(state))
}

fn namespaces(seen: &Seen, own: &Own) -> Row {
    let theirs = seen.inventory.namespaces;
    let is_apart = |at: usize| theirs[at] != 0 && theirs[at] != own[at];
    let list = |apart: bool| {
        let kinds = (0..NAMESPACES.len()).filter(|at| is_apart(*at) == apart);
        let names: Vec<_> = kinds.map(|at| NAMESPACES[at]).collect();
        names.join(", ")
    };
    let shared = list(false);
    let by_setting = shared == "net" && seen.policy.allowance.network == Network::Host;
    let found = match (list(true), shared) {
        (own, shared) if shared.is_empty() => format!("its own: {own}"),
        (own, shared) if own.is_empty() => format!("the server's: {shared}"),
        (own, shared) => format!("its own: {own}; the server's: {shared}"),
    };
    let there = by_setting || list(false).is_empty();
    let state = demanded(there, Sandbox::Strict, seen.policy.sandbox);
    (state, found, advice_of_container(state))
}

fn host_name(seen: &Seen) -> Row {
    let found = &seen.inventory.host_name;
    match (found == HOST_NAME, seen.policy.sandbox) {
        (true, _) => must(true, "hidden".into()),
        (false, Sandbox::Strict) => (
            Standing::Missing,
            format!("the host's: {found}"),
            "the host must allow sethostname; in a container, the seccomp profile docker/seccomp.json does",
        ),
        (false, Sandbox::Container) => (
            Standing::Missing,
            format!("the host's: {found}"),
            "launchpad.sandbox = strict",
        ),
    }
}

fn root(seen: &Seen) -> Row {
    let inventory = &seen.inventory;
    let there = !inventory.root.is_empty();
    let read_only = FsFlags::ST_RDONLY.bits();
    let fixed = inventory
        .mounts
        .iter()
        .filter(|mount| u64::from(mount.flags) & read_only != 0);
    let found = match there {
        true => format!(
            "its own, with {} mounts, {} of them read-only",
            inventory.mounts.len(),
            fixed.count()
        ),
        false => "the host's".into(),
    };
    let state = demanded(there, Sandbox::Strict, seen.policy.sandbox);
    (state, found, advice_of_container(state))
}

/// What a looser sandbox lacks is no fault of the host.
fn advice_of_container(state: Standing) -> &'static str {
    match state {
        Standing::Missing => "launchpad.sandbox = strict",
        Standing::Ok | Standing::Failed => "",
    }
}

fn proc(seen: &Seen) -> Row {
    match (seen.inventory.proc, seen.policy.sandbox) {
        (true, Sandbox::Strict) => must(true, "its own".into()),
        (true, Sandbox::Container) => must(true, "the host's".into()),
        (false, _) => (
            Standing::Missing,
            "none: some packages look for it, and threads cannot be named".into(),
            "the host must not mask parts of its /proc; in a container, systempaths=unconfined (Kubernetes: procMount: Unmasked)",
        ),
    }
}

fn capabilities(seen: &Seen) -> Row {
    let sets = seen.inventory.capabilities;
    let has = sets.effective | sets.permitted | sets.inheritable | sets.ambient;
    // Only a process with rights of its own can lower this one; no_new_privs keeps it from use.
    let bounding = match seen.policy.sandbox {
        Sandbox::Strict => sets.bounding,
        Sandbox::Container => 0,
    };
    match has | bounding {
        0 => must(true, "none".into()),
        bits => must(false, format!("{bits:#x}")),
    }
}

fn no_new_privileges(inventory: &Inventory) -> Row {
    let set = inventory.no_new_privileges;
    must(set, if set { "set" } else { "not set" }.into())
}

fn filter(inventory: &Inventory) -> Row {
    // 2 is /proc's and prctl's number for filters.
    let set = inventory.seccomp == 2;
    must(set, if set { "set" } else { "not set" }.into())
}

fn landlock(seen: &Seen) -> Row {
    match seen.inventory.landlock {
        0 => (
            demanded(false, Sandbox::Container, seen.policy.sandbox),
            "none".into(),
            "see \"host: Landlock\"",
        ),
        version => must(true, format!("version {version}")),
    }
}

fn limits(inventory: &Inventory) -> Row {
    let set = inventory
        .limits
        .iter()
        .filter(|limit| limit.hard != u64::MAX);
    let count = set.count();
    must(count > 0, format!("{count} set"))
}

fn descriptors(inventory: &Inventory) -> Row {
    let numbers: Vec<_> = inventory
        .descriptors
        .iter()
        .map(|descriptor| descriptor.number.to_string())
        .collect();
    must(true, format!("open: {}", numbers.join(", ")))
}

fn cgroup(seen: &Seen) -> Row {
    match &seen.group {
        Some(folder) => must(true, folder.display().to_string()),
        None => (Standing::Missing, "none".into(), "see \"limits: memory\""),
    }
}

fn user(seen: &Seen) -> Row {
    match seen.policy.worker {
        Some(worker) => must(
            true,
            format!("outside user {}, group {}", worker.user, worker.group),
        ),
        None => (
            Standing::Missing,
            "the server's own".into(),
            "see \"host: separate users for satellites\"",
        ),
    }
}
