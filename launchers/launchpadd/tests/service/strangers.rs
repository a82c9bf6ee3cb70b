//! Connections that do not say what backends say, and folders that are not as they should be.

use crate::backend::{Backend, launch};
use crate::launchpad::{Launchpad, eventually};
use launchpad_protocol::encode_packet;
use launchpad_protocol::launch::{Ending, FromBackend, Refusal, ToBackend};
use launchpad_protocol::{MAX_PACKET, VERSION};
use std::fs::{self, Permissions};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
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
    let version = VERSION + 1;
    for question in [
        FromBackend::List { version },
        FromBackend::Check { version },
    ] {
        let backend = launchpad.connect();
        backend.send(&encode_packet(&question).unwrap(), &[]);
        assert_eq!(backend.hear().as_ref(), Some(&refused));
    }
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
fn descriptors_beside_a_question_are_refused() {
    let launchpad = Launchpad::new(0, 1);
    let version = VERSION;
    for question in [
        FromBackend::List { version },
        FromBackend::Check { version },
    ] {
        let backend = launchpad.connect();
        let bytes = encode_packet(&question).unwrap();
        backend.send(&bytes, &[std::io::stdin().as_fd()]);
        let refused = ToBackend::Refused(Refusal::BadRequest);
        assert_eq!(backend.hear(), Some(refused));
        assert_eq!(backend.hear(), None);
    }
    still_serves(&launchpad);
}

/// What the folder's mode forbids and the kernel's word on the peer forbids again: with the folder
/// open to all, another user's request, which is well-formed and could be a backend's own
/// replayed, is closed without a word.
#[test]
fn another_user_is_not_heard() {
    // Only root can become somebody else.
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let launchpad = Launchpad::new(0, 1);
    still_serves(&launchpad);
    let folder = launchpad.folder();
    for open in [folder.parent().unwrap(), &folder] {
        fs::set_permissions(open, Permissions::from_mode(0o755)).unwrap();
    }
    let socket = folder.join("launchpad.sock");
    fs::set_permissions(&socket, Permissions::from_mode(0o777)).unwrap();
    let request = encode_packet(&FromBackend::Launch(launch(1))).unwrap();
    let request: String = request.iter().map(|byte| format!("{byte:02x}")).collect();
    let ask = |user| {
        let output = Command::new("/usr/bin/python3")
            .args(["-c", STRANGER])
            .arg(&socket)
            .arg(&request)
            .uid(user)
            .gid(user)
            .output()
            .unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(ask(65534), "b''\n");
    // The same from our own user is answered.
    assert_ne!(ask(0), "b''\n");
    still_serves(&launchpad);
}

/// Sends a request with five descriptors and shows the answer.
const STRANGER: &str = r"
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
try:
    socket.send_fds(s, [bytes.fromhex(sys.argv[2])], [os.open('/dev/null', os.O_RDWR)] * 5)
    print(s.recv(100))
except (BrokenPipeError, ConnectionResetError):
    print(b'')
";

#[test]
fn garbage_is_refused() {
    let launchpad = Launchpad::new(0, 1);
    let version = u8::try_from(VERSION).unwrap();
    for packet in [
        &b"\xff"[..],
        b"\x00",
        &[99, version, b'?'],
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

/// Calls that wait for the only satellite; the last of them may have to learn that there are too many.
fn crowd(launchpad: &Launchpad, size: u64) -> (Backend, Vec<Backend>) {
    let mut first = launchpad.connect();
    first.launch(launch(1), "hang");
    first.assigned();
    let others = (2..=size).map(|request| {
        let mut backend = launchpad.connect();
        backend.launch(launch(request), "exit 0");
        backend.pipes.clear();
        backend
    });
    (first, others.collect())
}

#[test]
fn thousands_of_calls_can_wait() {
    let launchpad = Launchpad::new(0, 1);
    let _waiting = crowd(&launchpad, 1500);
    // Who comes then is heard as before.
    assert!(launchpad.connect().list().len() > 1);
}

#[test]
fn too_many_calls_are_told_so_at_once() {
    let mut launchpad = Launchpad::starting_with_files(400, 0, 1);
    launchpad.configure();
    let first = launchpad.connect_patiently();
    drop(first);
    // (400 - 256) / 8
    let most = 18;
    let (first, others) = crowd(&launchpad, 30);
    let refused = ToBackend::Refused(Refusal::Crowded { most });
    let answers: Vec<_> = others
        .iter()
        .map(|backend| backend.hear().unwrap())
        .collect();
    let wait = answers
        .iter()
        .filter(|answer| **answer == ToBackend::Queued)
        .count();
    assert_eq!(wait, 17, "and the first has the satellite");
    assert_eq!(
        answers.iter().filter(|answer| **answer == refused).count(),
        12
    );
    drop((first, others));
    still_serves(&launchpad);
}

#[test]
fn connections_that_say_nothing_keep_nobody_out() {
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
    assert_eq!(backend.ended().how, Ending::Killed);
    still_serves(&launchpad);
}

#[test]
fn a_folder_that_others_can_enter_is_refused() {
    let mut launchpad = Launchpad::starting("", 0, 1);
    let folder = launchpad.folder();
    launchpad.orphan();
    launchpad.end();
    let said_with = |mode| {
        fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
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
        String::from_utf8(output.stderr).unwrap()
    };
    for mode in [0o755, 0o770, 0o701] {
        let log = said_with(mode);
        let refused = format!("is open to others: its mode is {mode:04o}");
        assert!(log.contains(&refused), "{log}");
    }
    // A group may read; what is wrong then is this test's descriptor.
    for mode in [0o700, 0o750] {
        let log = said_with(mode);
        assert!(log.contains("descriptor 3 is not"), "{log}");
    }
}
