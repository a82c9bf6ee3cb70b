//! Zygotes that do not start, satellites that do not get ready, settings that change.

use crate::backend::{Backend, launch};
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::launch::{Ending, Language, Refusal, State, ToBackend};
use std::time::{Duration, Instant};

/// The refusal that a call gets, after having waited or not.
fn refusal(launchpad: &Launchpad) -> Refusal {
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "exit 0");
    loop {
        match backend.hear() {
            Some(ToBackend::Queued) => {}
            Some(ToBackend::Refused(refusal)) => return refusal,
            other => panic!("not refused: {other:?}"),
        }
    }
}

fn reason(launchpad: &Launchpad) -> String {
    match refusal(launchpad) {
        Refusal::EnvironmentBroken { reason, .. } => reason,
        other => panic!("not a broken environment: {other:?}"),
    }
}

/// Calls until one is served.
fn works(launchpad: &Launchpad) {
    eventually("a call that is served", || {
        let mut backend: Backend = launchpad.connect();
        backend.launch(launch(1), "exit 7");
        loop {
            match backend.hear() {
                Some(ToBackend::Queued) => {}
                Some(ToBackend::Assigned { .. }) => {
                    assert_eq!(backend.ended().how, Ending::Exited(7));
                    return true;
                }
                Some(ToBackend::Refused(_)) => return false,
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_wrong_interpreter_is_named_and_another_setting_helps() {
    let mut launchpad = Launchpad::starting("", 1, 4);
    launchpad.offer(Language::PYTHON, "/no/such/python");
    launchpad.configure();
    eventually("the socket", || {
        launchpad.folder().join("launchpad.sock").exists()
    });
    let expected = "cannot execute \"/no/such/python\": No such file or directory";
    assert_eq!(reason(&launchpad), expected);
    let begin = Instant::now();
    assert_eq!(reason(&launchpad), expected);
    assert!(begin.elapsed() < Duration::from_secs(2));

    launchpad.offer(Language::PYTHON, "/usr/bin/python3");
    launchpad.configure();
    works(&launchpad);
}

#[test]
fn a_zygote_that_does_not_start_is_quoted_and_works_when_repaired() {
    let mut launchpad = Launchpad::behaving("no-start", 1, 4);
    let reason = reason(&launchpad);
    assert!(
        reason.starts_with("the zygote exited with status 1: Traceback"),
        "{reason}"
    );
    assert!(reason.ends_with("No module named 'pandas'"), "{reason}");
    launchpad.behave("");
    works(&launchpad);
    launchpad.orphan();
    let (_, log) = launchpad.end();
    let of = |word: &str| log.iter().filter(|line| line.contains(word)).count();
    assert_eq!(
        (of("No module named"), of("works again")),
        (1, 1),
        "{log:?}"
    );
}

#[test]
fn a_zygote_of_another_version_or_without_manners_is_refused() {
    let launchpad = Launchpad::behaving("other-version", 1, 4);
    let said = reason(&launchpad);
    assert!(said.contains("speaks version 99"), "{said}");
    let launchpad = Launchpad::behaving("garbage", 1, 4);
    let said = reason(&launchpad);
    assert!(said.contains("malformed"), "{said}");
}

#[test]
fn a_refused_sandbox_is_reported_with_its_step() {
    for (behaviour, expected) in [
        ("refuse", "Operation not permitted"),
        ("not-forked", "No space left on device"),
    ] {
        let launchpad = Launchpad::behaving(behaviour, 0, 4);
        let refused = Refusal::SandboxRefused {
            step: "namespaces".to_owned(),
            reason: expected.to_owned(),
        };
        assert_eq!(refusal(&launchpad), refused);
        launchpad.behave("");
        works(&launchpad);
    }
}

#[test]
fn a_failed_exercise_and_a_death_while_warming_are_the_environments() {
    let launchpad = Launchpad::behaving("exercise", 2, 4);
    assert_eq!(reason(&launchpad), "no module named numpy");
    launchpad.behave("die-warming");
    eventually("the other reason", || {
        reason(&launchpad).contains("ended while")
    });
    launchpad.behave("");
    works(&launchpad);
}

/// What packages that run in it could make a zygote say.
#[test]
fn a_zygote_that_says_what_is_not_so_is_ended() {
    for (behaviour, expected) in [
        (
            "stranger",
            "reported a process that is not a satellite's init",
        ),
        (
            "keeper",
            "reported a process that is not a satellite's init",
        ),
        ("nobody", "told of a satellite without its init"),
        ("flood", "malformed"),
        ("twice", "malformed"),
        ("unconfined", "system call filter: 0"),
        ("unasked", "answered more than it was asked"),
    ] {
        let launchpad = Launchpad::behaving(behaviour, 1, 4);
        let said = reason(&launchpad);
        assert!(said.contains(expected), "{behaviour}: {said}");
        launchpad.behave("");
        works(&launchpad);
    }
}

#[test]
fn a_satellite_that_is_ready_before_its_time_gets_no_request() {
    let launchpad = Launchpad::behaving("hasty", 1, 4);
    let refused = Refusal::SandboxRefused {
        step: "self-check".to_owned(),
        reason: "it is ready before its time".to_owned(),
    };
    assert_eq!(refusal(&launchpad), refused);
    launchpad.behave("");
    works(&launchpad);
}

#[test]
fn a_zygote_that_dies_of_forks_is_an_environment_that_fails() {
    let launchpad = Launchpad::behaving("die-forking", 1, 4);
    let reason = reason(&launchpad);
    assert!(reason.contains("exited with status 5"), "{reason}");
    launchpad.behave("");
    works(&launchpad);
}

#[test]
fn another_interpreter_drains_the_old_one() {
    let mut launchpad = Launchpad::new(1, 4);
    let old = launchpad.zygote();
    let mut running = launchpad.connect();
    running.launch(launch(1), "hang");
    running.assigned();
    launchpad.offer(Language::PYTHON, "/usr/bin/../bin/python3");
    launchpad.configure();
    works(&launchpad);
    assert_ne!(launchpad.zygote(), old);
    eventually("the old zygote's end", || {
        !launchpad.offspring().contains(&old)
    });
    let lines = launchpad.connect().list();
    assert!(
        lines
            .iter()
            .any(|line| line.state == State::Running && line.request == Some(1))
    );
}

#[test]
fn the_number_of_warm_ones_follows_the_settings() {
    let mut launchpad = Launchpad::new(0, 4);
    for warm in [3, 1, 0, 2] {
        launchpad.settings.warm_satellites = warm;
        launchpad.configure();
        eventually("as many as set", || {
            let lines = launchpad.connect().list();
            lines
                .iter()
                .filter(|line| line.state == State::Warm)
                .count()
                == warm as usize
                && lines.len() == warm as usize
        });
    }
}

#[test]
fn another_limit_replaces_what_was_made_for_the_old_one() {
    let mut launchpad = Launchpad::behaving("hang-warming", 1, 4);
    let satellites = || {
        let lines = launchpad.connect().list().into_iter();
        lines.filter_map(|line| line.satellite).collect::<Vec<_>>()
    };
    eventually("a satellite that hangs", || satellites().len() == 1);
    let old = satellites();
    launchpad.behave("");
    launchpad.settings.allowance.tmp_limit += 1;
    launchpad.configure();
    works(&launchpad);
    eventually("its end", || !launchpad.offspring().contains(&old[0]));
}
