//! What a zygote preloads: package by package, each looked at from outside before the next.

use super::Zygote;
use super::inspection::Inspection;
use crate::imports::Modules;
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::zygote::{Problem, ToZygote};
use launchpad_protocol::{cut, encode_packet};
use std::collections::VecDeque;

/// Bytes of what a zygote says is the matter with a package.
const MAX_PROBLEM: usize = 500;

/// Of one zygote.
#[derive(Debug, Default)]
pub struct Preloading {
    left: VecDeque<Modules>,
    /// What it has been asked for and has not answered.
    current: Option<Modules>,
    /// Memory before the first, once it is known, and before the present one.
    base: Option<Memory>,
    before: Memory,
    /// What it has.
    pub loaded: Vec<Modules>,
    /// Bytes that it has mapped for them, which count as none of a script's.
    pub mapped: u64,
}

/// A process's own, in bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    /// In RAM.
    resident: u64,
    /// Mapped to be written.
    mapped: u64,
}

/// What follows from a zygote's answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A package is there and takes so many bytes, if there was one; it goes on with the next one.
    GoesOn { package: Option<(String, u64)> },
    /// There is no such package; it goes on with the next one.
    Absent { package: String, problem: String },
    /// The package is why this zygote must not be used.
    Drop { package: String, problem: String },
    /// It has answered what nobody asked.
    Unasked,
}

impl Preloading {
    pub fn new(modules: &[Modules]) -> Self {
        Preloading {
            left: modules.iter().cloned().collect(),
            ..Preloading::default()
        }
    }

    /// What it has, by the packages' names.
    pub fn names(&self) -> String {
        let names: Vec<_> = self
            .loaded
            .iter()
            .map(|modules| modules[0].as_str())
            .collect();
        names.join(", ")
    }

    /// The package that it is importing.
    pub fn package(&self) -> Option<&str> {
        let modules = self.current.as_ref()?;
        modules.first().map(String::as_str)
    }
}

impl Zygote {
    /// The zygote has loaded what every script needs, or else what it was asked for. `room`: bytes that all it preloads may take.
    pub fn preloaded(&mut self, problem: Option<Problem>, sandbox: Sandbox, room: u64) -> Next {
        let found = self.itself.as_ref();
        let Some(found) = found.map(|(number, pidfd)| Inspection::of(*number, pidfd.as_ref()))
        else {
            return Next::Unasked;
        };
        let memory = Memory {
            resident: found.bytes("RssAnon"),
            mapped: found.bytes("VmData"),
        };
        let preloading = &mut self.preloading;
        let Some(base) = preloading.base else {
            // What is the matter with it now is not for want of anything that is preloaded.
            preloading.base = Some(memory);
            return self.go_on(memory, None);
        };
        let Some(modules) = preloading.current.take() else {
            return Next::Unasked;
        };
        let package = modules.first().cloned().unwrap_or_default();
        let is_absent = problem.as_ref().is_some_and(|problem| problem.is_absent);
        let problem =
            problem.map(|problem| cut(&problem.text, MAX_PROBLEM).replace(char::is_control, " "));
        let takes = memory.resident.saturating_sub(base.resident);
        let too_much = (takes > room).then(|| {
            format!(
                "with it a zygote takes {} MB more, and launchpad.preload_memory is {} MB",
                takes >> 20,
                room >> 20
            )
        });
        let differences =
            || Some(found.differences(sandbox).join("; ")).filter(|all| !all.is_empty());
        match (problem, differences().or(too_much)) {
            // It is as it was before.
            (Some(problem), None) if is_absent => {
                self.go_on(memory, None);
                return Next::Absent { package, problem };
            }
            (Some(problem), _) | (None, Some(problem)) => return Next::Drop { package, problem },
            (None, None) => {}
        }
        let preloading = &mut self.preloading;
        preloading.loaded.push(modules);
        preloading.mapped = memory.mapped.saturating_sub(base.mapped);
        let bytes = memory.resident.saturating_sub(preloading.before.resident);
        self.go_on(memory, Some((package, bytes)))
    }

    fn go_on(&mut self, memory: Memory, package: Option<(String, u64)>) -> Next {
        let preloading = &mut self.preloading;
        preloading.before = memory;
        preloading.current = preloading.left.pop_front();
        let message = match &preloading.current {
            Some(modules) => ToZygote::Preload(modules.clone()),
            None => ToZygote::Loaded,
        };
        // One that cannot be told has ended, or is about to be late.
        if let Ok(packet) = encode_packet(&message) {
            let _ = self.channel.try_send(&packet, &[]);
        }
        Next::GoesOn { package }
    }
}
