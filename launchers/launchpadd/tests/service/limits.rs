//! Processes, processors and pools, where no cgroup bounds them.

use crate::backend::{Backend, counted_apart, launch};
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::launch::{Ending, Launch, Limits, Refusal, State, ToBackend};
use launchpad_protocol::pool::Pool;
use launchpad_protocol::processors::Processors;
use std::time::{Duration, Instant};

fn limited(request: u64, limits: impl FnOnce(&mut Limits)) -> Launch {
    let mut launch = launch(request);
    limits(&mut launch.limits);
    launch
}

fn in_pool(mut launch: Launch, limits: impl FnOnce(&mut Pool)) -> Launch {
    launch.pool.name = "p".to_owned();
    limits(&mut launch.pool);
    launch
}

/// Asks, waits until the script has begun.
fn running(launchpad: &Launchpad, launch: Launch, what: &str) -> Backend {
    let mut backend = launchpad.connect();
    backend.launch(launch, what);
    backend.assigned();
    assert_eq!(backend.line(4), "hanging\n");
    backend
}

/// The requests whose scripts run.
fn requests(launchpad: &Launchpad) -> Vec<u64> {
    let lines = launchpad.connect().list();
    let running = lines.iter().filter(|line| line.state == State::Running);
    let mut requests: Vec<_> = running.filter_map(|line| line.request).collect();
    requests.sort_unstable();
    requests
}

/// Microseconds of processor time that all running satellites have used.
fn worked(launchpad: &Launchpad) -> u64 {
    let lines = launchpad.connect().list();
    let running = lines.iter().filter(|line| line.state == State::Running);
    running.map(|line| line.cpu.unwrap()).sum()
}

#[test]
fn more_processes_than_it_may_have() {
    let launchpad = Launchpad::new(0, 2);
    let eight = |request| limited(request, |limits| limits.processes = 8);
    let _modest = running(&launchpad, eight(1), "children 7 1");
    let mut many = launchpad.connect();
    many.launch(eight(2), "children 8 1");
    many.assigned();
    let ended = many.ended();
    assert_eq!(ended.how, Ending::TooManyProcesses { used: 9 });
    assert!(ended.usage.max_rss > 1024, "{ended:?}");
    assert_eq!(requests(&launchpad), [1]);
    let lines = launchpad.connect().list();
    let modest = lines.iter().find(|line| line.request == Some(1)).unwrap();
    assert!(modest.memory > Some(8 << 20), "{modest:?}");
}

#[test]
fn who_works_too_much_is_slowed_down() {
    let launchpad = Launchpad::new(1, 1);
    let launch = limited(1, |limits| limits.cpu = 30);
    let began = Instant::now();
    let spinning = running(&launchpad, launch, "spin 2");
    std::thread::sleep(Duration::from_secs(3));
    let (worked, elapsed) = (worked(&launchpad), began.elapsed());
    // The burst, and what both do until they are stopped, on a machine that is busy as well.
    let most = elapsed.as_micros() as u64 * 3 / 10 + 1_000_000;
    assert!(worked < most, "{worked} of {elapsed:?}");
    // A little more than it had used before.
    assert!(worked > 300_000, "{worked} of {elapsed:?}");
    // Stopped or not, it ends with its call.
    drop(spinning);
    eventually("nobody runs", || {
        let lines = launchpad.connect().list();
        lines.iter().all(|line| line.request.is_none())
    });
}

#[test]
fn one_that_is_woken_is_ended() {
    let launchpad = Launchpad::behaving("wake", 0, 1);
    let launch = limited(1, |limits| limits.cpu = 10);
    let stubborn = running(&launchpad, launch, "wake");
    let Ending::TooMuchProcessor { used } = stubborn.ended().how else {
        panic!("not ended for its work");
    };
    assert!((15..=110).contains(&used), "{used}");
}

#[test]
fn of_a_pool_the_one_with_most_memory_is_ended() {
    let launchpad = Launchpad::new(0, 3);
    let of_pool = |request| in_pool(counted_apart(request), |pool| pool.memory = 350 << 20);
    let _less = running(&launchpad, of_pool(1), "children 2 40");
    let _other = running(&launchpad, counted_apart(2), "children 8 40");
    let mut more = launchpad.connect();
    more.launch(of_pool(3), "children 8 40");
    more.assigned();
    let Ending::PoolOutOfMemory { used, limit } = more.ended().how else {
        panic!("not ended for its pool's memory");
    };
    assert_eq!(limit, 350 << 20);
    assert!(used > limit, "{used}");
    assert_eq!(requests(&launchpad), [1, 2]);
}

#[test]
fn of_a_pool_the_one_with_most_processes_is_ended() {
    let launchpad = Launchpad::new(0, 2);
    let _less = running(&launchpad, in_pool(launch(1), |_| {}), "children 5 1");
    // The latest definition holds for those that run as well.
    let mut more = launchpad.connect();
    let twelve = in_pool(launch(2), |pool| pool.processes = 12);
    more.launch(twelve, "children 7 1");
    more.assigned();
    let how = more.ended().how;
    let (used, limit) = (14, 12);
    assert_eq!(how, Ending::PoolTooManyProcesses { used, limit });
}

#[test]
fn a_pool_is_slowed_down_together() {
    let launchpad = Launchpad::new(2, 2);
    let of_pool = |request| in_pool(launch(request), |pool| pool.cpu = 40);
    let began = Instant::now();
    let _one = running(&launchpad, of_pool(1), "spin 1");
    let _two = running(&launchpad, of_pool(2), "spin 1");
    std::thread::sleep(Duration::from_secs(3));
    let (worked, elapsed) = (worked(&launchpad), began.elapsed());
    let most = elapsed.as_micros() as u64 * 4 / 10 + 1_000_000;
    assert!(worked < most, "{worked} of {elapsed:?}");
}

#[test]
fn on_its_processors_only() {
    let launchpad = Launchpad::new(0, 1);
    let report = |launch| {
        let mut backend = launchpad.connect();
        backend.launch(launch, "report-affinity");
        backend.assigned();
        let line = backend.line(4);
        assert_eq!(backend.ended().how, Ending::Exited(0));
        line.trim().to_owned()
    };
    let all = report(launch(1));
    let first = all.split(' ').next().unwrap();
    let mut processors = Processors::parse(first).unwrap();
    // What is not there does not matter beside one that is.
    processors.add(Processors::MOST - 1);
    let one = limited(2, |limits| limits.processors = processors);
    assert_eq!(report(one), first);
}

#[test]
fn processors_that_are_not_there_are_refused() {
    let launchpad = Launchpad::new(0, 1);
    let mut backend = launchpad.connect();
    let mut none = Processors::default();
    none.add(Processors::MOST - 1);
    let launch = limited(1, |limits| limits.processors = none);
    backend.launch(launch, "exit 0");
    let Some(ToBackend::Refused(Refusal::SandboxRefused { step, reason })) = backend.hear() else {
        panic!("not refused");
    };
    assert_eq!(step, "processors");
    assert!(reason.contains("none of the CPUs 1023"), "{reason}");
}
