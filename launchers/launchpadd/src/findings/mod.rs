//! The rows of `launchpad.check()` that launchpadd knows: the host first, then the limits, then each
//! language. Pure.
//!
//! What a working installation needs is `failed` where it is not there, and so is a limit that is set and
//! that the kernel does not enforce; what only makes it safer is `missing`, with what to do about it.
//! Nothing that is missing is left out.

mod host;
mod layers;
mod limits;
#[cfg(test)]
mod tests;

use crate::host::{Host, cgroup};
use crate::roster::Health;
use launchpad_protocol::check::{Finding, Standing};
use launchpad_protocol::cut;
use launchpad_protocol::inventory::Inventory;
use launchpad_protocol::launch::{Language, Refusal};
use launchpad_protocol::policy::{Policy, Sandbox};
use launchpad_protocol::supervisor::Settings;
use launchpad_sandbox::audit::Own;
use std::path::{Path, PathBuf};

/// Bytes of a text in a row: two of them must fit a packet.
const MAX_TEXT: usize = 4096;

/// What a satellite was to be like, what it said it has, and how these differ.
pub struct Seen {
    pub policy: Policy,
    /// The folder of its cgroup.
    pub group: Option<PathBuf>,
    pub inventory: Inventory,
    pub differences: Vec<String>,
}

pub struct Environment<'a> {
    pub language: Language,
    pub health: Health,
    /// Its interpreter and main packages with their versions, as the zygote says; empty before there
    /// is one.
    pub versions: &'a str,
    /// The latest satellite's.
    pub seen: Option<&'a Seen>,
}

/// The satellites' cgroups.
pub struct Groups<'a> {
    pub folder: &'a Path,
    pub processors: cgroup::Processors,
}

/// Of work folders.
pub struct Place<'a> {
    pub folder: &'a Path,
    /// Bytes that its file system could still give, if that is known.
    pub available: Option<u64>,
}

pub struct Situation<'a> {
    pub settings: &'a Settings,
    pub host: &'a Host,
    /// Where satellites have cgroups.
    pub cgroup: Result<Groups<'a>, &'a cgroup::Lack>,
    /// Where the container sandbox has its work folders, or why it has none.
    pub work: Result<Place<'a>, String>,
    /// Bytes of memory and swap that the host could still give, if that is known.
    pub available: Option<u64>,
    /// Whether a running satellite's processes could not be seen.
    pub is_blind: bool,
    /// Whether a pool has a limit that, without a cgroup, is only measured.
    pub pools_are_limited: bool,
    /// launchpadd's own namespaces.
    pub own: &'a Own,
    pub environments: &'a [Environment<'a>],
}

pub fn of(situation: &Situation<'_>) -> Vec<Finding> {
    let mut findings = host::of(situation);
    findings.extend(limits::of(situation));
    for environment in situation.environments {
        findings.push(environment_of(environment));
        if environment.health != Health::NotOffered {
            findings.extend(layers::of(situation, environment));
        }
    }
    findings
}

fn environment_of(environment: &Environment<'_>) -> Finding {
    let name = environment.language.name();
    let setting = environment.language.setting();
    let row = |state, found: &str, advice: &str| {
        finding(&format!("{name}: environment"), state, found, advice)
    };
    match &environment.health {
        Health::NotOffered => row(
            Standing::Missing,
            &format!("{setting} is empty: scripts in {name} are refused"),
            &format!("set {setting} to the program's path and reload the configuration"),
        ),
        Health::Starting => row(Standing::Ok, "starting", ""),
        Health::Slow => row(
            Standing::Failed,
            "its program was started and is not loaded yet",
            &format!("if that lasts, {setting} names a program that hangs"),
        ),
        Health::Loaded => row(
            Standing::Ok,
            &format!("{}; no satellite has been made yet", environment.versions),
            "",
        ),
        Health::Proven => row(
            Standing::Ok,
            &format!("ready: {}", environment.versions),
            "",
        ),
        Health::Broken(Refusal::SandboxRefused { step, reason }) => row(
            Standing::Failed,
            &format!("the sandbox is refused at step \"{step}\": {reason}"),
            "see the rows about the host",
        ),
        Health::Broken(Refusal::NoDescriptors { reason }) => row(
            Standing::Failed,
            &format!("no file descriptors are left: {reason}"),
            "raise the limit of open files of the server's processes (ulimit -n, LimitNOFILE)",
        ),
        Health::Broken(Refusal::EnvironmentBroken { reason, .. }) => row(
            Standing::Failed,
            reason,
            &format!(
                "set {setting} to an interpreter with the required packages: see Installation in the manual"
            ),
        ),
        Health::Broken(_) => row(
            Standing::Failed,
            "calls are refused",
            "the server log shows why",
        ),
    }
}

fn finding(what: &str, state: Standing, found: &str, advice: &str) -> Finding {
    Finding {
        what: what.to_owned(),
        state,
        found: cut(found, MAX_TEXT).to_owned(),
        advice: cut(advice, MAX_TEXT).to_owned(),
    }
}

/// Ok, or what the lack of a layer means under this setting.
fn demanded(there: bool, by: Sandbox, present: Sandbox) -> Standing {
    match (there, by == present) {
        (true, _) => Standing::Ok,
        (false, true) => Standing::Failed,
        (false, false) => Standing::Missing,
    }
}
