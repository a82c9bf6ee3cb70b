//! What scripts import, and what zygotes therefore preload. Pure.
//!
//! Scripts tell what they have imported and how long that took; launchpadd believes them no more than the time that the call has
//! taken. What is preloaded is chosen by turns of the roles: each role's dearest package, then each role's second, and so on, as
//! far as `launchpad.preload_memory` goes. So no role can fill the zygote with what it alone uses.
//!
//! A zygote is renewed for the sake of a package when calls have lost as much time by it as loading a zygote takes: over time
//! that costs at most twice what the best decision in hindsight would have cost. Nor does loading zygotes take more than a tenth
//! of the time, whatever scripts say.

mod choice;
pub mod kept;
mod package;
#[cfg(test)]
mod tests;

use launchpad_protocol::imports::{Import, ImportLine, Preload, is_module, package};
use launchpad_protocol::launch::Language;
use package::Package;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Packages of an environment that are remembered.
const MOST_PACKAGES: usize = 200;

/// What is imported faster is not preloaded.
const WORTHWHILE: Duration = Duration::from_millis(5);

/// What loading a zygote costs at least.
const LEAST_PRICE: Duration = Duration::from_secs(1);

/// One call in so many must import a package. Having it makes every satellite dearer: its zygote is larger, by scikit-learn, for
/// example, 13 ms of processor time for one that takes a second to import.
const ONE_IN: u64 = 50;

/// How many times what loading a zygote takes passes before another one is loaded because of what scripts import.
const REST: u32 = 10;

/// Modules of one package, the package first.
pub type Modules = Vec<String>;

/// Of one environment.
#[derive(Debug, Default)]
pub struct Imports {
    language: Option<Language>,
    setting: Preload,
    /// Bytes that may be preloaded.
    room: u64,
    packages: BTreeMap<String, Package>,
    /// Calls of the environment, those of earlier days counting less.
    calls: u64,
    /// Time that calls have lost since the last choice by importing what could have been preloaded.
    lost: Duration,
    /// No other choice because of what scripts import before.
    not_before: Option<Instant>,
    /// What zygotes are to preload, in that order, and its number, which is not 0 unless there is nothing.
    chosen: Vec<Modules>,
    selection: u64,
    /// The greatest number so far: one that a zygote which still runs has is not given again.
    last: u64,
    /// Whether there is something that has not been kept.
    pub is_changed: bool,
}

impl Imports {
    /// The settings, the first or changed ones. Whether something else is chosen now. What went wrong is tried again.
    pub fn configure(&mut self, language: Language, setting: &Preload, room: u64) -> bool {
        self.language = Some(language);
        self.setting = setting.clone();
        self.room = room;
        for package in self.packages.values_mut() {
            package.problem = None;
        }
        self.choose()
    }

    /// A call is served.
    pub fn served(&mut self) {
        self.calls = self.calls.saturating_add(1);
    }

    /// Looks again at what is chosen. Whether something else is now.
    pub fn look_again(&mut self) -> bool {
        self.choose()
    }

    /// A script of `role` has imported these, in a call that has taken `most` by now. `price`: what loading a zygote takes. Whether
    /// something else is chosen now.
    pub fn report(
        &mut self,
        role: u32,
        imports: &[Import],
        most: Duration,
        price: Duration,
        now: Instant,
    ) -> bool {
        let Some(language) = self.language else {
            return false;
        };
        let mut left = most;
        let mut seen: Vec<&str> = Vec::new();
        for import in imports
            .iter()
            .filter(|import| is_module(language, &import.module))
        {
            let took = Duration::from_micros(import.microseconds).min(left);
            left -= took;
            let name = package(language, &import.module);
            let Some(package) = self.package(name) else {
                continue;
            };
            if !seen.contains(&name) {
                seen.push(name);
                package.count(role);
            }
            if !took.is_zero() {
                package.took(&import.module, took);
                if package.problem.is_none() && package.cost() >= WORTHWHILE {
                    self.lost += took;
                }
            }
        }
        self.is_changed |= !seen.is_empty();
        let price = price.max(LEAST_PRICE);
        let may_choose = self.not_before.is_none_or(|at| at <= now);
        if self.setting != Preload::Auto || self.lost < price || !may_choose || !self.choose() {
            return false;
        }
        self.not_before = Some(now + price * REST);
        true
    }

    /// The entry of a package; the one of least use makes room for a new one.
    fn package(&mut self, name: &str) -> Option<&mut Package> {
        if !self.packages.contains_key(name) && self.packages.len() >= MOST_PACKAGES {
            let weakest = self.packages.iter().min_by_key(|(_, of)| of.weight())?;
            let weakest = weakest.0.clone();
            self.packages.remove(&weakest);
        }
        Some(self.packages.entry(name.to_owned()).or_default())
    }

    /// A zygote has preloaded it; it takes so many bytes.
    pub fn measured(&mut self, name: &str, bytes: u64) {
        if let Some(package) = self.packages.get_mut(name) {
            package.bytes = Some(bytes);
            package.was_killed = false;
            self.is_changed = true;
        }
    }

    /// There is no such package: zygotes go on without it.
    pub fn is_absent(&mut self, name: &str, problem: &str) {
        if let Some(package) = self.package(name) {
            package.problem = Some(problem.to_owned());
        }
        self.chosen.retain(|modules| modules[0] != name);
    }

    /// A zygote was killed while it imported the package, by somebody or for want of memory. Whether that may have been an
    /// accident: once it may.
    pub fn may_be_accident(&mut self, name: &str) -> bool {
        let package = self.package(name);
        package.is_some_and(|package| !std::mem::replace(&mut package.was_killed, true))
    }

    /// It cannot be preloaded, because of `problem`. Whether something else is chosen now.
    pub fn refuse(&mut self, name: &str, problem: &str) -> bool {
        if let Some(package) = self.package(name) {
            package.problem = Some(problem.to_owned());
        }
        self.choose()
    }

    /// Nothing of what is chosen can be preloaded.
    pub fn refuse_all(&mut self, problem: &str) -> bool {
        for modules in std::mem::take(&mut self.chosen) {
            if let Some(package) = self.package(&modules[0]) {
                package.problem = Some(problem.to_owned());
            }
        }
        self.chosen.clear();
        self.selection = 0;
        self.choose();
        true
    }

    /// A day has passed: what was used then counts half.
    pub fn age(&mut self) {
        self.calls /= 2;
        self.packages.values_mut().for_each(Package::age);
        self.packages
            .retain(|_, package| package.weight() > 0 || package.problem.is_some());
        self.is_changed = true;
    }

    pub fn chosen(&self) -> &[Modules] {
        &self.chosen
    }

    /// The number of what is chosen.
    pub fn selection(&self) -> u64 {
        self.selection
    }

    fn choose(&mut self) -> bool {
        self.lost = Duration::ZERO;
        let chosen = match &self.setting {
            Preload::Auto => choice::by_turns(&self.packages, self.least_calls(), self.room),
            Preload::Modules(named) => match self.language {
                Some(language) => choice::named(language, named, &self.packages),
                None => Vec::new(),
            },
        };
        if choice::is_same(&chosen, &self.chosen) {
            return false;
        }
        self.last += 1;
        self.selection = if chosen.is_empty() { 0 } else { self.last };
        self.chosen = chosen;
        true
    }

    /// How many calls must import a package.
    fn least_calls(&self) -> u64 {
        self.calls / ONE_IN
    }

    /// For the view. `loaded`: what the present zygote has.
    pub fn lines(&self, language: Language, setting: &str, loaded: &[Modules]) -> Vec<ImportLine> {
        let mut names: Vec<&str> = self.packages.keys().map(String::as_str).collect();
        let others = loaded
            .iter()
            .chain(&self.chosen)
            .map(|modules| modules[0].as_str());
        names.extend(others.filter(|name| !self.packages.contains_key(*name)));
        names.sort_unstable();
        names.dedup();
        let line = |name: &str| {
            let known = self.packages.get(name);
            let preloaded = loaded.iter().find(|modules| modules[0] == name);
            let note = match preloaded {
                Some(modules) => modules[1..].join(", "),
                None => self.why_not(name, setting),
            };
            ImportLine {
                language,
                module: name.to_owned(),
                calls: known.map_or(0, |package| package.calls),
                microseconds: known.map_or(0, |package| micros(package.cost())),
                is_preloaded: preloaded.is_some(),
                memory: known.and_then(|package| package.bytes),
                note,
            }
        };
        names.into_iter().map(line).collect()
    }

    /// Why it is not preloaded.
    fn why_not(&self, name: &str, setting: &str) -> String {
        let known = self.packages.get(name);
        if let Some(problem) = known.and_then(|package| package.problem.as_ref()) {
            return problem.clone();
        }
        if self.chosen.iter().any(|modules| modules[0] == name) {
            return "the next zygote preloads it".to_owned();
        }
        match &self.setting {
            Preload::Modules(named) if named.is_empty() => format!("{setting} is empty"),
            Preload::Modules(_) => format!("{setting} does not name it"),
            Preload::Auto if known.is_none_or(|package| package.cost() < WORTHWHILE) => {
                format!("importing it takes less than {} ms", WORTHWHILE.as_millis())
            }
            Preload::Auto if known.is_none_or(|package| package.weight() < self.least_calls()) => {
                format!("less than one call in {ONE_IN} imports it")
            }
            Preload::Auto if !choice::fits(&self.packages, self.least_calls(), self.room, name) => {
                "launchpad.preload_memory has no room for it".to_owned()
            }
            Preload::Auto => "calls have not yet lost enough time by importing it".to_owned(),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
