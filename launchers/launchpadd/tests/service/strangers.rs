//! Connections that do not say what backends say, and folders that are not as they should be.

use crate::backend::launch;
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::encode_packet;
use launchpad_protocol::launch::{Ending, FromBackend, Refusal, ToBackend};
use launchpad_protocol::{MAX_PACKET, VERSION};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

fn still_serves(launchpad: &Launchpad) {
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "exit 0");
    backend.assigned();
    assert_eq!(backend.ended().how, Ending::Exited(0));
}

#[test]
fn another_version_is_refused_with_ours() {
    let launchpad = Launchpad::new(0, 1);
    let refused = ToBackend::Refused(Refusal::VersionMismatch { launchpad: VERSION });
    let mut backend = launchpad.connect();
    let mut old = launch(1);
    old.version = VERSION + 1;
    backend.launch(old, "exit 0");
    assert_eq!(backend.hear().as_ref(), Some(&refused));
    assert_eq!(backend.hear(), None);
    let backend = launchpad.connect();
    let question = FromBackend::List {
        version: VERSION + 1,
    };
    backend.send(&encode_packet(&question).unwrap(), &[]);
    assert_eq!(backend.hear(), Some(refused));
    still_serves(&launchpad);
}

#[test]
fn a_wrong_number_of_descriptors_is_refused() {
    let launchpad = Launchpad::new(0, 1);
    still_serves(&launchpad);
    eventually("quiet", || launchpad.connect().list().is_empty());
    let before = launchpad.descriptors();
    for count in [0, 1, 4, 6, 7, 60] {
        let mut backend = launchpad.connect();
        backend.launch_with(launch(1), "exit 0", count);
        let refused = ToBackend::Refused(Refusal::BadRequest);
        assert_eq!(backend.hear(), Some(refused), "{count}");
        assert_eq!(backend.hear(), None);
    }
    eventually("no descriptor kept", || launchpad.descriptors() <= before);
    still_serves(&launchpad);
}

#[test]
fn garbage_is_refused() {
    let launchpad = Launchpad::new(0, 1);
    let version = u8::try_from(VERSION).unwrap();
    for packet in [
        &b"\xff"[..],
        b"\x00",
        &[7, version, b'?'],
        &[0x80; MAX_PACKET],
        &[version; MAX_PACKET + 1],
    ] {
        let backend = launchpad.connect();
        backend.send(packet, &[]);
        assert_eq!(
            backend.hear(),
            Some(ToBackend::Refused(Refusal::BadRequest))
        );
    }
    still_serves(&launchpad);
}

#[test]
fn a_message_of_another_version_is_told_so_whatever_its_layout() {
    let launchpad = Launchpad::new(0, 1);
    let backend = launchpad.connect();
    backend.send(b"\x07\x63of a layout to come", &[]);
    assert_eq!(
        backend.hear(),
        Some(ToBackend::Refused(Refusal::VersionMismatch {
            launchpad: VERSION
        }))
    );
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let launchpad = Launchpad::new(0, 1);
    let silent = launchpad.connect();
    assert_eq!(silent.hear(), None);
}

#[test]
fn more_connections_than_may_be_open_are_served_in_turn() {
    let launchpad = Launchpad::new(0, 1);
    let silent: Vec<_> = (0..1100).map(|_| launchpad.connect()).collect();
    still_serves(&launchpad);
    drop(silent);
    still_serves(&launchpad);
}

#[test]
fn a_backend_may_not_speak_twice() {
    let launchpad = Launchpad::new(0, 1);
    let mut backend = launchpad.connect();
    backend.launch(launch(1), "hang");
    backend.assigned();
    backend.send(b"more", &[]);
    assert_eq!(backend.hear(), None);
    still_serves(&launchpad);
}

#[test]
fn a_folder_that_others_can_enter_is_refused() {
    let mut launchpad = Launchpad::starting("", 0, 1);
    let folder = launchpad.folder();
    launchpad.orphan();
    launchpad.end();
    fs::set_permissions(&folder, Permissions::from_mode(0o750)).unwrap();
    let output = Command::new("/bin/sh")
        .args([
            "-c",
            "exec \"$0\" --folder \"$1\" --launchers / 3</dev/null",
        ])
        .arg(env!("CARGO_BIN_EXE_launchpadd"))
        .arg(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("is open to others: its mode is 0750"), "{log}");
}
