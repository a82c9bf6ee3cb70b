//! Two languages, each with an environment of its own.

use crate::backend::{launch, launch_r};
use crate::launchpad::{Launchpad, PATIENCE, R, eventually};
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::launch::{Ending, Language, Launch, Refusal, State, ToBackend};
use std::time::{Duration, Instant};

/// The exit status of a script's process, or why the call was refused.
fn outcome(launchpad: &Launchpad, launch: Launch) -> Result<i32, Refusal> {
    let mut backend = launchpad.connect();
    backend.launch(launch, "exit 7");
    loop {
        match backend.hear() {
            Some(ToBackend::Queued) => {}
            Some(ToBackend::Assigned { .. }) => match backend.ended().how {
                Ending::Exited(status) => return Ok(status),
                other => panic!("{other:?}"),
            },
            Some(ToBackend::Refused(refusal)) => return Err(refusal),
            other => panic!("{other:?}"),
        }
    }
}

fn warm(launchpad: &Launchpad, language: Language) -> usize {
    let lines = launchpad.connect().list();
    lines
        .iter()
        .filter(|line| line.language == language && line.state == State::Warm)
        .count()
}

/// The log's lines that hold `word`, after the end.
fn logged(launchpad: &mut Launchpad, word: &str) -> Vec<String> {
    launchpad.orphan();
    let (_, log) = launchpad.end();
    log.into_iter().filter(|line| line.contains(word)).collect()
}

#[test]
fn each_language_serves_its_calls() {
    let mut launchpad = Launchpad::with_r("", 2, 4);
    eventually("warm ones of both", || {
        [Language::PYTHON, Language::R]
            .iter()
            .all(|language| warm(&launchpad, *language) == 2)
    });
    assert_ne!(launchpad.zygote(), launchpad.zygote_of_r());
    for request in 0..3 {
        assert_eq!(outcome(&launchpad, launch(request)), Ok(7));
        assert_eq!(outcome(&launchpad, launch_r(request)), Ok(7));
    }
    let mut running = launchpad.connect();
    running.launch(launch_r(9), "hang");
    running.assigned();
    let lines = launchpad.connect().list();
    let line = lines.iter().find(|line| line.request == Some(9)).unwrap();
    assert_eq!((line.language, line.state), (Language::R, State::Running));
    drop(running);
    let ready = logged(&mut launchpad, "is ready: for tests");
    assert_eq!(ready.len(), 2, "{ready:?}");
    for name in ["Python", "R"] {
        let start = format!("log: zygote for {name} is ready");
        assert!(
            ready.iter().any(|line| line.starts_with(&start)),
            "{ready:?}"
        );
    }
}

#[test]
fn a_missing_program_is_quiet_and_hurts_nobody_else() {
    let mut launchpad = Launchpad::new(1, 4);
    launchpad.offer(Language::R, "/no/such/R");
    launchpad.configure();
    let begin = Instant::now();
    let refused = Refusal::EnvironmentBroken {
        language: Language::R,
        reason: "cannot execute \"/no/such/R\": No such file or directory".to_owned(),
    };
    eventually("the refusal", || {
        outcome(&launchpad, launch_r(1)) == Err(refused.clone())
    });
    assert_eq!(outcome(&launchpad, launch(2)), Ok(7));
    // Attempts go on meanwhile: after 0.1, 0.3, 0.7 s.
    std::thread::sleep(Duration::from_secs(1).saturating_sub(begin.elapsed()));
    assert_eq!(outcome(&launchpad, launch_r(3)), Err(refused));
    let lines = logged(&mut launchpad, "/no/such/R");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn a_language_that_nobody_uses_fails_without_a_warning() {
    let mut launchpad = Launchpad::with_r("no-start", 1, 4);
    assert_eq!(outcome(&launchpad, launch(1)), Ok(7));
    let broken = || {
        matches!(
            outcome(&launchpad, launch_r(2)),
            Err(Refusal::EnvironmentBroken { .. })
        )
    };
    // The first failure was nobody's.
    std::thread::sleep(Duration::from_millis(500));
    assert!(broken());
    let lines = logged(&mut launchpad, "environment for R failed");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("log: "), "{lines:?}");
}

#[test]
fn satellites_that_hang_hold_up_their_own_language_only() {
    let launchpad = Launchpad::with_r("hang-warming", 2, 4);
    eventually("hanging ones", || {
        let lines = launchpad.connect().list();
        lines
            .iter()
            .any(|line| line.language == Language::R && line.satellite.is_some())
    });
    let mut waiting = launchpad.connect();
    waiting.launch(launch_r(1), "exit 0");
    assert_eq!(waiting.hear(), Some(ToBackend::Queued));
    let begin = Instant::now();
    for request in 2..12 {
        assert_eq!(outcome(&launchpad, launch(request)), Ok(7));
    }
    // R's are given up after 30 s.
    assert!(begin.elapsed() < PATIENCE / 2, "{:?}", begin.elapsed());
    let lines = launchpad.connect().list();
    assert!(
        lines.iter().any(|line| line.request == Some(1)),
        "{lines:?}"
    );
}

#[test]
fn another_program_or_none_concerns_one_language() {
    let mut launchpad = Launchpad::with_r("", 1, 4);
    let (python, old) = (launchpad.zygote(), launchpad.zygote_of_r());
    assert_eq!(outcome(&launchpad, launch_r(1)), Ok(7));

    launchpad.offer(Language::R, &format!("/.{R}"));
    launchpad.configure();
    eventually("another zygote", || launchpad.zygote_of_r() != old);
    assert_eq!(outcome(&launchpad, launch_r(2)), Ok(7));
    assert_eq!(launchpad.zygote(), python);

    let mut running = launchpad.connect();
    running.launch(launch_r(3), "hang");
    let satellite = running.assigned();
    launchpad.offer(Language::R, "");
    launchpad.configure();
    let not_offered = Refusal::NotOffered {
        language: Language::R,
    };
    eventually("the refusal", || {
        outcome(&launchpad, launch_r(4)) == Err(not_offered.clone())
    });
    eventually("no idle satellites", || warm(&launchpad, Language::R) == 0);
    assert!(launchpad.offspring().contains(&satellite));
    assert_eq!(outcome(&launchpad, launch(5)), Ok(7));
    assert_eq!(launchpad.zygote(), python);

    launchpad.offer(Language::R, R);
    launchpad.offer(Language::PYTHON, "");
    launchpad.configure();
    eventually("R is back", || outcome(&launchpad, launch_r(6)) == Ok(7));
    let not_offered = Refusal::NotOffered {
        language: Language::PYTHON,
    };
    assert_eq!(outcome(&launchpad, launch(7)), Err(not_offered));
    eventually("the zygote's end", || {
        !launchpad.offspring().contains(&python)
    });
}

#[test]
fn both_languages_share_the_slots() {
    let launchpad = Launchpad::with_r("", 1, 1);
    let mut running = launchpad.connect();
    running.launch(launch(1), "hang");
    running.assigned();
    let mut waiting = launchpad.connect();
    waiting.launch(launch_r(2), "exit 0");
    assert_eq!(waiting.hear(), Some(ToBackend::Queued));
    eventually("a warm one", || warm(&launchpad, Language::R) == 1);
    drop(running);
    waiting.assigned();
    assert_eq!(waiting.ended().how, Ending::Exited(0));
}

#[test]
fn an_unknown_environment_is_a_bad_request() {
    let launchpad = Launchpad::new(1, 4);
    let unknown = Launch {
        environment: EnvironmentId(99),
        ..launch(1)
    };
    assert_eq!(outcome(&launchpad, unknown), Err(Refusal::BadRequest));
    assert_eq!(outcome(&launchpad, launch(2)), Ok(7));
}
