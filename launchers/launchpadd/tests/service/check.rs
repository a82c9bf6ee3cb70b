//! A satellite's report about itself, and what `launchpad.check()` is told.

use crate::backend::launch;
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::check::{Finding, Standing};
use launchpad_protocol::launch::{Refusal, ToBackend};
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::supervisor::Workers;

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
        "host: space for /tmp",
        "host: users of their own for satellites",
        "limits: memory",
        "limits: processor",
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
    assert_eq!(step, "worker");
    launchpad.orphan();
    let (_, log) = launchpad.end();
    let warned = |line: &&String| line.starts_with("warning: launchpad.sandbox = container: ");
    assert_eq!(log.iter().filter(warned).count(), 1, "{log:?}");
}
