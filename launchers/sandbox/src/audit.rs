//! A satellite's own report beside its policy: the differences, in words. launchpadd gives a request to
//! no satellite that has any.

use crate::descriptors;
use crate::steps::{BOUNDS, Bound, PROCESSES, SECURE_BITS};
use crate::view::{self, DEVICES};
use launchpad_protocol::inventory::{Descriptor, Inventory, Mount, NAMESPACES};
use launchpad_protocol::policy::{Network, Policy, Sandbox};
use nix::sys::resource::Resource;
use nix::sys::stat::makedev;
use std::path::Path;

/// The namespaces of the process that compares.
pub type Own = [u64; NAMESPACES.len()];

/// This process's.
pub fn own() -> Own {
    crate::evidence::namespaces()
}

/// Another process's, by its number here; 0 where it cannot be told.
pub fn namespaces_of(process: u32) -> Own {
    crate::evidence::of(&process.to_string())
}

/// Which namespaces of a satellite's, that are to be its own, are its zygote's.
pub fn shared_with_zygote(inventory: &Inventory, policy: &Policy, zygote: &Own) -> Vec<String> {
    let mut found = Vec::new();
    for ((kind, theirs), others) in NAMESPACES.iter().zip(inventory.namespaces).zip(zygote) {
        let shared = *kind == "net" && policy.allowance.network == Network::Host;
        if theirs != 0 && theirs == *others && !shared {
            found.push(format!("the {kind} namespace is the zygote's"));
        }
    }
    found
}

/// All the ways in which `inventory` is not what `policy` demands; none is what must be.
pub fn differences(inventory: &Inventory, policy: &Policy, own: &Own) -> Vec<String> {
    let mut found = Vec::new();
    rights(inventory, policy, &mut found);
    descriptors(&inventory.descriptors, &mut found);
    limits(inventory, policy, &mut found);
    match inventory.oom_score_adj {
        Some(1000) => {}
        Some(score) => found.push(format!("oom_score_adj is {score}, not 1000")),
        // The container sandbox has no access to it.
        None if inventory.proc && policy.sandbox == Sandbox::Strict => {
            found.push("oom_score_adj is not known".to_owned());
        }
        None => {}
    }
    match policy.sandbox {
        Sandbox::Strict => {
            identity(inventory, policy, &mut found);
            namespaces(inventory, policy, own, &mut found);
            mounts(&inventory.mounts, &mut found);
            root(inventory, &mut found);
        }
        Sandbox::Container => {
            if inventory.landlock == 0 {
                found.push("Landlock is not in force".to_owned());
            }
        }
    }
    found
}

fn rights(inventory: &Inventory, policy: &Policy, found: &mut Vec<String>) {
    let has = &inventory.capabilities;
    let mut sets = vec![
        ("effective", has.effective),
        ("permitted", has.permitted),
        ("inheritable", has.inheritable),
        ("ambient", has.ambient),
    ];
    // Only a process with rights of its own can lower these two.
    if policy.sandbox == Sandbox::Strict {
        sets.push(("bounding", has.bounding));
        if inventory.securebits != SECURE_BITS {
            found.push(format!("the secure bits are {:#x}", inventory.securebits));
        }
    }
    for (name, set) in sets {
        if set != 0 {
            found.push(format!("the {name} capabilities are {set:#x}, not none"));
        }
    }
    if !inventory.no_new_privileges {
        found.push("no_new_privs is not set".to_owned());
    }
    if inventory.dumpable {
        found.push("the process is dumpable".to_owned());
    }
    // SECCOMP_MODE_FILTER
    if inventory.seccomp != 2 {
        found.push(format!("the seccomp mode is {}, not 2", inventory.seccomp));
    }
    let landlock = policy.landlock.min(crate::LANDLOCK);
    if inventory.landlock != landlock {
        let is = inventory.landlock;
        found.push(format!(
            "Landlock is in force in version {is}, not {landlock}"
        ));
    }
}

fn identity(inventory: &Inventory, policy: &Policy, found: &mut Vec<String>) {
    let inside = crate::steps::IDENTITY;
    if (inventory.user, inventory.group) != (inside, inside) {
        let Inventory { user, group, .. } = inventory;
        found.push(format!("the user is {user}:{group}, not {inside}:{inside}"));
    }
    // The server's own user cannot leave its groups; outside the view they give nothing.
    if policy.worker.is_some() && inventory.groups != 0 {
        found.push(format!(
            "there are {} supplementary groups",
            inventory.groups
        ));
    }
}

fn namespaces(inventory: &Inventory, policy: &Policy, own: &Own, found: &mut Vec<String>) {
    for ((kind, theirs), ours) in NAMESPACES.iter().zip(inventory.namespaces).zip(own) {
        let shared = *kind == "net" && policy.allowance.network == Network::Host;
        if *ours == 0 {
            found.push(format!("the host's {kind} namespace is not known"));
        } else if theirs == 0 {
            found.push(format!("the {kind} namespace is not known"));
        } else if (theirs == *ours) != shared {
            let which = if shared { "a new one" } else { "the host's" };
            found.push(format!("the {kind} namespace is {which}"));
        }
    }
}

/// As statvfs(3) has them.
const READ_ONLY: u32 = libc::ST_RDONLY as u32;
const NO_SETUID: u32 = libc::ST_NOSUID as u32;
const NO_DEVICES: u32 = libc::ST_NODEV as u32;
const NO_PROGRAMS: u32 = libc::ST_NOEXEC as u32;

/// What may be written to, must be there.
const SCRATCH: [&str; 3] = ["/job", "/tmp", "/dev/shm"];

fn mounts(mounts: &[Mount], found: &mut Vec<String>) {
    for path in ["/"].iter().chain(&SCRATCH) {
        if !mounts.iter().any(|mount| mount.path == **path) {
            found.push(format!("nothing is mounted at {path}"));
        }
    }
    for Mount { path, flags } in mounts {
        let device = path
            .strip_prefix("/dev/")
            .is_some_and(|name| DEVICES.contains(&name));
        let needed = if device {
            0
        } else if SCRATCH.contains(&path.as_str()) {
            NO_SETUID | NO_DEVICES | NO_PROGRAMS
        } else if path == "/proc" {
            READ_ONLY | NO_SETUID | NO_DEVICES | NO_PROGRAMS
        } else {
            READ_ONLY | NO_SETUID | NO_DEVICES
        };
        if flags & needed != needed {
            found.push(format!(
                "{path} is mounted with too few restrictions ({flags:#x})"
            ));
        }
        let ours = ["/", "/proc", "/tmp", "/dev/shm"].contains(&path.as_str());
        if !device && !ours && view::is_forbidden(Path::new(path)) {
            found.push(format!("{path} is mounted"));
        }
    }
}

/// What the private root itself has; all else must be on the way to a mount.
const TOP: [&str; 12] = [
    "bin", "dev", "etc", "job", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr",
];

fn root(inventory: &Inventory, found: &mut Vec<String>) {
    if inventory.root.is_empty() {
        found.push("the root folder cannot be read".to_owned());
    }
    for name in &inventory.root {
        let top = Path::new("/").join(name);
        let mut mounts = inventory.mounts.iter();
        // Without /proc nobody tells what is mounted.
        let known = inventory.proc && !mounts.any(|mount| Path::new(&mount.path).starts_with(&top));
        if known && !TOP.contains(&name.as_str()) {
            found.push(format!("/{name} is there"));
        }
    }
}

fn descriptors(all: &[Descriptor], found: &mut Vec<String>) {
    const LAUNCH: i32 = descriptors::LAUNCH.number();
    // /dev/null
    let null = makedev(1, 3);
    for Descriptor {
        number,
        kind,
        device,
    } in all
    {
        let fine = match number {
            0..=2 => *kind == libc::S_IFCHR && *device == null,
            &LAUNCH => *kind == libc::S_IFSOCK,
            _ => false,
        };
        if !fine {
            found.push(format!("descriptor {number} is open (kind {kind:o})"));
        }
    }
    for number in 0..=LAUNCH {
        if !all.iter().any(|one| one.number == number) {
            found.push(format!("descriptor {number} is closed"));
        }
    }
}

fn limits(inventory: &Inventory, policy: &Policy, found: &mut Vec<String>) {
    let strict = (policy.sandbox == Sandbox::Strict).then_some(&PROCESSES);
    for Bound {
        name,
        resource,
        soft,
        hard,
    } in BOUNDS.iter().chain(strict)
    {
        let limit = limit_of(inventory, *resource);
        if !limit.is_some_and(|(is, most)| is <= *soft && most <= *hard) {
            found.push(format!(
                "the limit {name} is {limit:?}, not {soft} and {hard}"
            ));
        }
    }
    if policy.sandbox == Sandbox::Container {
        for (name, resource) in [
            ("NPROC", Resource::RLIMIT_NPROC),
            ("FSIZE", Resource::RLIMIT_FSIZE),
        ] {
            if limit_of(inventory, resource).is_none_or(|(_, most)| most == u64::MAX) {
                found.push(format!("the limit {name} is missing"));
            }
        }
    }
}

fn limit_of(inventory: &Inventory, resource: Resource) -> Option<(u64, u64)> {
    let mut all = inventory.limits.iter();
    let one = all.find(|limit| limit.resource == resource as u32)?;
    Some((one.soft, one.hard))
}
