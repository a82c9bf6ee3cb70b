//! Limits that calls share, requests that are cancelled, and what is told of pools and environments.

use crate::backend::{launch, pool_of};
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::VERSION;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{
    Ending, FromBackend, Language, Launch, Refusal, State, ToBackend, Wait,
};

fn in_pool(request: u64, name: &str, most: u32) -> Launch {
    Launch {
        pool: pool_of(name, most),
        ..launch(request)
    }
}

fn as_role(request: u64, role: u32, most: i32) -> Launch {
    Launch {
        role,
        max_satellites_per_role: most,
        ..launch(request)
    }
}

/// What a queued request waits for.
fn waits_for(launchpad: &Launchpad, request: u64) -> Option<Wait> {
    let lines = launchpad.connect().list().into_iter();
    let mut queued = lines.filter(|line| line.state == State::Queued);
    queued.find(|line| line.request == Some(request))?.wait
}

#[test]
fn a_full_pool_waits_and_others_pass() {
    let launchpad = Launchpad::new(2, 8);
    let mut first = launchpad.connect();
    first.launch(in_pool(1, "small", 1), "hang");
    first.assigned();
    let mut second = launchpad.connect();
    second.launch(in_pool(2, "small", 1), "exit 2");
    assert_eq!(second.hear(), Some(ToBackend::Queued));
    assert_eq!(waits_for(&launchpad, 2), Some(Wait::Pool));
    let mut impatient = in_pool(3, "small", 1);
    impatient.queue_timeout = 100;
    let mut third = launchpad.connect();
    third.launch(impatient, "exit 0");
    assert_eq!(third.hear(), Some(ToBackend::Queued));
    let busy = Refusal::Busy {
        wait: Wait::Pool,
        most: 1,
        waiting: 1,
    };
    assert_eq!(third.hear(), Some(ToBackend::Refused(busy)));

    let mut other = launchpad.connect();
    other.launch(in_pool(4, "large", 0), "exit 4");
    other.assigned();
    assert_eq!(other.ended().how, Ending::Exited(4));
    drop(first);
    second.assigned();
    assert_eq!(second.ended().how, Ending::Exited(2));
}

#[test]
fn a_pool_that_is_made_larger_has_room_at_once() {
    let launchpad = Launchpad::new(2, 8);
    let mut calls: Vec<_> = (0..3).map(|_| launchpad.connect()).collect();
    calls[0].launch(in_pool(1, "small", 1), "hang");
    calls[0].assigned();
    calls[1].launch(in_pool(2, "small", 1), "hang");
    assert_eq!(calls[1].hear(), Some(ToBackend::Queued));
    calls[2].launch(in_pool(3, "small", 3), "hang");
    calls[1].assigned();
    calls[2].assigned();
}

#[test]
fn a_role_has_no_more_than_it_may_and_others_pass() {
    let launchpad = Launchpad::new(2, 8);
    let mut first = launchpad.connect();
    first.launch(as_role(1, 10, 1), "hang");
    first.assigned();
    let mut second = launchpad.connect();
    second.launch(as_role(2, 10, 1), "exit 2");
    assert_eq!(second.hear(), Some(ToBackend::Queued));
    assert_eq!(waits_for(&launchpad, 2), Some(Wait::Role));
    let mut other = launchpad.connect();
    other.launch(as_role(3, 20, 1), "exit 3");
    other.assigned();
    assert_eq!(other.ended().how, Ending::Exited(3));
    drop(first);
    second.assigned();
    assert_eq!(second.ended().how, Ending::Exited(2));
}

#[test]
fn a_session_that_holds_a_satellite_is_served_or_refused_at_once() {
    let inside = |request| Launch {
        holds: true,
        ..launch(request)
    };
    let launchpad = Launchpad::new(0, 2);
    let mut outer = launchpad.connect();
    outer.launch(launch(1), "hang");
    outer.assigned();
    // A slot is left: it waits for the fork.
    let mut first = launchpad.connect();
    first.launch(inside(2), "hang");
    first.assigned();
    let mut second = launchpad.connect();
    second.launch(inside(3), "exit 0");
    let refusal = Refusal::Held {
        wait: Wait::Slots,
        most: 2,
    };
    assert_eq!(second.hear(), Some(ToBackend::Refused(refusal)));
    assert_eq!(second.hear(), None);
    // One that holds none queues.
    let mut other = launchpad.connect();
    other.launch(launch(4), "exit 4");
    assert_eq!(other.hear(), Some(ToBackend::Queued));
    drop(first);
    other.assigned();
    assert_eq!(other.ended().how, Ending::Exited(4));
}

#[test]
fn a_role_leaves_one_satellite_to_others() {
    let launchpad = Launchpad::new(1, 3);
    let mut greedy: Vec<_> = (0..4).map(|_| launchpad.connect()).collect();
    for (at, call) in greedy.iter_mut().enumerate() {
        call.launch(as_role(1 + at as u64, 10, -1), "hang");
        if at < 2 {
            call.assigned();
        }
    }
    for call in &greedy[2..] {
        assert_eq!(call.hear(), Some(ToBackend::Queued));
    }
    assert_eq!(waits_for(&launchpad, 4), Some(Wait::Role));
    let mut other = launchpad.connect();
    other.launch(as_role(9, 20, -1), "exit 9");
    other.assigned();
    assert_eq!(other.ended().how, Ending::Exited(9));
}

#[test]
fn a_queued_request_is_cancelled() {
    let launchpad = Launchpad::new(1, 1);
    let mut first = launchpad.connect();
    first.launch(launch(1), "hang");
    first.assigned();
    let mut second = launchpad.connect();
    second.launch(launch(2), "exit 0");
    assert_eq!(second.hear(), Some(ToBackend::Queued));
    let other = launchpad.connect();
    assert!(other.cancel(2));
    assert_eq!(second.hear(), Some(ToBackend::Refused(Refusal::Cancelled)));
    assert_eq!(second.hear(), None);
    // The connection is there for more questions, and there is no such request any more.
    assert!(!other.cancel(2));
    assert!(!other.cancel(77));
    let lines = other.list();
    let running = lines.iter().filter(|line| line.state == State::Running);
    assert_eq!(running.count(), 1);
}

#[test]
fn a_running_request_is_cancelled() {
    let launchpad = Launchpad::new(0, 1);
    let mut first = launchpad.connect();
    first.launch(launch(1), "hang");
    let satellite = first.assigned();
    let mut second = launchpad.connect();
    second.launch(launch(2), "exit 2");
    assert_eq!(second.hear(), Some(ToBackend::Queued));
    assert!(launchpad.connect().cancel(1));
    assert_eq!(first.ended().how, Ending::Cancelled);
    assert!(!launchpad.connect().cancel(1));
    // Its slot is free, and its processes are gone.
    second.assigned();
    assert_eq!(second.ended().how, Ending::Exited(2));
    eventually("its end", || !launchpad.offspring().contains(&satellite));
}

#[test]
fn the_view_of_pools_counts() {
    let launchpad = Launchpad::new(1, 4);
    let viewer = launchpad.connect();
    assert!(viewer.pools().is_empty());
    let mut done = launchpad.connect();
    done.launch(in_pool(1, "reports", 2), "exit 0");
    done.assigned();
    done.ended();
    eventually("a free slot", || viewer.pools()[0].running == 0);
    let mut calls: Vec<_> = (0..3).map(|_| launchpad.connect()).collect();
    for (at, call) in calls.iter_mut().enumerate() {
        call.launch(in_pool(2 + at as u64, "reports", 2), "hang");
        if at < 2 {
            call.assigned();
        }
    }
    assert_eq!(calls[2].hear(), Some(ToBackend::Queued));
    let lines = viewer.pools();
    let [line] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(line.pool, pool_of("reports", 2));
    assert_eq!((line.running, line.queued), (2, 1));
    assert_eq!((line.peak_running, line.peak_queued), (2, 1));
    assert_eq!(line.calls, 3);
    assert!(line.cpu_user + line.cpu_system > 0);
    assert!(line.since > 0);
    let satellites = viewer.list();
    let pools = satellites.iter().filter_map(|line| line.pool.as_deref());
    assert_eq!(pools.collect::<Vec<_>>(), ["reports"; 3]);
}

#[test]
fn a_call_is_told_whether_its_satellite_was_ready() {
    for warm in [0, 1] {
        let launchpad = Launchpad::new(warm, 4);
        eventually("warm ones", || {
            let lines = launchpad.connect().list().into_iter();
            lines.filter(|line| line.state == State::Warm).count() == warm as usize
        });
        let mut backend = launchpad.connect();
        backend.launch(launch(1), "exit 0");
        loop {
            match backend.hear() {
                Some(ToBackend::Queued) => {}
                Some(ToBackend::Assigned { warm: was, .. }) => break assert_eq!(was, warm > 0),
                other => panic!("not assigned: {other:?}"),
            }
        }
    }
}

/// The view of environments: (language, state, description), and each one's packages.
fn environments(launchpad: &Launchpad) -> Vec<(Language, String, String, Vec<String>)> {
    let question = FromBackend::Environments { version: VERSION };
    let mut all: Vec<(_, _, _, Vec<String>)> = Vec::new();
    for message in launchpad.connect().ask(&question) {
        match message {
            ToBackend::Environment(line) => {
                all.push((
                    line.environment.language,
                    line.state,
                    line.description,
                    Vec::new(),
                ));
            }
            ToBackend::Package {
                environment,
                name,
                version,
            } => {
                let (of, .., packages) = all.last_mut().unwrap();
                assert_eq!(EnvironmentId::of(*of), environment);
                packages.push(format!("{name} {version}"));
            }
            other => panic!("not an environment: {other:?}"),
        }
    }
    all
}

#[test]
fn the_view_of_environments_tells_states_and_packages() {
    let mut launchpad = Launchpad::new(1, 4);
    let packages = [
        "numpy 1.0",
        "numpy-more 2.1",
        "pandas 1.0",
        "pandas-more 2.1",
    ];
    eventually("packages", || environments(&launchpad)[0].3 == packages);
    let all = environments(&launchpad);
    let of_python = &all[0];
    assert_eq!(
        (of_python.0, &*of_python.1, &*of_python.2),
        (Language::PYTHON, "ready", "for tests")
    );
    let nothing = (Language::R, "not offered".into(), String::new(), vec![]);
    assert_eq!(all[1..], [nothing]);

    launchpad.offer(Language::PYTHON, "/no/such/python");
    launchpad.configure();
    eventually("a failure", || environments(&launchpad)[0].1 == "failed");
    let all = environments(&launchpad);
    assert!(all[0].2.contains("cannot execute"), "{}", all[0].2);
}

#[test]
fn a_pool_without_a_proper_name_is_a_bad_request() {
    let launchpad = Launchpad::new(1, 4);
    for name in [String::new(), "x".repeat(190)] {
        let mut backend = launchpad.connect();
        backend.launch(in_pool(1, &name, 0), "exit 0");
        assert_eq!(
            backend.hear(),
            Some(ToBackend::Refused(Refusal::BadRequest))
        );
    }
}
