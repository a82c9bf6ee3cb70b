//! A satellite's report about itself, and what `launchpad.check()` is told.

use crate::backend::launch;
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::check::{Finding, Standing};
use launchpad_protocol::launch::{Refusal, ToBackend};
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::supervisor::{FromLaunchpad, Workers};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// On nearly every host a tmpfs, and not where the tests' folders are.
const OTHER_FILE_SYSTEM: &str = "/dev/shm";

fn row(rows: &[Finding], what: &str) -> Option<Finding> {
    rows.iter().find(|row| row.what == what).cloned()
}

#[test]
fn a_satellite_that_lacks_a_layer_gets_no_request() {
    let launchpad = Launchpad::behaving("unsandboxed", 1, 1);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "exit 0");
    let refusal = loop {
        match backend.hear() {
            Some(ToBackend::Queued) => {}
            Some(ToBackend::Refused(refusal)) => break refusal,
            other => panic!("not refused: {other:?}"),
        }
    };
    let Refusal::SandboxRefused { step, reason } = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(step, "self-check");
    assert!(reason.contains("no_new_privs is not set; "), "{reason}");
    let rows = launchpad.connect().check();
    let check = row(&rows, "Python: self-check").unwrap();
    assert_eq!(check.state, Standing::Failed);
    let environment = row(&rows, "Python: environment").unwrap();
    assert_eq!(environment.state, Standing::Failed);
    assert!(
        environment.found.contains("\"self-check\""),
        "{environment:?}"
    );
    // Once they have what they must, all is well again.
    launchpad.behave("");
    eventually("a satellite is ready", || {
        let rows = launchpad.connect().check();
        row(&rows, "Python: self-check").unwrap().state == Standing::Ok
            && row(&rows, "Python: environment").unwrap().found == "ready: for tests"
    });
}

#[test]
fn what_there_is_and_what_is_missing() {
    let launchpad = Launchpad::new(1, 1);
    eventually("a satellite is ready", || {
        let rows = launchpad.connect().check();
        row(&rows, "Python: environment").is_some_and(|row| row.found == "ready: for tests")
    });
    let rows = launchpad.connect().check();
    assert_eq!(
        row(&rows, "Python: self-check").unwrap().state,
        Standing::Ok
    );
    assert_eq!(
        row(&rows, "R: environment").unwrap().state,
        Standing::Missing
    );
    for what in [
        "host: user namespaces",
        "host: system call filter",
        "host: Landlock",
        "host: work directory",
        "host: space for /tmp",
        "host: separate users for satellites",
        "limits: memory",
        "limits: CPU",
        "limits: processes",
        "limits: pools",
    ] {
        assert!(row(&rows, what).is_some(), "{what}");
    }
    for row in &rows {
        assert!(!row.found.is_empty(), "{row:?}");
        let bad = row.state == Standing::Missing;
        assert!(!bad || !row.advice.is_empty(), "{row:?}");
    }
}

#[test]
fn before_any_satellite() {
    let launchpad = Launchpad::behaving("hang-warming", 1, 1);
    let rows = launchpad.connect().check();
    let sandbox = row(&rows, "Python: sandbox").unwrap();
    assert_eq!(sandbox.state, Standing::Missing);
}

#[test]
fn users_that_are_demanded_and_cannot_be_given() {
    let mut launchpad = Launchpad::starting("", 0, 1);
    launchpad.settings.workers = Workers::On;
    // There is no user namespace to map them into, whatever this host has.
    launchpad.settings.sandbox = Sandbox::Container;
    launchpad.settings.work_directory = OTHER_FILE_SYSTEM.to_owned();
    launchpad.configure();
    let mut backend = launchpad.connect_patiently();
    backend.launch(launch(1), "exit 0");
    let refusal = loop {
        match backend.hear() {
            Some(ToBackend::Queued) => {}
            other => break other,
        }
    };
    let Some(ToBackend::Refused(Refusal::SandboxRefused { step, .. })) = refusal else {
        panic!("{refusal:?}");
    };
    // On a host where both are on one file system that is found out first.
    let device = |path: &Path| std::fs::metadata(path).unwrap().dev();
    match device(Path::new(OTHER_FILE_SYSTEM)) == device(&std::env::temp_dir()) {
        true => assert_eq!(step, "work directory"),
        false => assert_eq!(step, "worker"),
    }
    launchpad.orphan();
    let (_, log) = launchpad.end();
    let warned = |line: &&String| line.starts_with("warning: launchpad.sandbox = container: ");
    assert_eq!(log.iter().filter(warned).count(), 1, "{log:?}");
}

/// No zygote is started for nothing, calls are refused at once, and the row says what to do.
#[test]
fn a_work_directory_that_is_unfit() {
    let mut launchpad = Launchpad::starting("", 1, 1);
    launchpad.settings.sandbox = Sandbox::Container;
    for (directory, reason) in [
        ("", "launchpad.work_directory is empty"),
        ("/nowhere/at all", "cannot look at \"/nowhere\""),
        ("/etc/passwd", "is not a directory"),
        ("TMP", "is on the file system of the data directory"),
    ] {
        let temporary = std::env::temp_dir();
        launchpad.settings.work_directory = match directory {
            "TMP" => temporary.to_string_lossy().into_owned(),
            _ => directory.to_owned(),
        };
        launchpad.configure();
        if directory.is_empty() {
            assert_eq!(launchpad.hear(), Some(FromLaunchpad::Listening));
        }
        eventually("the row says so", || {
            let rows = launchpad.connect().check();
            let row = row(&rows, "host: work directory").unwrap();
            row.state == Standing::Failed
                && row.found.contains(reason)
                && row.advice.contains("launchpad.work_directory")
        });
        let mut backend = launchpad.connect();
        backend.launch(launch(1), "exit 0");
        let refusal = loop {
            match backend.hear() {
                Some(ToBackend::Queued) => {}
                other => break other,
            }
        };
        let Some(ToBackend::Refused(Refusal::SandboxRefused { step, reason: told })) = refusal
        else {
            panic!("{refusal:?}");
        };
        assert_eq!(step, "work directory");
        assert!(told.contains(reason), "{told}");
    }
    assert!(launchpad.offspring().is_empty());
    // The strict sandbox needs none.
    launchpad.settings.sandbox = Sandbox::Strict;
    launchpad.configure();
    eventually("a satellite is ready", || {
        let rows = launchpad.connect().check();
        row(&rows, "Python: environment").is_some_and(|row| row.found == "ready: for tests")
    });
}
