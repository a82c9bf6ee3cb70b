//! What the host offers.

use super::{Environment, Health, Situation, demanded, finding};
use crate::host::namespaces::Obstacle;
use launchpad_protocol::check::{Finding, Standing};
use launchpad_protocol::launch::Refusal;
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::supervisor::Workers;

/// What to do about a work directory that is unfit.
const ADVICE: &str = "launchpad.work_directory must name a directory that the server's user can write, and \
    nobody else can rename, on another file system than the data directory and pg_wal: a volume, or a tmpfs such \
    as /dev/shm";

/// What to do where a profile of a container, and no setting of the kernel, forbids namespaces or mounts.
const ADVICE_IN_CONTAINERS: &str = "in a container: the seccomp profile docker/seccomp.json, and where \
    AppArmor is in force the profile docker/apparmor; or launchpad.sandbox = container";

/// Those of the sandbox that fail first if it is forbidden.
const STEPS_OF_NAMESPACES: [&str; 4] = ["namespaces", "propagation", "root", "pivot"];

pub(super) fn of(situation: &Situation<'_>) -> Vec<Finding> {
    vec![
        user_namespaces(situation),
        system_calls(situation),
        landlock(situation),
        work(situation),
        space(situation),
        workers(situation),
    ]
}

fn user_namespaces(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "host: user namespaces";
    let sandbox = situation.settings.sandbox;
    let works = situation
        .environments
        .iter()
        .filter_map(|environment| environment.seen)
        .any(|seen| seen.policy.sandbox == Sandbox::Strict);
    let obstacles = &situation.host.namespaces;
    let refused = situation.environments.iter().find_map(refused_namespaces);
    if works || obstacles.is_empty() && refused.is_none() {
        // An AppArmor profile may allow what the setting forbids.
        return finding(WHAT, Standing::Ok, "allowed", "");
    }
    // No setting of the kernel forbids it, as in a container.
    if let (true, Some(reason)) = (obstacles.is_empty(), refused) {
        let state = demanded(false, Sandbox::Strict, sandbox);
        return finding(WHAT, state, reason, ADVICE_IN_CONTAINERS);
    }
    let list =
        |of: fn(&Obstacle) -> String| obstacles.iter().map(of).collect::<Vec<_>>().join(", ");
    finding(
        WHAT,
        demanded(false, Sandbox::Strict, sandbox),
        &list(ToString::to_string),
        &list(Obstacle::advice),
    )
}

/// Why an environment's keeper could make none, or could not mount anything in them.
fn refused_namespaces<'a>(environment: &'a Environment<'_>) -> Option<&'a str> {
    match &environment.health {
        Health::Broken(Refusal::SandboxRefused { step, reason })
            if STEPS_OF_NAMESPACES.contains(&step.as_str()) =>
        {
            Some(reason)
        }
        _ => None,
    }
}

fn system_calls(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "host: system call filter";
    if situation.host.seccomp {
        finding(WHAT, Standing::Ok, "the kernel has it", "")
    } else {
        let advice = "a kernel with CONFIG_SECCOMP_FILTER";
        finding(WHAT, Standing::Failed, "the kernel has none", advice)
    }
}

fn landlock(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "host: Landlock";
    match situation.host.landlock {
        0 => finding(
            WHAT,
            demanded(false, Sandbox::Container, situation.settings.sandbox),
            "the kernel has none, or was booted without",
            "Linux 5.13 or newer, and landlock in the kernel parameter lsm=",
        ),
        version => finding(WHAT, Standing::Ok, &format!("version {version}"), ""),
    }
}

fn work(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "host: work directory";
    match (situation.settings.sandbox, &situation.work) {
        (Sandbox::Strict, _) => finding(
            WHAT,
            Standing::Ok,
            "not needed with launchpad.sandbox = strict",
            "",
        ),
        (Sandbox::Container, Ok(place)) => {
            finding(WHAT, Standing::Ok, &place.folder.display().to_string(), "")
        }
        (Sandbox::Container, Err(reason)) => finding(WHAT, Standing::Failed, reason, ADVICE),
    }
}

/// What scripts write lies in memory, or in the work directory.
fn space(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "host: space for /tmp";
    let settings = situation.settings;
    let is_container = settings.sandbox == Sandbox::Container;
    let environments = settings.environments.iter();
    let offered = environments.filter(|of| of.is_offered()).count() as u64;
    let waiting = offered * u64::from(settings.warm_satellites);
    let satellites = waiting + u64::from(settings.max_satellites);
    let each = settings.allowance.tmp_limit;
    let needed = satellites.saturating_mul(each);
    let megabytes = |bytes: u64| format!("{} MB", bytes >> 20);
    let most = format!(
        "{satellites} satellites can use {} in {}, {} each",
        megabytes(needed),
        if is_container {
            "the work directory"
        } else {
            "memory"
        },
        megabytes(each)
    );
    let (available, beside, more) = match is_container {
        true => {
            let place = situation.work.as_ref().ok();
            (
                place.and_then(|place| place.available),
                "",
                "a larger file system",
            )
        }
        false => (
            situation.available,
            ", swap included",
            "more memory or swap",
        ),
    };
    match available {
        Some(available) if needed > available => finding(
            WHAT,
            Standing::Missing,
            &format!("{most}; {} are free{beside}", megabytes(available)),
            &format!("a lower launchpad.tmp_limit or launchpad.max_satellites, or {more}"),
        ),
        _ => finding(WHAT, Standing::Ok, &most, ""),
    }
}

fn workers(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "host: separate users for satellites";
    let setting = situation.settings.workers;
    let sandbox = situation.settings.sandbox;
    match &situation.host.subordinate {
        _ if sandbox == Sandbox::Container => finding(
            WHAT,
            match setting {
                Workers::On => Standing::Failed,
                Workers::Off | Workers::Auto => Standing::Missing,
            },
            "not possible with launchpad.sandbox = container",
            "launchpad.sandbox = strict, or launchpad.worker_uids = off",
        ),
        Ok(ranges) if setting == Workers::Off => finding(
            WHAT,
            Standing::Missing,
            &format!(
                "{} are available, but launchpad.worker_uids is off",
                ranges.len()
            ),
            "launchpad.worker_uids = auto",
        ),
        Ok(ranges) => finding(
            WHAT,
            Standing::Ok,
            &format!("{} are available", ranges.len()),
            "",
        ),
        Err(lack) => finding(
            WHAT,
            match setting {
                Workers::On => Standing::Failed,
                Workers::Off | Workers::Auto => Standing::Missing,
            },
            &lack.to_string(),
            &lack.advice(),
        ),
    }
}
