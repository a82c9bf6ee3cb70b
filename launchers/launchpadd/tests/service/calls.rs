//! Calls that go as they should, and those that wait.

use crate::backend::launch;
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::launch::Wait;
use launchpad_protocol::launch::{Ending, Refusal, State, ToBackend};
use launchpad_protocol::supervisor::FromLaunchpad;

#[test]
fn a_call_ends_with_its_exit_status() {
    let launchpad = Launchpad::new(1, 4);
    for status in [0, 3, 255] {
        let mut backend = launchpad.connect();
        backend.launch(launch(1), &format!("exit {status}"));
        assert!(backend.assigned() > 1);
        let ended = backend.ended();
        assert_eq!(ended.how, Ending::Exited(status));
        assert!(ended.usage.max_rss > 0);
    }
}

#[test]
fn a_call_ends_with_its_signal() {
    let launchpad = Launchpad::new(0, 4);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "signal 15");
    backend.assigned();
    assert_eq!(backend.ended().how, Ending::Signaled(15));
}

#[test]
fn the_descriptors_arrive_in_their_order() {
    let launchpad = Launchpad::new(1, 4);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "report-fds");
    for (pipe, name) in ["input", "output", "stdout", "stderr", "control"]
        .iter()
        .enumerate()
    {
        assert_eq!(backend.line(pipe), format!("{name}\n"));
        // Nobody else holds the satellite's end: not launchpadd, not its init.
        assert_eq!(backend.line(pipe), "");
    }
    backend.assigned();
    assert_eq!(backend.ended().how, Ending::Exited(0));
}

#[test]
fn requests_beyond_the_limit_wait_in_their_order() {
    let launchpad = Launchpad::new(1, 1);
    let mut first = launchpad.connect();
    first.launch(launch(1), "hang");
    first.assigned();
    let mut second = launchpad.connect();
    second.launch(launch(2), "exit 2");
    assert_eq!(second.hear(), Some(ToBackend::Queued));
    let mut third = launchpad.connect();
    third.launch(launch(3), "exit 3");
    assert_eq!(third.hear(), Some(ToBackend::Queued));

    let running = || {
        let lines = launchpad.connect().list();
        let running = lines.iter().filter(|line| line.state == State::Running);
        running.filter_map(|line| line.request).collect::<Vec<_>>()
    };
    assert_eq!(running(), [1]);
    drop(first);
    second.assigned();
    assert_eq!(second.ended().how, Ending::Exited(2));
    third.assigned();
    assert_eq!(third.ended().how, Ending::Exited(3));
}

#[test]
fn what_an_unfinished_call_used_is_told_to_the_backend_or_the_supervisor() {
    let launchpad = Launchpad::new(0, 4);
    for is_heard in [true, false] {
        let mut backend = launchpad.connect();
        backend.launch(launch(1), "spin 2");
        let satellite = backend.assigned();
        eventually("processor time", || {
            let lines = launchpad.connect().list().into_iter();
            let mut of_it = lines.filter(|line| line.satellite == Some(satellite));
            of_it.any(|line| line.cpu.is_some_and(|cpu| cpu > 100_000))
        });
        let used = if is_heard {
            backend.end_sending();
            let ended = backend.ended();
            assert_eq!(ended.how, Ending::Killed);
            assert!(ended.usage.max_rss > 0);
            ended.usage
        } else {
            drop(backend);
            let Some(FromLaunchpad::Late { account, usage }) = launchpad.hear() else {
                panic!("not a report");
            };
            assert_eq!(account, launch(1).account());
            usage
        };
        assert!(used.user + used.system > 100_000, "{used:?}");
    }
}

#[test]
fn a_request_waits_no_longer_than_it_wants() {
    let launchpad = Launchpad::new(0, 1);
    let mut first = launchpad.connect();
    first.launch(launch(1), "hang");
    first.assigned();
    let mut second = launchpad.connect();
    let mut impatient = launch(2);
    impatient.queue_timeout = 200;
    second.launch(impatient, "exit 0");
    assert_eq!(second.hear(), Some(ToBackend::Queued));
    let busy = Refusal::Busy {
        wait: Wait::Slots,
        most: 1,
        waiting: 0,
    };
    assert_eq!(second.hear(), Some(ToBackend::Refused(busy)));
    assert_eq!(second.hear(), None);
}

#[test]
fn the_view_shows_requests_and_satellites() {
    let launchpad = Launchpad::new(2, 1);
    let mut running = launchpad.connect();
    running.launch(launch(11), "hang");
    let pid = running.assigned();
    let mut queued = launchpad.connect();
    queued.launch(launch(12), "hang");
    assert_eq!(queued.hear(), Some(ToBackend::Queued));
    let viewer = launchpad.connect();
    let mut lines = Vec::new();
    eventually("two warm ones", || {
        lines = viewer.list();
        lines
            .iter()
            .filter(|line| line.state == State::Warm)
            .count()
            == 2
    });
    assert_eq!(lines.len(), 4);
    let of = |state| lines.iter().find(|line| line.state == state).unwrap();
    let line = of(State::Running);
    assert_eq!((line.request, line.satellite), (Some(11), Some(pid)));
    assert_eq!(line.backend, Some(std::process::id()));
    assert_eq!((line.database, line.role), (Some(5), Some(10)));
    assert_eq!(of(State::Queued).request, Some(12));
    assert!(of(State::Warm).request.is_none());
    assert!(of(State::Queued).since >= line.since);
}

#[test]
fn a_data_directory_may_have_a_long_path() {
    let mut launchpad = Launchpad::starting_far_away(1, 4);
    launchpad.configure();
    assert_eq!(launchpad.hear(), Some(FromLaunchpad::Listening));
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "exit 0");
    backend.assigned();
    assert_eq!(backend.ended().how, Ending::Exited(0));
}

#[test]
fn two_hundred_calls_leave_nothing_behind() {
    let launchpad = Launchpad::new(2, 4);
    let quiet = || {
        let lines = launchpad.connect().list();
        lines.len() == 2 && lines.iter().all(|line| line.state == State::Warm)
    };
    eventually("warm satellites", quiet);
    let before = launchpad.descriptors();
    for round in 0..20 {
        let mut backends: Vec<_> = (0..10).map(|_| launchpad.connect()).collect();
        for (at, backend) in backends.iter_mut().enumerate() {
            let what = if at % 3 == 0 { "hang" } else { "exit 0" };
            backend.launch(launch(round * 10 + at as u64), what);
        }
        for (at, backend) in backends.into_iter().enumerate() {
            // Some are given up while they wait or run.
            if at % 3 != 0 {
                backend.assigned();
                assert_eq!(backend.ended().how, Ending::Exited(0));
            }
        }
    }
    eventually("warm satellites", quiet);
    eventually("descriptors as before", || {
        launchpad.descriptors() <= before
    });
    // The zygote and two satellites of two processes each.
    eventually("five processes", || launchpad.offspring().len() == 5);
    eventually("no zombies", || launchpad.children().count() == 1);
    assert_eq!(launchpad.threads(), 1);
}
