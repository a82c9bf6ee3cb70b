//! A satellite's processes: all below its init.

use super::kernel;
use super::proc::Processes;
use crate::enforce::{Load, Network};

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

/// What they have together; None if they cannot be seen. Each counts with all that it has: whether it
/// shares pages with its parent or has written to them since, the kernel does not tell.
pub(super) fn load(processes: &impl Processes, init: u32, network: Network) -> Option<Load> {
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
    let own = seen.iter().map(|memory| memory.now);
    load.memory = own.fold(kept(processes, init, network, &all), u64::saturating_add);
    load.max_rss = seen.iter().map(|memory| memory.peak).max().unwrap_or(0) / 1024;
    Some(load)
}

/// Bytes that the kernel keeps for them.
fn kept(processes: &impl Processes, init: u32, network: Network, all: &[u32]) -> u64 {
    let descriptors = all
        .iter()
        .filter_map(|process| processes.descriptors(*process))
        .fold(0, u64::saturating_add);
    let sockets = match network {
        Network::Own => processes.sockets(init).unwrap_or(0),
        // Any of the descriptors may be a socket.
        Network::Shared => descriptors,
    };
    kernel::bytes(descriptors, sockets)
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
