//! A satellite's processes: all below its init.

use super::proc::Processes;
use crate::load::Load;

/// More processes than a satellite can have; if one has them after all, the rest is not counted.
pub(super) const MOST_PROCESSES: usize = 1100;

/// Looks for those that were born while others were stopped: who is stopped forks no more.
const ROUNDS: u32 = 8;

/// Their numbers; None if they cannot be seen.
fn members(processes: &impl Processes, init: u32) -> Option<Vec<u32>> {
    let mut all = processes.children(init)?;
    let mut looked_at = 0;
    while let Some(&process) = all.get(looked_at) {
        if all.len() >= MOST_PROCESSES {
            break;
        }
        all.extend(processes.children(process).unwrap_or_default());
        looked_at += 1;
    }
    all.truncate(MOST_PROCESSES);
    Some(all)
}

/// Likewise, the init first.
pub(super) fn with_init(processes: &impl Processes, init: u32) -> Vec<u32> {
    let mut all = vec![init];
    all.extend(members(processes, init).unwrap_or_default());
    all
}

/// What they have together; None if they cannot be seen. `shared`: bytes that the first of them had
/// before the request, which all that it forks share: counted once.
pub(super) fn load(processes: &impl Processes, init: u32, shared: u64) -> Option<Load> {
    let all = members(processes, init)?;
    let mut load = processor(processes, init, &all);
    let seen: Vec<_> = all
        .iter()
        .filter_map(|process| processes.memory(*process))
        .collect();
    // One that has just ended is missing; if all are, they are hidden.
    if seen.is_empty() && !all.is_empty() {
        return None;
    }
    let own = seen.iter().map(|memory| memory.now.saturating_sub(shared));
    let common = seen.iter().map(|memory| memory.now).max();
    let common = common.map_or(0, |most| shared.min(most));
    load.memory = own.fold(common, u64::saturating_add);
    load.max_rss = seen.iter().map(|memory| memory.peak).max().unwrap_or(0) / 1024;
    Some(load)
}

/// Only processor time and how many they are.
pub(super) fn time(processes: &impl Processes, init: u32) -> Load {
    let all = members(processes, init).unwrap_or_default();
    processor(processes, init, &all)
}

/// Those that have ended count for whom they were reaped by, at last the init.
fn processor(processes: &impl Processes, init: u32, all: &[u32]) -> Load {
    let mut load = Load::default();
    for process in all {
        if let Some(stat) = processes.stat(*process) {
            load.user = load.user.saturating_add(stat.user);
            load.system = load.system.saturating_add(stat.system);
            load.processes = load.processes.saturating_add(stat.threads);
        }
    }
    if let Some(stat) = processes.stat(init) {
        load.user = load.user.saturating_add(stat.user);
        load.system = load.system.saturating_add(stat.system);
    }
    load
}

/// Stops all of them.
pub(super) fn stop(processes: &impl Processes, init: u32) {
    for _ in 0..ROUNDS {
        let runs = |process: &u32| {
            processes
                .stat(*process)
                .is_some_and(|stat| !stat.is_stopped)
        };
        let all = members(processes, init).unwrap_or_default();
        let running: Vec<_> = all.into_iter().filter(runs).collect();
        if running.is_empty() {
            return;
        }
        for process in running {
            processes.hold(init, process, true);
        }
    }
}

/// Lets all of them go on.
pub(super) fn resume(processes: &impl Processes, init: u32) {
    for process in members(processes, init).unwrap_or_default() {
        processes.hold(init, process, false);
    }
}
