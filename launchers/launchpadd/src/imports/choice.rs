//! Which packages zygotes preload.

use super::package::Package;
use super::{Modules, WORTHWHILE};
use launchpad_protocol::imports::{MOST_MODULES, package};
use launchpad_protocol::launch::Language;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Packages that one zygote preloads.
const MOST: usize = 64;

/// Bytes that a package is taken for of which they are not known.
const GUESS: u64 = 16 << 20;

/// Each role's dearest package of those that at least so many calls import, then each role's second, and so on, as far as there is room.
pub fn by_turns(packages: &BTreeMap<String, Package>, calls: u64, room: u64) -> Vec<Modules> {
    let roles: BTreeSet<u32> = packages
        .values()
        .flat_map(|of| of.roles.iter().map(|(role, _)| *role))
        .collect();
    let mut wishes: Vec<_> = roles
        .into_iter()
        .map(|role| wishes(packages, calls, role).into_iter())
        .collect();
    let mut chosen: Vec<Modules> = Vec::new();
    let mut left = room;
    while !wishes.is_empty() && chosen.len() < MOST {
        wishes.retain_mut(|of_role| {
            let Some((name, package)) = of_role.next() else {
                return false;
            };
            let bytes = package.bytes.unwrap_or(GUESS);
            let is_new = chosen.iter().all(|modules| modules[0] != *name);
            if is_new && bytes <= left && chosen.len() < MOST {
                left -= bytes;
                chosen.push(modules(name, package));
            }
            true
        });
    }
    chosen
}

/// What is worth while for a role, the dearest first.
fn wishes(packages: &BTreeMap<String, Package>, calls: u64, role: u32) -> Vec<(&String, &Package)> {
    let worthwhile = |package: &Package| {
        package.problem.is_none() && package.cost() >= WORTHWHILE && package.weight() >= calls
    };
    let mut all: Vec<_> = packages
        .iter()
        .filter(|(_, package)| worthwhile(package) && !package.worth_to(role).is_zero())
        .collect();
    all.sort_by_key(|(_, package)| Reverse(package.worth_to(role)));
    all
}

/// Whether there would be room for one beside those that are chosen by turns.
pub fn fits(packages: &BTreeMap<String, Package>, calls: u64, room: u64, name: &str) -> bool {
    let bytes = |name: &str| packages.get(name).and_then(|package| package.bytes);
    let taken = by_turns(packages, calls, room)
        .iter()
        .filter(|modules| modules[0] != name)
        .map(|modules| bytes(&modules[0]).unwrap_or(GUESS))
        .fold(0, u64::saturating_add);
    taken.saturating_add(bytes(name).unwrap_or(GUESS)) <= room
}

/// What a setting names, package by package, without those that cannot be preloaded.
pub fn named(
    language: Language,
    names: &[String],
    packages: &BTreeMap<String, Package>,
) -> Vec<Modules> {
    let mut chosen: Vec<Modules> = Vec::new();
    for name in names {
        let of = package(language, name);
        if packages
            .get(of)
            .is_some_and(|package| package.problem.is_some())
        {
            continue;
        }
        if chosen.iter().all(|modules| modules[0] != of) && chosen.len() < MOST {
            chosen.push(vec![of.to_owned()]);
        }
        let modules = chosen.iter_mut().find(|modules| modules[0] == of);
        if let Some(modules) = modules.filter(|modules| modules.len() < MOST_MODULES)
            && !modules.contains(name)
        {
            modules.push(name.clone());
        }
    }
    chosen
}

/// The package, then its modules in the order in which scripts have loaded them.
fn modules(name: &str, package: &Package) -> Modules {
    let others = package.modules.iter().map(|module| &module.name);
    let others = others
        .filter(|module| *module != name)
        .take(MOST_MODULES - 1);
    std::iter::once(name.to_owned())
        .chain(others.cloned())
        .collect()
}

/// Whether nothing would be gained by the other one: it has the same modules, or fewer.
pub fn is_same(new: &[Modules], old: &[Modules]) -> bool {
    let all = |of: &[Modules]| of.iter().flatten().cloned().collect::<BTreeSet<_>>();
    let (new, old) = (all(new), all(old));
    new == old
}
