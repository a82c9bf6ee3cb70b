//! By what the limits of satellites and pools are enforced. A limit that is set and only measured can be
//! passed between two looks: that is `failed`. The processor's is not among them: who owes is stopped.

use super::{Situation, finding};
use launchpad_protocol::check::{Finding, Standing};
use launchpad_protocol::policy::Sandbox;

pub(super) fn of(situation: &Situation<'_>) -> Vec<Finding> {
    vec![
        memory(situation),
        processor(situation),
        processes(situation),
        pools(situation),
    ]
}

/// Of a script's processes together: always set.
fn memory(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "limits: memory";
    match &situation.cgroup {
        Ok(groups) => {
            let found = format!("cgroups in {}", groups.folder.display());
            finding(WHAT, Standing::Ok, &found, "")
        }
        Err(lack) if situation.is_blind => finding(
            WHAT,
            Standing::Failed,
            &format!("not even measured, /proc hides the processes; {lack}"),
            &format!("{}; or mount /proc without hidepid", lack.advice()),
        ),
        Err(lack) => finding(
            WHAT,
            Standing::Failed,
            &format!("measured five times a second; {lack}"),
            lack.advice(),
        ),
    }
}

fn processor(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "limits: CPU";
    let slowed = |lack: &str, advice: &str| {
        let found = format!("measured twenty times a second, throttled by signals; {lack}");
        finding(WHAT, Standing::Missing, &found, advice)
    };
    match &situation.cgroup {
        Ok(groups) if groups.processors.time && groups.processors.choice => {
            finding(WHAT, Standing::Ok, "cgroups", "")
        }
        // The script's own set of processors does as well.
        Ok(groups) if groups.processors.time => finding(
            WHAT,
            Standing::Ok,
            "cgroups, and the processes' CPU lists",
            "",
        ),
        Ok(groups) => slowed(
            &format!(
                "{} does not have the controller cpu",
                groups.folder.display()
            ),
            "Delegate=yes in the server's systemd unit, or at least cpu, memory and pids; then restart it",
        ),
        Err(lack) => slowed(&lack.to_string(), lack.advice()),
    }
}

fn processes(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "limits: processes";
    match (&situation.cgroup, situation.settings.sandbox) {
        (Ok(_), Sandbox::Strict) => {
            let found = "resource limits and cgroups";
            finding(WHAT, Standing::Ok, found, "")
        }
        (Ok(_), Sandbox::Container) => finding(WHAT, Standing::Ok, "cgroups", ""),
        (Err(_), Sandbox::Strict) => finding(WHAT, Standing::Ok, "resource limits", ""),
        (Err(lack), Sandbox::Container) => finding(
            WHAT,
            Standing::Failed,
            &format!("measured five times a second; {lack}"),
            &format!("{}; or launchpad.sandbox = strict", lack.advice()),
        ),
    }
}

fn pools(situation: &Situation<'_>) -> Finding {
    const WHAT: &str = "limits: pools";
    match &situation.cgroup {
        Ok(groups) if groups.processors.time => finding(WHAT, Standing::Ok, "cgroups", ""),
        Ok(_) => finding(WHAT, Standing::Ok, "cgroups, and for the CPU, signals", ""),
        Err(lack) => finding(
            WHAT,
            match situation.pools_are_limited {
                true => Standing::Failed,
                false => Standing::Missing,
            },
            &format!("measured five times a second; {lack}"),
            lack.advice(),
        ),
    }
}
