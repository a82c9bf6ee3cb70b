//! Processes that are killed or vanish.

use crate::backend::launch;
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::launch::{Ending, Launch, State, ToBackend};
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap());
    signal::kill(pid, Signal::SIGKILL).unwrap();
}

#[test]
fn a_backend_that_goes_takes_its_satellite_along() {
    let launchpad = Launchpad::new(0, 4);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "hang");
    backend.assigned();
    assert_eq!(backend.line(4), "hanging\n");
    drop(backend);
    // Only the zygote is left.
    eventually("the satellite's end", || launchpad.offspring().len() == 1);
    eventually("its slot", || launchpad.connect().list().is_empty());
}

#[test]
fn a_killed_init_is_an_end() {
    let launchpad = Launchpad::new(1, 4);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "hang");
    kill(backend.assigned());
    assert_eq!(backend.ended().how, Ending::Killed);
}

#[test]
fn an_init_that_lingers_is_killed() {
    let launchpad = Launchpad::new(0, 1);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "linger");
    backend.assigned();
    assert_eq!(backend.ended().how, Ending::Exited(77));
    // It holds the only slot.
    let mut next = launchpad.connect();
    next.launch(launch(2), "exit 0");
    next.assigned();
    assert_eq!(next.ended().how, Ending::Exited(0));
}

#[test]
fn a_killed_zygote_is_replaced_and_running_satellites_finish() {
    let launchpad = Launchpad::new(1, 8);
    for round in 0..5 {
        let mut running = launchpad.connect();
        running.launch(launch(round), "hang");
        let satellite = running.assigned();
        assert_eq!(running.line(4), "hanging\n");
        let old = launchpad.zygote();
        kill(old);
        let mut next = launchpad.connect();
        next.launch(launch(100), "exit 0");
        next.assigned();
        assert_eq!(next.ended().how, Ending::Exited(0));
        eventually("another zygote", || launchpad.zygote() != old);
        assert!(launchpad.offspring().contains(&satellite));
        drop(running);
        // The new one has shown that it can fork.
        let mut proof = launchpad.connect();
        proof.launch(launch(200), "exit 0");
        proof.assigned();
        proof.ended();
    }
}

/// Real-time signals have numbers, and no names.
#[test]
fn a_keeper_that_a_real_time_signal_ends_is_replaced() {
    let launchpad = Launchpad::new(0, 1);
    let call = || {
        let mut backend = launchpad.connect();
        backend.launch(launch(1), "exit 0");
        backend.assigned();
        assert_eq!(backend.ended().how, Ending::Exited(0));
    };
    // It has shown that it can fork.
    call();
    let old = launchpad.zygote();
    let numbers: Vec<_> = launchpad.children().map(|pid| pid.to_string()).collect();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "kill -40 \"$@\"", "sh"]).args(numbers);
    assert!(command.status().unwrap().success());
    eventually("its end", || !launchpad.offspring().contains(&old));
    call();
    assert_ne!(launchpad.zygote(), old);
}

#[test]
fn killed_warm_satellites_are_replaced() {
    let launchpad = Launchpad::new(2, 4);
    let viewer = launchpad.connect();
    let warm = || {
        let lines = viewer.list().into_iter();
        let warm = lines.filter(|line| line.state == State::Warm);
        warm.filter_map(|line| line.satellite).collect::<Vec<_>>()
    };
    for _ in 0..3 {
        eventually("two warm ones", || warm().len() == 2);
        let old = warm();
        old.iter().copied().for_each(kill);
        eventually("two others", || {
            let now = warm();
            now.len() == 2 && now.iter().all(|pid| !old.contains(pid))
        });
    }
}

#[test]
fn signals_are_as_a_fresh_program_has_them() {
    let launchpad = Launchpad::new(0, 1);
    let status = std::fs::read_to_string(format!("/proc/{}/status", launchpad.pid())).unwrap();
    let mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
    };
    // Nothing but SIGPIPE, number 13; SIGTERM and SIGUSR2 were ignored at its start. Numbers 32 and
    // 33 are the C library's own and cannot be set.
    let ours = !(0b11 << 31);
    assert_eq!((mask("SigBlk:"), mask("SigIgn:") & ours), (0, 1 << 12));
}

#[test]
fn the_supervisors_end_is_everybodys() {
    let mut launchpad = Launchpad::new(2, 4);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "hang");
    backend.assigned();
    launchpad.orphan();
    assert_eq!(backend.hear(), None);
    let (status, _) = launchpad.end();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn launchpadds_end_is_everybodys() {
    let mut launchpad = Launchpad::new(2, 4);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "hang");
    backend.assigned();
    assert_eq!(backend.line(4), "hanging\n");
    launchpad.process.kill().unwrap();
    assert_eq!(backend.hear(), None);
    launchpad.end();
}

#[test]
fn a_supervisor_that_talks_nonsense_ends_the_service() {
    let mut launchpad = Launchpad::new(0, 1);
    launchpad.say(b"\xff\xff\xff\xff");
    let (status, log) = launchpad.end();
    assert_eq!(status.code(), Some(1));
    assert!(
        log.last().unwrap().starts_with("error: launchpadd ends:"),
        "{log:?}"
    );
}

#[test]
fn a_storm_of_kills_leaves_every_call_answered_and_nothing_behind() {
    let launchpad = Launchpad::new(2, 4);
    let quiet = || {
        let lines = launchpad.connect().list();
        lines.len() == 2 && lines.iter().all(|line| line.state == State::Warm)
    };
    eventually("warm satellites", quiet);
    let before = launchpad.descriptors();
    let answers = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| answers(&launchpad, 60)))
            .collect();
        let mut victim = 0x2545_F491_4F6C_DD1D_u64;
        while callers.iter().any(|caller| !caller.is_finished()) {
            victim = victim.rotate_left(7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let offspring = launchpad.offspring();
            if let Some(pid) = offspring.get(victim as usize % offspring.len().max(1)) {
                let pid = Pid::from_raw(i32::try_from(*pid).unwrap());
                let _ = signal::kill(pid, Signal::SIGKILL);
            }
            sleep(Duration::from_millis(20));
        }
        let counts = callers.into_iter().map(|caller| caller.join().unwrap());
        counts.sum::<usize>()
    });
    assert!(answers > 0, "not one call was served");
    eventually("warm satellites", quiet);
    eventually("descriptors as before", || {
        launchpad.descriptors() <= before
    });
    eventually("five processes", || launchpad.offspring().len() == 5);
    eventually("no zombies", || launchpad.children().count() == 1);
}

#[test]
fn nine_killed_zygotes_make_no_call_fail() {
    for warm in [0, 1] {
        let launchpad = Launchpad::new(warm, 4);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..6)
                .map(|_| {
                    scope.spawn(|| {
                        while !done.load(Ordering::Relaxed) {
                            let mut backend = launchpad.connect();
                            backend.launch(launch(1), "exit 3");
                            backend.assigned();
                            assert_eq!(backend.ended().how, Ending::Exited(3));
                        }
                    })
                })
                .collect();
            for number in 0..9 {
                // Some have forked, some have just started, some are starting.
                sleep(Duration::from_millis(number % 3 * 100));
                let zygote = launchpad.zygote();
                kill(zygote);
                eventually("another zygote", || launchpad.zygote() != zygote);
            }
            done.store(true, Ordering::Relaxed);
            callers
                .into_iter()
                .for_each(|caller| caller.join().unwrap());
        });
    }
}

/// Makes `count` calls, each of which must be answered in time; returns how many were served.
fn answers(launchpad: &Launchpad, count: u64) -> usize {
    let mut served = 0;
    for request in 0..count {
        let mut backend = launchpad.connect();
        // Calls wait for zygotes that are killed, and these are killed all the time.
        let impatient = Launch {
            queue_timeout: 500,
            ..launch(request)
        };
        backend.launch(impatient, "exit 0");
        loop {
            match backend.hear() {
                Some(ToBackend::Queued | ToBackend::Assigned { .. }) => {}
                Some(ToBackend::Ended(_)) => break served += 1,
                Some(ToBackend::Refused(_)) => break sleep(Duration::from_millis(50)),
                other => panic!("{other:?}"),
            }
        }
    }
    served
}
